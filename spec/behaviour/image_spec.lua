-- The image: what is in it, and each verb in it as Airbyte's platform runs it. It is built first: --long.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local files = require "spec.support.files"
local image = require "spec.support.image"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"
local wrapper = require "spec.support.image.wrapper"
local it_unless = require "spec.support.it_unless"

local WHY = image.refused()
local SIZE = 10500000 -- bytes

local built
local function runs(name, test)
  it_unless(_ENV, WHY)(name, function()
    built = built or image.build "amd64"
    test()
  end)
end

-- The files that a read needs, in /source.
local function source_files(scenario, entries)
  return { ["config.json"] = sentry.config(scenario), ["catalog.json"] = files.read(perigee.write_catalog(entries)) }
end

-- Runs the platform's text for `read`: the connector's lines come through the pipe; `reader` reads it.
local function read(contents, given, reader)
  local container = image.container(given.of or built, wrapper.source(given.redirections),
    { source = contents, proc = given.proc, env = given.env })
  local text = ([[
    cd %s && mkfifo output errors && chmod 666 output errors
    %s >log 2>&1 &
    cat errors >errors.text &
    %s <output
    wait %%1]]):format(image.quoted(container.source), container.command, reader or "cat")
  local result = perigee.run { binary = "/bin/bash", "-c", text }
  result.said = files.read(container.source .. "/errors.text")
  return result, container
end

