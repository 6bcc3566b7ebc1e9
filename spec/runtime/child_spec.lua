-- A stream of the user's own in its process: what it writes, asks and takes, and how it ends.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local wait_until = perigee.wait_until

-- The address sanitizer's shadow memory cannot live below a limit of addresses: there, memory outside of Lua has none.
local sanitized = require "spec.support.sanitized"

teardown(perigee.cleanup)

-- The same list as the shipped stream, from a file of the user's own.
local RELEASES = [[return { name = "copy", path = "organizations/{organization}/releases/", primary_key = "id",
  identity = "version", cursor = { field = "dateCreated" }, scope = "project:releases" }]]
local EVENTS = [[return { name = "copy", path = "projects/{organization}/{project}/events/", params = { full = "true" },
  primary_key = "id", scope = "project:read",
  cursor = { field = "dateCreated", ordered_by = { "dateCreated", "dateReceived" }, window = true } }]]

local function folder_with(script)
  local folder = perigee.folder()
  perigee.write(script, "copy.lua")
  return folder
end

-- What a stream's lines say, but for times, names, and keys, whose seed is another in each run.
local function essence(result, stream)
  local lines = {}
  for _, line in ipairs(result.lines) do
    if line:find('"' .. stream .. '"', 1, true) or line:find('"message":"' .. stream .. ":", 1, true) then
      lines[#lines + 1] = line:gsub('"emitted_at":[%d.]+', ""):gsub('"' .. stream .. '["]', '"copy"')
        :gsub('"' .. stream .. ":", '"copy:'):gsub("%d+ bytes received", "")
        :gsub('"seed":"[^"]*"', '"seed"'):gsub('"~[%w_-]+"', '"key"')
    end
  end
  return lines
end

local children = own_streams.processes

local function lives(pid)
  local file = io.open(("/proc/%d/stat"):format(pid))
  local state = file and file:read("a"):match "%) (%a)"
  if file then file:close() end
  return state ~= nil and state ~= "Z"
end

describe("a stream in a child process", function()
  it("writes what it would write in the main process", function()
    local place = sentry.scenario { data = { events = 450, tie = 0.1 } }
    local given = { words = { "--checkpoint-records=100" }, config = { num_workers = 1 } } -- one after the other: one order
    local shipped = connector.read(place, { { "events", "incremental" } }, given)
    given.words[2], given.words[3] = "--scripts", folder_with(EVENTS)
    local copy = connector.read(place, { { "copy", "incremental" } }, given)
    assert.equal(0, copy.status)
    assert.equal(450, #copy.records "copy")
    local wanted, got = essence(shipped, "events"), essence(copy, "copy")
    for i, line in ipairs(wanted) do assert.is_true(line == got[i], line:sub(1, 300) .. "\n" .. tostring(got[i]):sub(1, 300)) end
    assert.equal(#wanted, #got)
  end)

  it("has its namespace on every line, an empty one too", function()
    local place = sentry.scenario { data = { releases = 150 } }
    for _, namespace in ipairs { "acme \"1\"", "" } do
      local result = connector.read(place, { { "copy", "incremental", namespace = namespace } },
        { words = { "--scripts", folder_with(RELEASES) } })
      assert.equal(0, result.status, table.concat(result.lines, "\n"))
      for _, record in ipairs(result.of "RECORD") do assert.equal(namespace, record.namespace) end
      assert.equal(namespace, connector.states(result)[1].stream.stream_descriptor.namespace)
      assert.equal(150, #result.of "RECORD")
    end
  end)

  it("passes on records that are larger than what is read at once", function()
    local place = sentry.scenario { data = { events = 6, body = 900000 } }
    local result = connector.read(place, { "copy" }, { words = { "--scripts", folder_with(EVENTS) } })
    assert.is_nil(connector.difference(connector.truth(place, "events"), result.records "copy"))
  end)

  it("stands in a recording like any other, and is read from it", function()
    local place = sentry.scenario { data = { releases = 120 } }
    local archive = perigee.folder() .. "/copy.har"
    local words = { "--scripts", folder_with(RELEASES), "--record", archive }
    local live = connector.read(place, { "copy" }, { words = words })
    local asked = #place.log()
    words[3] = "--replay"
    local again = connector.read(place, { "copy" }, { words = words })
    assert.equal(120, #again.records "copy")
    assert.same(live.records "copy", again.records "copy")
    assert.equal(asked, #place.log())
  end)

  it("tells of the server's errors and limits as others do", function()
    local limited = { fault = "rate_limited", form = "retry_after", seconds = 1.2, path = "releases", request = 2 }
    local place = sentry.scenario { data = { releases = 150 }, faults = { limited } }
    local result = connector.read(place, { "copy" }, { words = { "--scripts", folder_with(RELEASES) } })
    assert.same({ "STARTED", "RUNNING", "RATE_LIMITED", "COMPLETE" }, connector.statuses(result, "copy"))
    place.change { faults = { { fault = "status", status = 403, path = "releases", times = -1 } } }
    result = connector.read(place, { "copy" }, { words = { "--scripts", folder_with(RELEASES) } })
    assert.matches("status 403", connector.errors(result, "copy")[1].message)
    assert.matches("lacks the scope project:releases", connector.errors(result, "copy")[1].message)
  end)

  it("reads by itself when the window of a limit ends", function()
    local limited = { fault = "rate_limited", form = "reset", seconds = 1, path = "releases" }
    local place = sentry.scenario { data = { releases = 5 }, faults = { limited }, clock = { fixed = "2026-01-31T12:00:00Z" } }
    local words = { "--scripts", folder_with(RELEASES), "--retry-base=0.002" }
    local result = connector.read(place, { "copy" }, { words = words })
    assert.equal(5, #result.records "copy")
    assert.matches("again in 1%.0 s", connector.logs(result, "INFO"))
  end)

  it("that is killed is told of, and its last state goes on", function()
    local stalls = { fault = "stall_headers", path = "events", page = 3 }
    local place = sentry.scenario { data = { events = 450 }, faults = { stalls } }
    local words = { "--scripts", folder_with(EVENTS), "--checkpoint-records=100", "--first-byte-timeout=600" }
    local going = connector.start(place, { { "copy", "incremental" }, "releases" }, { words = words })
    wait_until(function() return place.log("events")[3] and place.log("releases")[1] end)
    for _, pid in ipairs(children(going.pid)) do os.execute("kill -ABRT " .. pid) end
    local result = going:finish()
    assert.matches("copy.lua%) failed: its process was ended by signal 6 %(Aborted%)",
      connector.errors(result, "copy")[1].message)
    assert.equal("COMPLETE", connector.statuses(result, "releases")[3])
    assert.equal(1, result.status)
    local states = connector.states(result, "copy")
    assert.is_true(#states > 0)
    place.change { faults = {} }
    local rest = connector.read(place, { { "copy", "incremental" } }, { words = words, state = { states[#states] } })
    local texts, seen = {}, {}
    for _, part in ipairs { result, rest } do
      for _, text in ipairs(part.records "copy") do
        if not seen[text] then texts[#texts + 1] = text end
        seen[text] = true
      end
    end
    assert.is_nil(connector.difference(connector.truth(place, "events"), texts))
  end)

  it("ends when its parent is killed", function()
    local place = sentry.scenario { faults = { { fault = "stall_headers", times = -1, path = "releases" } } }
    local going = connector.start(place, { "copy" }, { words = { "--scripts", folder_with(RELEASES),
      "--first-byte-timeout=50" } })
    wait_until(function() return place.log("releases")[1] end)
    local child = children(going.pid)[1]
    assert.is_true(lives(child))
    going:kill "KILL"
    wait_until(function() return not lives(child) end)
    going:finish()
  end)

  it("ends with its parent on SIGTERM, which says so", function()
    local place = sentry.scenario { faults = { { fault = "stall_headers", times = -1, path = "releases" } } }
    local going = connector.start(place, { "copy" }, { words = { "--scripts", folder_with(RELEASES),
      "--first-byte-timeout=50" } })
    wait_until(function() return place.log("releases")[1] end)
    local child = children(going.pid)[1]
    going:kill "TERM"
    local result = going:finish()
    assert.equal(15, result.signal)
    assert.matches("ended by a signal", connector.logs(result, "WARN"))
    wait_until(function() return not lives(child) end)
  end)

  -- KiB of a process's memory that are in use.
  local function resident(pid)
    local file = assert(io.open(("/proc/%d/status"):format(pid)))
    local size = file:read("a"):match "VmRSS:%s+(%d+) kB"
    file:close()
    return tonumber(size)
  end

  it("leaves its parent no memory of a large record once that is out", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local going = connector.start(sentry.scenario {}, { "large" }, { words = { "--scripts", own_streams.folder { large = [[
      return { name = "large", primary_key = "id", read = function(context)
        context:emit { id = 1, text = ("x"):rep(8 << 20) }
        context:checkpoint { at = 1 }
        require "tasks".sleep(600)
      end }]] } } })
    local line
    repeat line = going.pipe:read "l" until line:find('"STATE"', 1, true)
    wait_until(function() return resident(going.pid) < 17000 end)
    going:kill "TERM"
    going:finish()
  end)

  it("that names another endpoint with each request does not fill its parent's memory", function()
    if sanitized then return pending "the sanitizers keep what was freed" end
    local closed = { fault = "status", status = 503, path = "/organizations/", times = -1 }
    local place = sentry.scenario { faults = { closed } }
    local going = connector.start(place, { "naming" }, { words = { "--scripts", own_streams.folder { naming = [[
      local function read(context)
        local http, tasks = require "http", require "tasks"
        local gate, number = context.config.hostname .. "/api/0/organizations/", 0
        local function pause()
          print "so far"
          number = number + 1
          local options = { query = { number = number }, endpoint = "gate" }
          while assert(http.get(gate, options)).status == 503 do tasks.sleep(0.01) end
        end
        for i = 1, 300 do
          if i == 10 or i == 300 then pause() end
          http.get(context.config.hostname .. "/api/0/projects/", { endpoint = ("e"):rep(100000) .. i })
        end
      end
      return { name = "naming", primary_key = "id", read = read }]] } } })
    local function resident_then(pause)
      repeat local log = going:wait_for "LOG" until not log or log.message == "so far"
      local size = resident(going.pid)
      closed.query = "number=" .. pause + 1 -- this pause is over, and the next one holds
      place.change { faults = { closed } }
      return size
    end
    local before = resident_then(1)
    local grown = resident_then(2) - before
    assert.equal(0, going:finish().status)
    assert.is_true(grown < 8000, grown .. " KiB")
  end)

  it("has no descriptors but its own, and limits", function()
    local place = sentry.scenario { faults = { { fault = "stall_headers", times = -1, path = "releases" } } }
    local going = connector.start(place, { "copy" }, { words = { "--scripts", folder_with(RELEASES),
      "--record", perigee.folder() .. "/open.har", "--first-byte-timeout=50" } })
    wait_until(function() return place.log("releases")[1] end)
    local child = children(going.pid)[1]
    local pipe = assert(io.popen(("ls -l /proc/%d/fd; cat /proc/%d/limits"):format(child, child)))
    local text = pipe:read "a"
    pipe:close()
    going:kill "KILL"
    going:finish()
    if not text:find "/dev/null" then return pending "only root may look into another process here" end
    local numbers = {}
    for number, to in text:gmatch " (%d+) %-> (%S+)" do numbers[#numbers + 1] = number .. ":" .. to:match "^[%a/]+" end
    table.sort(numbers)
    assert.same({ "0:/dev/null", "1:/dev/null", "3:socket", "4:pipe" },
      { numbers[1], numbers[2], numbers[4], numbers[5] }, text)
    for _, one in ipairs(numbers) do assert.is_nil(one:find ".*har", one) end
    assert.is_true(#numbers <= 9, text) -- and those of its own loop: a signal's pipe, libcurl's wake-up
    assert.matches("Max open files +32 +32 ", text)
    assert.matches("Max core file size +0 +0 ", text)
    if sanitized then return end
    assert.matches("Max file size +0 +0 ", text)
    local space = tonumber(text:match "Max address space +(%d+)")
    assert.is_true(space > 80 << 20 and space < 400 << 20, text)
  end)

  it("is told of by how it ended, where the signal of that was ignored by who started us", function()
    local words = connector.words("read", sentry.scenario {}, { words = { "--scripts", own_streams.folder {
      pattern = "return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))" }, "--script-time=0.1",
      "--catalog=" .. perigee.write_catalog { "pattern" } } })
    words.wrap = function(run, to) return run:gsub("env %-i", "env -i --ignore-signal=CHLD", 1) .. " >" .. to end
    local result = perigee.run_all({ words })[1]
    assert.matches("where Lua cannot be interrupted", connector.errors(result, "pattern")[1].message)
  end)

  it("works where few open files are allowed", function()
    local words = connector.words("read", sentry.scenario {}, { words = { "--scripts", folder_with(RELEASES),
      "--catalog=" .. perigee.write_catalog { "copy" } } })
    words.wrap = function(run, to) return ("ulimit -n 24; %s >%s"):format(run, to) end
    local result = perigee.run_all({ words })[1]
    assert.same({}, connector.errors(result))
    assert.equal(30, #result.records "copy")
  end)

  -- What a script cannot do unless it breaks its interpreter: lines are put into the child's own pipe.
  it("ends when it writes what is no message of its stream, none of which goes out", function()
    local place = sentry.scenario { faults = { { fault = "stall_headers", times = -1, path = "releases" } } }
    local folder = folder_with(RELEASES)
    local words = { "--scripts", folder, "--first-byte-timeout=600" }
    local function written(line, sound) -- nil: it cannot be
      local asked = #place.log "releases"
      local going = connector.start(place, { "copy" }, { words = words })
      wait_until(function() return #place.log "releases" > asked end)
      local all = children(going.pid)
      local child = all[#all] -- one that is ending may stand before it
      local pipe = io.open(("/proc/%d/fd/4"):format(child), "w")
      if pipe then pipe:write(line) pipe:close() end
      if sound or not pipe then os.execute("kill -ABRT " .. child) end -- its line is in the pipe, and it would wait on
      local result = going:finish()
      return pipe and result
    end
    local sound = '{"type":"RECORD","record":{"stream":"copy","data":{"a":"smuggled"},"emitted_at":1}}\n'
    local result = written(sound, true)
    if not result then return pending "only root may write into another process's pipe here" end
    assert.same({ '{"a":"smuggled"}' }, result.records "copy")
    local counts = '"requests":1,"received":2,"retries":3,"waits":4,"waited_us":500000,"repeats":6,"needless":7,"ended":"so"}'
    result = written('{"type":"SUMMARY","stream_descriptor":{"name":"copy"},' .. counts .. "\n", true)
    assert.matches("copy: 0 records, 0 bytes; 1 request, 2 bytes received, 3 retries, 4 waits %(0.5 s%), 6 repeats dropped, "
      .. "7 responses not needed; so", table.concat(result.lines, "\n"))
    result = written('{"type":"OBSERVATION","stream_descriptor":{"name":"copy"},"data":{"request":{"number":1}}}\n', true)
    assert.is_nil(table.concat(result.lines, "\n"):find("OBSERVATION", 1, true), "observations are for verbs alone")
    assert.is_nil(connector.errors(result, "copy")[1].message:find("whole message", 1, true))
    for _, wrong in ipairs {
      '{"type":"RECORD","record":{"stream":"events","data":{"a":"smuggle"},"emitted_at":1}}',
      '{"type":"RECORD","record":{"stream":"copy","data":{"a":"smuggle"},"stream":"events","emitted_at":1}}',
      '{"type":"RECORD","record":{"stream":"copy","data":{"a":"smuggle"}},"type":"STATE","emitted_at":1}}',
      '{"type":"RECORD","record":{"stream":"copy","data":{"a":"smuggle",},"emitted_at":1}}',
      '{"type":"RECORD","record":{"stream":"copy","data":["smuggle"],"emitted_at":1}}',
      '{"type":"RECORD","record":{"stream":"copy","data":{"a":"smuggle\xff"},"emitted_at":1}}',
      '{"type":"RECORD","record":{"stream":"copy","namespace":"smuggle","data":{},"emitted_at":1}}',
      '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"events"},"stream_state":{"a":"smuggle"}},'
        .. '"sourceStats":{"recordCount":1.0}}}',
      '{"type":"STATE","state":{"type":"GLOBAL","global":{"a":"smuggle"}}}',
      '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"copy"},"stream_state":{"a":"smuggle"}}}}',
      '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1.0,"stream_status":{"stream_descriptor":{"name":"copy"},'
        .. '"status":"COMPLETE"}}}',
      '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1.0,"error":{"message":"smuggle"}}}',
      '{"type":"LOG","log":{"level":"INFO","message":"smuggle","stack_trace":"x"}}',
      '{"type":"LOG","log":{"level":"LOUD","message":"smuggle"}}',
      '{"type":"SUMMARY","stream_descriptor":{"name":"smuggle"},' .. counts,
      '{"type":"SUMMARY","stream_descriptor":{"name":"copy"},' .. counts:gsub('"so"', '"smuggle","x":1'),
      '{"type":"SUMMARY","stream_descriptor":{"name":"copy"},"smuggle":1,' .. counts,
      '{"type":"SUMMARY","stream_descriptor":{"name":"copy"},' .. counts:gsub("2", "-2"):gsub("so", "smuggle"),
      '{"type":"OBSERVATION","stream_descriptor":{"name":"smuggle"},"data":{}}',
      '{"type":"OBSERVATION","stream_descriptor":{"name":"copy"},"data":{"smuggle":1}},"data":{}}',
      '{"type":"OBSERVATION","stream_descriptor":{"name":"copy"},"data":["smuggle"]}',
      '{"type":"OBSERVATION","stream_descriptor":{"name":"copy"},"data":',
      '{"type":"CATALOG","catalog":{"streams":["smuggle"]}}', '{"type":"CONTROL","control":"smuggle"}', "smuggle", "",
    } do
      result = written(wrong .. "\n")
      assert.equal("the script of the stream 'copy' (" .. folder .. "/copy.lua) failed: it wrote a line that is no whole "
        .. "message of its stream", connector.errors(result, "copy")[1].message)
      assert.is_nil(table.concat(result.lines, "\n"):find("smuggle", 1, true), wrong)
    end
  end)

  it("may estimate and wait as far as numbers go, and is told where it is at fault", function()
    local result = own_streams.read(sentry.scenario {}, { far = [[
      local function read()
        local airbyte = require "airbyte"
        airbyte.estimate(math.maxinteger)
        airbyte.rate_limited(math.maxinteger)
        airbyte.rate_limited(-1)
      end
      return { name = "far", primary_key = "id", read = read }]] }, "far")
    assert.matches("far.lua:5: bad argument #1 to .* %(must not be negative%)", (own_streams.error_of(result, "far")))
    local text = table.concat(result.lines, "\n")
    assert.truthy(text:find('"row_estimate":9223372036854775807', 1, true), text)
    assert.truthy(text:find('"quota_reset":9223372036854775', 1, true), text)
  end)

  it("ends for a larger answer than its memory holds, where that is set small", function()
    if sanitized then return pending "the sanitizers cannot live with a limit of memory" end
    local place = sentry.scenario { data = { events = 12, body = 900000 } }
    local words = { "--scripts", folder_with(EVENTS), "--script-memory=100000" }
    local result = connector.read(place, { "copy" }, { words = words })
    assert.matches("memory", connector.errors(result, "copy")[1].message)
    words[3] = nil
    assert.equal(0, connector.read(place, { "copy" }, { words = words }).status)
  end)

  it("may ask for more than its memory holds, as long as it does not keep it", function()
    if sanitized then return pending "the sanitizers cannot live with a limit of memory" end
    local place = sentry.scenario { data = { events = 2, body = 900000 } }
    local result = own_streams.read(place, { letting = [[
      local function read(context)
        local http = require "http"
        local url = context.config.hostname .. "/api/0/projects/acme/web-frontend/events/?full=true"
        local options = { headers = { Authorization = "Bearer " .. context.config.auth_token } }
        local bytes = 0
        for _ = 1, 20 do bytes = bytes + assert(assert(http.get(url, options)):page { fields = { "id" } }):size() end
        error(bytes > 3e7 and "it came to its end" or bytes)
      end
      return { name = "letting", primary_key = "id", read = read }]] }, "letting", { words = { "--script-memory=8000000" } })
    assert.matches("it came to its end", (own_streams.error_of(result, "letting")))
  end)

  it("waits, however long, without that being counted", function()
    local place = sentry.scenario { delay_ms = 150, data = { releases = 350 } }
    local result = connector.read(place, { "copy" }, { words = { "--scripts", folder_with(RELEASES),
      sanitized and "--script-time=0.5" or "--script-time=0.1" } })
    assert.equal(0, result.status)
    assert.equal(350, #result.records "copy")
  end)
end)
