-- `perigee sync` into a folder of JSON lines: files that are whole, and a manifest that names them with their states.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local KEYS = { "events", "issues", "projects", "releases" }
local ROUNDS = 3
local FIRST_REQUESTS, LEAST_REQUESTS = 20, 5 -- of a first sync, and of one with nothing new: one for each stream
local TIMED_OUT = 124 -- timeout's own status, where its signal was not KILL
local PLACES = 10 -- at which a list may be cut at once: a row beside each may come twice

local function words_of(scenario, folder, ...)
  return connector.words("sync", scenario, { words = { "--to", folder, ... } })
end

local function sync(scenario, folder, ...) return perigee.run(words_of(scenario, folder, ...)) end

local function manifest_of(folder)
  local by_name = {}
  for _, entry in ipairs(cjson.decode(files.read(folder .. "manifest.json")).streams) do by_name[entry.stream] = entry end
  return by_name
end

-- A file's text; what is compressed is inflated by gzip, which tells of what was cut.
local function text_of(path)
  if not path:find "%.gz$" then return files.read(path) end
  local pipe = assert(io.popen(("gzip -dc '%s' && echo whole"):format(path)))
  local text = pipe:read "a"
  pipe:close()
  return assert(text:match "^(.*)whole\n$", path)
end

-- The lines of the files that a manifest names: each must be there, and end with a line.
local function lines_of(folder, stream)
  local lines, entry = {}, manifest_of(folder)[stream]
  for _, file in ipairs(entry and entry.files or {}) do
    local text = text_of(folder .. file)
    assert(text:find "\n$", file)
    for line in text:gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  end
  return lines
end

local function truth_of(scenario, stream)
  local texts = connector.truth(scenario, stream)
  for i, text in ipairs(texts) do texts[i] = text:gsub("[\r\n\t]", " ") end
  return texts
end

