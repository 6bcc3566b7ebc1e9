-- Streams of the user's own that take turns in one process, as `discover` has them: one process for all that are trusted
-- alike, and what one does there stays its own.
local connector = require "spec.support.connector"
local forks = require "spec.support.forks"
local json = require "json"
local leftovers = require "leftovers"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sandbox = require "sandbox"
local sentry = require "spec.support.sentry"
local tasks = require "tasks"

-- Nothing can be preloaded beside the address sanitizer, and its memory grows with each job.
local sanitized = require "spec.support.sanitized"

teardown(perigee.cleanup)

local function stream_named(name, before)
  return ('%s return { name = "%s", path = "%s/", primary_key = "id" }'):format(before or "", name, name)
end

-- The entries by name, the result, and how many processes were made.
local function discover(words)
  local result, count
  local all = { "discover", table.unpack(words) }
  if sanitized then result = perigee.run(all) else result, count = forks.run(all) end
  local by_name = {}
  for _, entry in ipairs(result.of("CATALOG")[1].streams) do by_name[entry.name] = entry end
  return by_name, result, count
end

-- The same, of scripts by name: the processes must be so many.
local function discover_scripts(scripts, processes, words)
  local by_name, result, count = discover { "--scripts", own_streams.folder(scripts), table.unpack(words or {}) }
  if count then assert.equal(processes, count) end
  return by_name, result
end