-- Runs a verb whose output goes to a file.
local function operate(words, config, given)
  local result, container = image.run(built, wrapper.operation(words), { config = config, writable = true,
    proc = given and given.proc })
  local lines = {}
  for line in files.read(container.config .. "/output"):gmatch "[^\n]+" do lines[#lines + 1] = json.decode(line) end
  return result, lines, container
end

local function of_type(lines, kind, field)
  local list = {}
  for _, line in ipairs(lines) do
    if line.type == kind then list[#list + 1] = line[field] end
  end
  return list
end

describe("the image", function()
  teardown(perigee.cleanup)

  runs("is small, runs as a user by number, and names its entrypoint twice, by the same absolute path", function()
    assert.is_true(built.size <= SIZE, ("%d bytes, and not %d"):format(built.size, SIZE))
    assert.same({ "/usr/bin/perigee" }, built.config.Entrypoint)
    assert.equal("/usr/bin/perigee", built.env.AIRBYTE_ENTRYPOINT)
    assert.same({ "1000:1000", "/airbyte", "amd64" }, { built.config.User, built.config.WorkingDir, built.architecture })
    assert.is_nil(built.config.Cmd)
  end)

  runs("has labels that say whose it is, of which commit, and how old its certificates and OpenSSL are", function()
    local labels, version = built.config.Labels, perigee.run({ "--version" }).lines[1]:match "%d+%.%d+%.%d+"
    assert.same({ "perigee/source-sentry", version }, { labels["io.airbyte.name"], labels["io.airbyte.version"] })
    assert.equal(version, labels["org.opencontainers.image.version"])
    assert.equal(image.output "git rev-parse HEAD", labels["org.opencontainers.image.revision"]:sub(1, 40))
    for _, name in ipairs { "perigee.ca-certificates", "perigee.openssl" } do
      assert.matches("^%S+ of 20%d%d%-%d%d%-%d%d$", labels[name])
    end
  end)

  runs("has these programs, no file of another owner, and none with the rights of its owner", function()
    assert.equal("dash\nmv\nperigee\nsh\nsleep\ntouch", image.output("ls %s/usr/bin", built.root))
    local strange = "cd %s && find . -mindepth 1 ! -type l \\( ! -user 0 -o -perm /7022 \\) -printf '%%P %%u %%m\\n' | sort"
    assert.equal("airbyte 1000 755\ntmp 0 1777", (image.output(strange, built.root):gsub("(\n?)(%S+) %w+ ", function(line, path)
      return line .. path .. (path == "airbyte" and " 1000 " or " 0 ")
    end)))
  end)

  runs("has the libraries that perigee loads when it is asked to", function()
    local found = image.output "grep -rhoE 'library_load\\(\"[^\"]+' runtime --include=*.c | sed 's/.*\"//' | sort -u"
    assert.matches("libpq", found)
    for name in found:gmatch "%S+" do files.read(built.root .. "/usr/lib/x86_64-linux-gnu/" .. name) end
  end)

  runs("prints its specification, as the binary does", function()
    local result, lines = operate("spec", {})
    assert.equal(0, result.status)
    assert.same(json.decode(perigee.run({ "spec" }).lines[1]), lines[1])
  end)

  runs("checks and discovers, with the configuration in /config and the output in a file there", function()
    local config = { ["config.json"] = sentry.config(sentry.scenario {}) }
    local checked, lines, container = operate("check --config /config/config.json", config)
    assert.same({ 0, "SUCCEEDED" }, { checked.status, of_type(lines, "CONNECTION_STATUS", "connectionStatus")[1].status })
    assert.equal("0\n", files.read(container.source .. "/exit_status"))
    local discovered
    discovered, lines = operate("discover --config /config/config.json", config)
    assert.equal(0, discovered.status)
    local names = {}
    for i, stream in ipairs(of_type(lines, "CATALOG", "catalog")[1].streams) do names[i] = stream.name end
    table.sort(names)
    assert.same(streams.shipped, names)
  end)

  runs("reads all streams through named pipes, and goes on from its state where there is no /proc", function()
    local scenario = sentry.scenario { data = { events = 250, issues = 120, releases = 30 } }
    local entries = { { "events", "incremental" }, { "issues", "incremental" }, { "releases", "incremental" }, "projects",
      "project_detail" }
    local contents = source_files(scenario, entries)
    local result, container = read(contents, {})
    assert.same({ 0, "" }, { result.status, result.said })
    for _, stream in ipairs { "events", "issues", "releases", "projects" } do
      assert.is_nil(connector.difference(connector.truth(scenario, stream), result.records(stream)), stream)
    end
    assert.equal(1, #result.records "project_detail")
    assert.equal("0\n", files.read(container.source .. "/exit_status"))
    contents["state.json"] = connector.states(result)
    local again = read(contents, { proc = false })
    assert.same({ 0, "", 0 }, { again.status, again.said, #again.records "events" })
  end)

  runs("keeps streams as tables of a file in a folder that is mounted, where nothing else can be written", function()
    local scenario = sentry.scenario { data = { events = 120, issues = 30 } }
    local text = 'eval "$AIRBYTE_ENTRYPOINT sync --config /config/config.json --to /source/sentry.db --quiet"; '
      .. "[ -w / ] || [ -w /config ] || [ -w /tmp ] || touch nothing_else"
    local result, container = image.run(built, text, { config = { ["config.json"] = sentry.config(scenario) }, proc = false })
    assert.same({ 0, "" }, { result.status, result.err })
    assert.equal("", files.read(container.source .. "/nothing_else"))
    assert.equal(120, database.value(container.source .. "/sentry.db", "SELECT count(*) FROM events"))
  end)

  runs("reads where its standard input is closed", function()
    local scenario = sentry.scenario { data = { issues = 20 } }
    local result = read(source_files(scenario, { "issues" }), { redirections = "<&-" })
    assert.same({ 0, "" }, { result.status, result.said })
    assert.is_nil(connector.difference(connector.truth(scenario, "issues"), result.records "issues"))
  end)

  runs("waits for a reader that takes nothing for a minute, and loses nothing", function()
    local scenario = sentry.scenario { data = { events = 300, body = 20000 } }
    local result = read(source_files(scenario, { "events" }), {}, "sh -c 'read first && echo \"$first\" && sleep 60 && cat'")
    assert.same({ 0, "" }, { result.status, result.said })
    assert.is_nil(connector.difference(connector.truth(scenario, "events"), result.records "events"))
  end)

  runs("ends where the platform's shell is killed and nobody reads its lines any more", function()
    local scenario = sentry.scenario { data = { events = 3000, body = 20000 } }
    local container = image.container(built, wrapper.source(), { source = source_files(scenario, { "events" }), pids = false })
    local text = ([[
      cd %s && mkfifo output errors && chmod 666 output errors
      cat errors >errors.text & errors=$!
      %s >log 2>&1 & shell=$!
      (read -r first && kill -KILL $shell && echo "$first") <output
      wait $errors
      echo '{"type":"ENDED"}'
      kill "$(cat watcher)"]]):format(image.quoted(container.source), container.command)
    local result = perigee.run { binary = "/bin/bash", "-c", text }
    assert.same({ 0, 2, "ENDED" }, { result.status, #result.out, result.out[2] and result.out[2].type })
    assert.is_true(#scenario.log "events" < 30, "it went on to request pages that nobody read")
  end)
end)