local function assert_holds(scenario, folder, stream, repeats)
  local lines, seen = lines_of(folder, stream), {}
  for _, line in ipairs(lines) do seen[line] = (seen[line] or 0) + 1 end
  local truth = truth_of(scenario, stream)
  for _, text in ipairs(truth) do
    local times = seen[text]
    assert(times and (repeats or times == 1), ("%s: %s times: %s"):format(stream, tostring(times), text:sub(1, 200)))
  end
  if not repeats then assert.equal(#truth, #lines, stream) end
end

-- Everything in the folder of a stream, as `ls` has it.
local function listed(folder, stream)
  local pipe = assert(io.popen(("ls '%s%s'"):format(folder, stream)))
  local text = pipe:read "a"
  pipe:close()
  return text
end

-- What a reader may open, named by a manifest or not.
local function assert_no_half_file(folder)
  local pipe = assert(io.popen(("find '%s' -name '*.jsonl' -o -name '*.jsonl.gz' 2>/dev/null"):format(folder)))
  for path in pipe:lines() do
    local last = ("\n" .. text_of(path)):match "^.*\n([^\n]*)\n$" -- anchored: else it is tried at every byte
    assert(last and pcall(cjson.decode, last), path)
  end
  pipe:close()
end

describe("sync into a folder", function()
  teardown(perigee.cleanup)

  it("writes each stream's records, byte for byte, into files that the manifest names with the state", function()
    local scenario, folder = sentry.scenario { data = { events = 120, odd = true } }, perigee.new_path "/"
    local result = sync(scenario, folder)
    assert.equal(0, result.status, result.err)
    for _, stream in ipairs(KEYS) do assert_holds(scenario, folder, stream) end
    assert.equal("000001.jsonl\n", listed(folder, "events"))
    local entry = manifest_of(folder).events
    assert.same({ "events/000001.jsonl", 120 }, { entry.files[1], entry.rows })
    assert.is_string(entry.state.dateCreated)
    assert.matches("\nevents +120 ", table.concat(result.lines, "\n"))
  end)

  it("adds a file of what is new, and none where nothing is", function()
    local scenario, folder = sentry.scenario { data = { events = 40, issues = 9 } }, perigee.new_path "/"
    sync(scenario, folder)
    scenario.change { data = { events = 40, issues = 9, later = { { events = 6, updates = { issues = 2 } } } } }
    local result = sync(scenario, folder, "--json")
    assert.equal(0, result.status, result.err)
    assert_holds(scenario, folder, "events")
    assert_holds(scenario, folder, "issues", true)
    assert.same({ 46, 11, 2 }, { #lines_of(folder, "events"), #lines_of(folder, "issues"), #manifest_of(folder).events.files })
    assert.equal(0, sync(scenario, folder).status)
    assert.equal(2, #manifest_of(folder).events.files)
  end)

  it("replaces the files of a stream that is read whole, or anew", function()
    local scenario, folder = sentry.scenario { data = { events = 12, issues = 8 } }, perigee.new_path "/"
    for _ = 1, 2 do assert.equal(0, sync(scenario, folder).status) end
    assert.equal(1, #lines_of(folder, "project_detail"))
    assert.equal("000002.jsonl\n", listed(folder, "project_detail"))
    scenario.change { data = { events = 12, issues = 8, later = { { deletes = { issues = 3 } } } } }
    assert.equal(0, sync(scenario, folder, "--full=issues").status)
    assert_holds(scenario, folder, "issues")
    assert.equal("000002.jsonl\n", listed(folder, "issues"))
  end)

  it("takes no line of a read that was cut, where the next one begins anew", function()
    local folder = perigee.new_path "/"
    local text = [==[return { name = "mine", read = function(context)
      context:emit { { n = 1 }, { n = 2 } }
      context:checkpoint { half = 1 }
      %s
    end }]==]
    for status, ending in ipairs { 'error "cut"', "" } do
      local scripts = own_streams.folder { mine = text:format(ending) }
      assert.equal(2 - status, sync(sentry.scenario {}, folder, "--streams=mine", "--scripts", scripts).status)
    end
    assert.same({ '{"n":1}', '{"n":2}' }, lines_of(folder, "mine"))
  end)

  it("leaves secrets out, and nothing else", function()
    local script = [==[return { name = "mine", primary_key = "id", read = function(context)
      context:emit(assert(require("page").of('[ {"securityToken":"s", "id":1 ,"options":{"a":1.50,"sentry\\u003Atoken":"t"} }]',
        { fields = { "id" }, key = { "id" } })))
    end }]==]
    local folder = perigee.new_path "/"
    local result = sync(sentry.scenario {}, folder, "--streams=mine", "--scripts", own_streams.folder { mine = script })
    assert.equal(0, result.status, result.err)
    assert.same({ { id = 1, options = { a = 1.5 } } }, { cjson.decode(lines_of(folder, "mine")[1]) })
    assert.matches('{"a":1%.50}', lines_of(folder, "mine")[1])
  end)

  -- A read that goes on meets again the rows beside the places where it was cut: docs/reading.md.
  it("goes on from its manifest however it was ended, with no line missing, few twice, and no half file", function()
    local trials, list = {}, {}
    math.randomseed(7)
    for i = 1, 8 do
      trials[i] = { folder = perigee.new_path "/", scenario = sentry.scenario { data = { seed = i, events = 60, issues = 20 },
        page_size = 6, delay_ms = 5 } }
    end
    for round = 1, ROUNDS do
      for i, trial in ipairs(trials) do
        -- One of its requests has no answer: none comes to its end before it is ended, however fast the machine is.
        local request = math.random(round == 1 and FIRST_REQUESTS or LEAST_REQUESTS)
        trial.scenario.change { faults = { { fault = "stall_headers", request = request } } }
        list[i] = words_of(trial.scenario, trial.folder, "--checkpoint-records=10", i % 4 < 2 and "--gzip" or nil)
        list[i].ended = { i % 2 == 0 and "KILL" or "TERM", 0.05 + math.random() * 0.6 }
      end
      for i, result in ipairs(perigee.run_all(list, 4)) do
        assert.is_true(result.signal == 9 or result.status == TIMED_OUT,
          ("trial %d was not cut: exit %s, signal %s: %s"):format(i, tostring(result.status), tostring(result.signal),
            result.err))
      end
      for _, trial in ipairs(trials) do assert_no_half_file(trial.folder) end
    end
    for _, trial in ipairs(trials) do trial.scenario.change { faults = {} } end
    for _, trial in ipairs(trials) do
      local result = sync(trial.scenario, trial.folder)
      assert.equal(0, result.status, result.err)
      for _, stream in ipairs(KEYS) do assert_holds(trial.scenario, trial.folder, stream, true) end
      local lines = #lines_of(trial.folder, "events")
      assert.is_true(lines <= 60 + PLACES * ROUNDS, ("%d lines in %s"):format(lines, trial.folder))
      assert.equal(table.concat(manifest_of(trial.folder).events.files, "\n") .. "\n",
        (listed(trial.folder, "events"):gsub("%f[%d]%d+%.jsonl[.gz]*", "events/%0")))
    end
  end)

  it("says what is in its way", function()
    local held = { fault = "stall_headers", path = "/events/", request = 20 } -- it comes to no end before it is ended
    local scenario, folder = sentry.scenario { data = { events = 200 }, page_size = 5, faults = { held } }, perigee.new_path "/"
    local going = perigee.start(words_of(scenario, folder, "--first-byte-timeout=600"))
    perigee.wait_until(function() return #scenario.log "events" > 2 end)
    assert.matches("another sync writes to it; wait for its end, or name another folder\n$", sync(scenario, folder).err)
    going:kill "TERM"
    assert.equal(15, going:finish().signal)
    assert.matches("%-%-freeze is for tables", sync(scenario, perigee.new_path "/", "--freeze").err)
    local foreign = perigee.new_path "/"
    os.execute("mkdir -p " .. foreign)
    perigee.write('{"format":99,"streams":[]}', foreign:match "([^/]+/)$" .. "manifest.json")
    assert.matches("manifest.json: was written by a newer perigee\n$", sync(scenario, foreign).err)
    for to, message in pairs {
      ["postgresql:/u:geheim@a/b"] = "the address is none of PostgreSQL that is taken; it looks like postgresql://USER@HOST:PORT",
      ["mysql://a/b"] = "there is no destination mysql; name a SQLite file, a folder for JSON lines, or "
        .. "postgresql://USER@HOST/DATABASE",
      ["-"] = "standard output is where `perigee read` writes",
    } do
      local result = sync(scenario, to)
      assert.same({ 1, true }, { result.status, result.err:find(message, 1, true) ~= nil }, result.err)
    end
  end)

  it("goes on with the files of a stream of the organization that an earlier sync kept under its first project", function()
    local scenario = sentry.scenario { data = { projects = 3, releases = 5, lists = { commits = 3 } } }
    local folder = perigee.new_path "/"
    assert.equal(0, sync(scenario, folder, "--streams=release_commits").status)
    local rows, manifest = #lines_of(folder, "release_commits"), files.read(folder .. "manifest.json")
    local older, count = manifest:gsub('("place":"[^"]*)"', '%1/backend"')
    assert.equal(1, count)
    perigee.write(older, folder:match "([^/]+/)$" .. "manifest.json")
    assert.equal(0, sync(scenario, folder, "--streams=release_commits").status)
    assert.equal(rows, #lines_of(folder, "release_commits"))
    assert.equal(manifest:match '"place":"[^"]*"', files.read(folder .. "manifest.json"):match '"place":"[^"]*"')
  end)

  it("compresses its files with --gzip, and goes on in a folder of files that are not", function()
    local scenario, folder = sentry.scenario { data = { events = 400, issues = 9 } }, perigee.new_path "/"
    assert.equal(0, sync(scenario, folder, "--gzip", "--streams=events").status)
    assert.equal("000001.jsonl.gz\n", listed(folder, "events"))
    assert_holds(scenario, folder, "events")
    scenario.change { data = { events = 400, issues = 9, later = { { events = 6 } } } }
    assert.equal(0, sync(scenario, folder, "--streams=events").status)
    assert.equal("000001.jsonl.gz\n000002.jsonl\n", listed(folder, "events"))
    assert_holds(scenario, folder, "events")
    local file = perigee.folder() .. "/none.db"
    assert.equal("error: --gzip is for JSON lines; a database keeps no files that could be compressed\n",
      sync(scenario, file, "--gzip").err)
    assert.is_nil(io.open(file))
  end)

  it("begins another file where one has 64 MiB, and names both", function()
    local script = [[local page = require "page"
      return { name = "large", primary_key = "id", read = function(context)
        for n = 1, 70 do
          local text = ('[{"id":%d,"v":"%s"}]'):format(n, ("x"):rep(1 << 20))
          context:emit(assert(page.of(text, { fields = { "id" }, key = { "id" } })))
        end
      end }]]
    local folder = perigee.new_path "/"
    local result = sync(sentry.scenario {}, folder, "--scripts", own_streams.folder { large = script }, "--streams=large",
      "--script-memory=300000000", "--script-time=600")
    assert.equal(0, result.status, result.err)
    assert.equal("000001.jsonl\n000002.jsonl\n", listed(folder, "large"))
    assert.same({ "large/000001.jsonl", "large/000002.jsonl" }, manifest_of(folder).large.files)
    local pipe = assert(io.popen(("cd '%slarge' && wc -l <000001.jsonl && cat *.jsonl | wc -l"):format(folder)))
    assert.equal("64\n70\n", pipe:read "a")
    pipe:close()
  end)

  it("notes of a sync that could write no more that it was interrupted, and why", function()
    local folder = perigee.new_path "/"
    assert(os.execute(("mkdir -p '%sissues/000001.jsonl.part'"):format(folder)))
    assert.equal(1, sync(sentry.scenario {}, folder, "--streams=issues").status)
    local run = cjson.decode(perigee.run({ "status", "--to", folder, "--json" }).lines[1])[1]
    assert.equal("interrupted", run.result)
    assert.matches("issues/000001.jsonl cannot be written: Is a directory", run.message, 1, true)
  end)

  it("tells by status what the syncs came to", function()
    local scenario, folder = sentry.scenario { data = { events = 7 } }, perigee.new_path "/"
    for _ = 1, 2 do sync(scenario, folder, "--streams=events") end
    local runs = cjson.decode(perigee.run({ "status", "--to", folder, "--json" }).lines[1])
    assert.same({ { 1, 7, "complete" }, { 2, 0, "complete" } }, { { runs[1].sync, runs[1].new, runs[1].result },
      { runs[2].sync, runs[2].new, runs[2].result } })
    assert.matches("reads    what is new since 2", table.concat(sync(scenario, folder, "--dry-run").lines, "\n"))
  end)
end)
