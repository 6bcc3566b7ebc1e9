-- No byte that any verb writes, and nothing that the system shows of its processes, has a secret in it.
local files = require "spec.support.files"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local posted_api = require "spec.support.posted_api"
local secret_search = require "spec.support.secret_search"
local sentry = require "spec.support.sentry"

local TOKEN = [[Zq8/x+Y~7="v\Kp3-of-the-specs]] -- each form of which is another text
local PROXY = "pr0xy/pass+word~9"

-- Has a server's words repeat the token in each form.
local function repeated()
  local texts = {}
  for name, form in pairs(secret_search.forms(TOKEN)) do texts[#texts + 1] = name .. " " .. form .. " " end
  return table.concat(texts)
end

describe("the search for secrets", function()
  teardown(perigee.cleanup)

  -- Python's own words for each form.
  local MADE = [[
import base64, json, sys, urllib.parse as u
t = sys.argv[1]
b = lambda n: base64.b64encode(b"me:"[:n] + t.encode() + b"!!"[:n]).decode()
print("\n".join(["a" + t + "b", u.quote(t, safe=""), u.quote(t, safe="").lower(), u.quote(u.quote(t, safe="")), u.quote_plus(t),
  t.encode().hex(), t.encode().hex().upper(), t[::-1], json.dumps({"a": t}), json.dumps(t).replace("/", "\\/"),
  "".join("\\u%04x" % ord(c) for c in t), b(0), b(1), b(2), b(0).translate(str.maketrans("+/", "-_")),
  b(1).translate(str.maketrans("+/", "-_")), b(2).translate(str.maketrans("+/", "-_"))]))
]]

  it("finds each form that a library makes of one, in files, their names and what is packed", function()
    local command = ("python3 '%s' '%s'"):format(perigee.write(MADE, "made.py"), TOKEN)
    local pipe, count = assert(io.popen(command, "r")), 0
    for line in pipe:lines() do
      -- one of Python's lines is in lower case altogether
      local found = secret_search.find(line, { TOKEN }) or secret_search.find(line, { TOKEN:lower() })
      assert.is_not_nil(found, line)
      count = count + 1
    end
    pipe:close()
    assert.equal(17, count)
    local folder = perigee.folder "planted"
    perigee.write("a " .. TOKEN:reverse(), "planted/one")
    perigee.write("b " .. TOKEN, "planted/two")
    assert(os.execute(("cd '%s' && gzip two && touch name-plain-secret"):format(folder)))
    assert.equal(2, #(secret_search.folder(folder, { TOKEN })))
    assert.equal(1, #(secret_search.folder(folder, { "plain-secret" })))
    assert.is_nil(secret_search.find(files.read(folder .. "/one"), { "another" }))
  end)
end)

describe("a secret of the configuration", function()
  local folder, config, count

  setup(function() folder, count = perigee.folder "written", 0 end)
  teardown(perigee.cleanup)

  -- Runs a verb in the folder, and keeps there what it said. Returns the result.
  local function run(words)
    count = count + 1
    words.cwd = folder
    local result = perigee.run(words)
    local path = ("%s/%02d-%s"):format(folder, count, words[1])
    for ending, text in pairs { out = table.concat(result.lines, "\n") .. "\n", err = result.err } do
      local file = assert(io.open(path .. "." .. ending, "wb"))
      assert(file:write(text))
      assert(file:close())
    end
    result.path = path .. ".out"
    return result
  end

  local function verb(name, ...)
    return run { name, "--config", config, "--retry-base=0.001", "--retry-attempts=2", "--debug", ... }
  end

  local function assert_untold(secrets)
    local told, bytes = secret_search.folder(folder, secrets)
    assert.is_true(bytes > 1000)
    assert.same({}, told)
  end

  local function set_up(place)
    config = perigee.write(sentry.config(place, { auth_token = TOKEN }))
    return perigee.write_catalog { { "issues", "incremental" }, { "events", "incremental" }, "releases", "projects" }
  end

  local function scenario(spec)
    spec.token = TOKEN
    spec.data = { events = 12, issues = 9, releases = 4 }
    return sentry.scenario(spec)
  end

  it("is written by no verb while all is well", function()
    local place = scenario { headers = { ["X-Echo"] = repeated() } }
    local catalog = set_up(place)
    local function ok(result, what)
      assert.equal(0, result.status, what .. ": " .. table.concat(result.lines, "\n") .. result.err)
    end
    ok(run { "spec" }, "spec")
    ok(verb("check"), "check")
    ok(verb("discover"), "discover")
    ok(verb("streams"), "streams")
    local first = verb("read", "--catalog", catalog, "--record", "read.har", "--ledger", ".")
    ok(first, "read")
    ok(verb("read", "--catalog", catalog, "--state", first.path, "--ledger", "."), "the next read")
    ok(verb("read", "--catalog", catalog, "--replay", "read.har"), "replay")
    ok(run { "compare", first.path, first.path }, "compare")
    ok(verb("sync", "--to", "sync.db"), "sync")
    ok(verb("sync", "--to", "lines/", "--gzip"), "sync to a folder")
    ok(run { "status", "--to", "sync.db" }, "status")
    for _, words in ipairs { {}, { "--plan" }, { "--infer" }, { "--json" } } do
      ok(verb("try", "issues", table.unpack(words)), "try")
    end
    ok(run { "repl", "--config", config, input = "streams.issues\nconfig\nstreams.issues:pages()\n",
      env = { XDG_STATE_HOME = folder } }, "repl")
    assert(os.execute(("mkdir '%s/tests' && cp '%s/read.har' '%s/tests/issues.har'"):format(folder, folder, folder)))
    ok(verb("test", "tests", "--update"), "test")
    local list = place.url:match "://[^/]*(.*)" .. "/api/0/projects/"
    ok(run { "new", "mine", "--from", "read.har", list, "--scripts", "tests" }, "new")
    assert_untold { TOKEN }
    ok(run { "init", "--config", "config.json", "--hostname", place.url, "--organization", "acme", "--project", "mobile",
      env = { SENTRY_AUTH_TOKEN = TOKEN } }, "init")
    assert.equal(TOKEN, require("json").decode(files.read(folder .. "/config.json")).auth_token)
    assert(os.remove(folder .. "/config.json"))
    assert_untold { TOKEN }
  end)

  it("is written by no verb that fails, however a server repeats it", function()
    for _, fault in ipairs {
      { fault = "status", status = 401, detail = repeated() }, { fault = "status", status = 403, body = repeated() },
      { fault = "status", status = 500, body = ("x"):rep(190) .. repeated(), content_type = "text/plain" },
      { fault = "status", status = 200, body = "<html>" .. repeated(), content_type = "text/html" },
      { fault = "redirect", to = "http://other.example/?" .. repeated():gsub("[^%w%%]", "") },
      { fault = "detail", detail = repeated() }, { fault = "status", status = 400, body = TOKEN:sub(1, 20) .. TOKEN },
    } do
      fault.times = -1
      local catalog = set_up(scenario { headers = { ["X-Echo"] = repeated() }, faults = { fault } })
      assert.equal(1, verb("read", "--catalog", catalog, "--record", ("failed%d.har"):format(count)).status)
      assert.equal(1, verb("check", "--strict").status)
      assert.equal(1, verb("sync", "--to", ("failed%d.db"):format(count)).status)
      assert.equal(1, verb("try", "issues").status)
      verb("discover")
    end
    assert_untold { TOKEN }
  end)

  it("is told by no proxy that refuses, nor by one that is not there", function()
    local place = scenario {}
    for _, port in ipairs { place.url:match ":(%d+)", "1" } do
      local proxy = ("http://me:%s@127.0.0.1:%s"):format(PROXY:gsub("/", "%%%%2F"), port)
      local given = { auth_token = TOKEN, proxy = proxy, hostname = "http://sentry.example" }
      config = perigee.write(sentry.config(place, given))
      verb("check")
      verb("try", "issues")
      config = perigee.write(sentry.config(place, { auth_token = TOKEN, hostname = "http://sentry.example" }))
      run { "check", "--config", config, "--debug", env = { http_proxy = proxy } }
    end
    assert_untold { TOKEN, PROXY }
  end)

  it("is shown of no process while it runs, nor left in a database when that is ended", function()
    local place = scenario { faults = { { fault = "stall_body", path = "releases", times = -1 } } }
    local script = [[return { name = "mine", path = "organizations/{organization}/releases/", primary_key = "id" }]]
    local scripts = own_streams.folder { mine = script }
    local env = { SENTRY_AUTH_TOKEN = TOKEN, SENTRY_ORG = "acme", SENTRY_URL = place.url, OTHER_TOKEN = TOKEN }
    local going = perigee.start { "sync", "--to", folder .. "/ended.db", "--scripts", scripts,
      "--streams=issues,releases,mine", env = env }
    local child = perigee.wait_until(function()
      local children = files.text(("/proc/%d/task/%d/children"):format(going.pid, going.pid)) or ""
      return #place.log "releases" > 0 and files.text(folder .. "/ended.db-wal") and children:match "%d+"
    end)
    for _, pid in ipairs { going.pid, child } do
      assert.is_nil(secret_search.find(files.read(("/proc/%s/cmdline"):format(pid)), { TOKEN }))
      local environment = files.text(("/proc/%s/environ"):format(pid)) or "" -- which others than root cannot read
      assert.is_nil(secret_search.find(environment, { TOKEN }))
    end
    going:kill "KILL"
    going:close()
    assert.is_true(#files.read(folder .. "/ended.db-wal") > 0)
    assert_untold { TOKEN }
  end)

  it("is written by no stream of a user's own, nor is a login's token, but for the CONTROL line that hands one over", function()
    local api = posted_api.start_rotating()
    finally(api.stop)
    local known = { "sesame-1234/+x" }
    for n = 0, 9 do
      known[#known + 1] = ("access-token-told-%d-of-many"):format(n)
      known[#known + 1] = ("refresh-token-%d-of-many"):format(n)
    end
    local rotating = files.read(api.folder .. "/mine.lua")
    local auth = rotating:match "auth = (%b{})"
    local tells = ([[return { name = "tells", primary_key = "id", base = "%s/", auth = %s, read = function(context)
      local json = require "json"
      local said = { body = context:get "repeated", json.encode(context.config), tostring(context.config.secrets.key) }
      local _, response = context:get "repeated"
      said[#said + 1] = response:text()
      for name, text in pairs(response:headers()) do said[#said + 1] = name .. text end
      for _, text in pairs(said) do
        text = type(text) == "table" and json.encode(text) or text
        print(text)
        context:log("WARN", text:reverse())
        context:emit { id = #text, text = text, backwards = text:reverse() }
      end
      error(json.encode(said))
    end }]]):format(api.origin, auth)
    perigee.write(tells, api.folder:match "[^/]*$" .. "/tells.lua")
    config = perigee.write(api.config)
    local catalog = perigee.write_catalog { "mine", "tells" }
    local result = verb("read", "--catalog", catalog, "--scripts", api.folder, "--record", "own.har")
    assert.equal(1, result.status)
    assert.is_true(#result.records "tells" > 3 and #result.records "mine" == 7)
    local others, control = {}, 0
    for _, line in ipairs(result.lines) do
      if line:find('{"type":"CONTROL"', 1, true) == 1 then control = control + 1 else others[#others + 1] = line end
    end
    assert.equal(1, control)
    local file = assert(io.open(result.path, "wb"))
    assert(file:write(table.concat(others, "\n")))
    assert(file:close())
    for _, words in ipairs { { "try", "tells" }, { "check" }, { "discover" } } do
      verb(words[1], "--scripts", api.folder, words[2])
    end
    verb("sync", "--scripts", api.folder, "--to", "own/", "--streams", "mine,tells")
    assert_untold(known)
  end)
end)