describe("discover", function()
  it("makes one process for a folder of streams, and one for the entries that may ask the same hosts", function()
    local one, other, words = {}, {}, {}
    for i = 1, 40 do one["first" .. i], other["second" .. i] = stream_named("first" .. i), stream_named("second" .. i) end
    for _, folder in ipairs { own_streams.folder(one), own_streams.folder(other) } do
      words[#words + 1] = "--scripts=" .. folder
    end
    local config = sentry.config(sentry.scenario { data = { releases = 1 } })
    config.custom_streams = {}
    for i = 1, 12 do
      local hosts = ({ {}, { "a.example.com", "b.example.com" }, { "b.example.com", "a.example.com" } })[i % 3 + 1]
      config.custom_streams[i] = { name = "entry" .. i, script = stream_named("entry" .. i), hosts = hosts[1] and hosts }
    end
    words[#words + 1] = "--config=" .. perigee.write(config)
    local by_name, result, count = discover(words)
    assert.equal(0, result.status)
    for i = 1, 40 do
      assert.is_table(by_name["first" .. i])
      assert.is_table(by_name["second" .. i])
    end
    for i = 1, 12 do assert.is_table(by_name["entry" .. i]) end
    if count then assert.equal(4, count) end
  end)
end)

describe("a script that takes its turn in a process", function()
  it("changes nothing that the next one sees", function()
    local by_name, result = discover_scripts({
      a_first = [[
        for _, name in ipairs { "json", "cjson", "stream.contract", "stream.schema", "stream.loader", "lib.suggest" } do
          local ok, module = pcall(require, name)
          for key in pairs(ok and module or {}) do module[key] = function() return "spoiled" end end
        end
        for _, library in ipairs { string, table, math, utf8, os } do
          for key in pairs(library) do library[key] = function() return "spoiled" end end
        end
        rawset(_G, "left", "spoiled")
        local kept = require
        rawset(_G, "require", function() error "spoiled" end)
        rawset(_G, "pcall", nil)
        return { name = "a_first", path = "a/" }]],
      b_second = stream_named("b_second", [[
        assert(rawget(_G, "left") == nil and pcall and #string.format("%d", 12) == 2 and math.type(1) == "integer")
        assert(require "json".encode { a = 1 } == '{"a":1}')]]),
    }, 2)
    assert.is_nil(by_name.a_first)
    assert.equal(1, result.status)
    assert.same({ { "id" } }, by_name.b_second.source_defined_primary_key)
    assert.is_nil(table.concat(result.lines, "\n", 2):find("b_second' (", 1, true))
  end)

  -- Each of these has one after it, which must come; so many processes are made, and this is said of each.
  local function assert_alone(bad, wanted, processes, words)
    local scripts = {}
    for name, text in pairs(bad) do scripts[name], scripts[name .. "_after"] = text, stream_named(name .. "_after") end
    local by_name, result = discover_scripts(scripts, processes, words)
    local messages = {}
    for _, told in ipairs(connector.errors(result)) do messages[#messages + 1] = told.message end
    local text = table.concat(messages, "\n")
    for name, message in pairs(wanted) do
      assert.is_truthy(text:find(message, 1, true), name .. ": " .. text)
      assert.is_table(by_name[name .. "_after"], name)
      messages[#messages] = nil
    end
    assert.equal(0, #messages)
  end

  -- One process after each, and one more for each that ended where others had been: what they left might be why.
  it("that runs too long, or raises, takes the turns of no others", function()
    assert_alone({ a_loops = "while true do end", b_raises = "error 'mine'",
      c_holds = "return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))" }, {
      a_loops = "a_loops.lua:1: it ran for 0.5 s without waiting", b_raises = "b_raises.lua:1: mine",
      c_holds = "c_holds.lua) failed: it ran for 0.5 s",
    }, 5, { "--script-time=0.5" })
  end)

  it("that fills its memory, or whose process dies, takes the turns of no others", function()
    assert_alone({ a_eats = "local t = {} while true do t = { t } end",
      b_dies = "local s, t = ('a'):rep(1 << 24), {} for i = 1, 138 do t[i] = s end return require 'cjson'.encode(t)" }, {
      a_eats = "a_eats.lua:1: not enough memory",
      b_dies = sanitized and "b_dies" or "b_dies.lua) failed: its process ended itself",
    }, 4)
  end)

  it("that makes a library lose memory leaves the next one a new process", function()
    local _, result = discover_scripts({
      a_leaks = stream_named("a_leaks", [[
        local cjson, text = require "cjson", '["' .. ("x"):rep(12 << 20) .. '"]'
        local kept = {}
        pcall(function() while true do kept[#kept + 1] = ("y"):rep(1 << 20) .. #kept end end)
        pcall(cjson.decode, text)
        kept = nil]]),
      b_next = stream_named "b_next",
    }, 2)
    assert.equal(0, result.status)
  end)

  it("may log as much as if it were alone", function()
    local many = "for i = 1, 10001 do print(i) end"
    local _, result = discover_scripts({ a_loud = stream_named("a_loud", many), b_loud = stream_named("b_loud", many) }, 1)
    local counts = {}
    for _, log in ipairs(result.of "LOG") do counts[log.message] = (counts[log.message] or 0) + 1 end
    assert.equal(2, counts["10000"])
    assert.is_nil(counts["10001"])
    local _, said = connector.logs(result, "WARN"):gsub("further ones are left out", "")
    assert.equal(2, said)
  end)
end)

-- The processes of streams that this one has.
local function children()
  local pipe = assert(io.popen "echo $PPID")
  local own, set = pipe:read "n", {}
  pipe:close()
  for _, pid in ipairs(own_streams.processes(own)) do set[pid] = true end
  return set
end

local function new_child(before)
  for pid in pairs(children()) do
    if not before[pid] then return pid end
  end
end

describe("a process that is used again", function()
  -- A job of the worker, with a stream whose script has this text.
  local function work(process, job, name, script)
    job.name, job.about, job.known = name, "here", { names = { name }, scripts = { [name] = script } }
    return sandbox.run(nil, "stream.worker", json.encode(job), { process = process, grants = true })
  end

  local function describe_in(process, name, before)
    return work(process, { job = "describe" }, name, stream_named(name, before))
  end

  -- What the test of a script raises, or nothing; it may wait, as a script that is loaded may not.
  local function test_in(process, name, text, hosts)
    local script = ('return { name = "%s", path = "x/", hosts = %s, tests = { { "it", function() %s end } } }'):format(name,
      hosts or "nil", text)
    return json.decode((work(process, { job = "test", test = 1 }, name, script))).message
  end

  it("has what a script granted itself, and its requests, end with its job", function()
    local place = sentry.scenario { faults = { { fault = "stall_headers", times = -1, path = "organizations" } } }
    local host, process, living = place.url:match "^http://[^/]+", sandbox.process(), children()
    local function asking(path)
      return ("local _, why = require 'http'.get '%s/api/0/%s' error(why, 0)"):format(place.url, path)
    end
    local before = leftovers.count()
    assert.is_nil(test_in(process, "granted", ("require 'tasks'.spawn(function() %s end) require 'tasks'.sleep(0.05)"):format(
      asking "organizations/"), ("{ '%s' }"):format(host)))
    assert.equal(before.exchanges, leftovers.count().exchanges)
    local child = new_child(living)
    assert.matches("no host is granted", test_in(process, "not_granted", asking "projects/"))
    if not sanitized then assert.equal(child, new_child(living)) end
    assert.same({}, place.log "projects")
  end)

  it("stays, and does one job after the other", function()
    local before, living, process = leftovers.count(), children(), { sandbox.process() }
    local outcome, entry = describe_in(process[1], "one")
    assert.same({ "{}", "one" }, { outcome, json.decode(entry).name })
    local first = new_child(living)
    outcome, entry = describe_in(process[1], "two")
    assert.same({ "{}", "two" }, { outcome, json.decode(entry).name })
    if not sanitized then assert.equal(first, new_child(living)) end
    process[1] = nil
    collectgarbage()
    assert.is_nil(new_child(living))
    assert.same(before, leftovers.count())
  end)

  it("is killed while it waits, and another one does the next job", function()
    local living, process = children(), sandbox.process()
    assert.equal("{}", (describe_in(process, "one")))
    os.execute("kill -KILL " .. new_child(living))
    assert.equal("{}", (describe_in(process, "two")))
  end)

  it("that writes while it has no job is ended, and nothing of that goes out", function()
    local living, process = children(), sandbox.process()
    describe_in(process, "one")
    local pid = new_child(living)
    local pipe = io.open(("/proc/%s/fd/4"):format(pid), "w")
    if not pipe then return pending "only root may write into another process's pipe here" end
    pipe:write '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1.0,"error":{"message":"smuggled"}}}\n'
    pipe:close()
    perigee.wait_until(function() return not children()[pid] end)
    assert.equal("{}", (describe_in(process, "two")))
  end)

  it("writes no stream's lines, and takes no second job at the same time", function()
    local process = sandbox.process()
    local first = tasks.spawn(describe_in, process, "one")
    tasks.sleep(0)
    local ok, why = pcall(describe_in, process, "two")
    assert.is_false(ok)
    assert.matches("its process is at work", why)
    assert.equal("{}", (first:join()))
    local stream = require "airbyte".stream("one")
    ok, why = pcall(sandbox.run, stream, "stream.worker", "", { process = process })
    assert.is_false(ok)
    assert.matches("writes no lines", why)
  end)
end)
