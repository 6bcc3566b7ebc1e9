-- Scripts that try to get out of their limits: each ends alone.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- The address sanitizer's shadow memory cannot live below a limit of addresses: there, memory outside of Lua has none.
local sanitized = require "spec.support.sanitized"

local LIMIT = 0.1 -- seconds that a script may run; each that uses them up costs this, or twice that
local RAN = "it ran for 0.1 s without waiting, the limit for a stream's script"
local OUTSIDE = "%) failed: " .. RAN .. ".* where Lua cannot be interrupted"
local HELD = "not enough memory; the limit for a script is 64 MiB, %-%-script%-memory sets it"
local DIED = "its process ended itself with status %d+, as libraries do that find no memory; the limit .* is 64 MiB"

-- Each escape is a stream of its own: a name, what it shows, its text, and the error awaited.
local escapes = {
  { "loop", "loops", "while true do end", "loop.lua:1: " .. RAN },
  { "caught", "catches the error that stops it, again and again", "while true do pcall(function() while true do end end) end",
    "caught.lua:1: " .. RAN },
  { "caught_deep", "catches it in a function called by pcall within pcall",
    "local function f() while true do pcall(pcall, pcall, function() for i = 1, 1e9 do end end) end end pcall(f) f()",
    "caught_deep.lua:1: " .. RAN },
  { "gc", "loops in a __gc that it adds to a metatable in use",
    "local mt = {} do local t = setmetatable({}, mt) mt.__gc = function() while true do end end end\n"
      .. "for i = 1, 20000 do local t = { i } end error 'never called'", "gc.lua:2: never called" },
  { "close", "loops in a __close, after the error that stops it",
    "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end", RAN },
  { "close_early", "loops in a __close, after an error of its own",
    "local x <close> = setmetatable({}, { __close = function() while true do end end }) error 'mine'", RAN },
  { "tostring", "loops in the __tostring of what it raises",
    "error(setmetatable({}, { __tostring = function() while true do end end }))", RAN },
  { "tasks", "spreads its loops over many tasks",
    "local tasks = require 'tasks' for i = 1, 50 do tasks.spawn(function() while true do pcall(error) end end) end\n"
      .. "return { name = 'tasks', path = 'projects/', primary_key = 'id' }", "tasks.lua:1: " .. RAN },
  { "comparator", "loops in a sort's comparator", "table.sort({ 1, 2 }, function() while true do end end)",
    "comparator.lua:1: " .. RAN },
  { "printing", "prints without end", "while true do print 'again' end", RAN },
  { "pattern", "has a pattern that goes back over and over", "return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))",
    "pattern.lua" .. OUTSIDE },
  { "rep", "repeats the empty string 1 << 62 times", "return string.rep('', 1 << 62)", "rep.lua" .. OUTSIDE },
  { "move", "moves a table's trillion of nothing", "return table.move({}, 1, 1 << 40, 2)", "move.lua" .. OUTSIDE },
  { "concat", "has table.concat go over billions of empty texts",
    "return table.concat(setmetatable({}, { __index = function() return '' end }), '', 1, 1 << 40)", "" },
  { "memory_caught", "catches the error of full memory, again and again",
    "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end", "memory_caught.lua:1: " .. RAN },
}

-- These must reach their limit before that of time.
local eaters = {
  { "memory", "fills its memory with tables", "local t = {} while true do t = { t } end", "memory.lua:1: " .. HELD },
  { "text", "fills its memory with one text", "local s = 'x' while true do s = s .. s end", "text.lua:1: " .. HELD },
  { "encode_text", "has lua-cjson encode one text of 400 MiB", "return require 'cjson'.encode(('a'):rep(400 << 20))",
    "encode_text.lua:1: " .. HELD },
  { "encode_many", "has lua-cjson encode the same text so often that 2 GiB come out",
    "local s, t = ('a'):rep(1 << 24), {} for i = 1, 138 do t[i] = s end return require 'cjson'.encode(t)",
    sanitized and "" or "encode_many.lua%) failed: " .. DIED },
  { "decode_leak", "makes lua-cjson leak what it holds at each failure",
    "local cjson, s = require 'cjson', '[\"' .. ('x'):rep(12 << 20) .. '\"]' local kept = {}\n"
      .. "pcall(function() while true do kept[#kept + 1] = ('y'):rep(1 << 20) .. #kept end end)\n"
      .. "for i = 1, 12 do pcall(cjson.decode, s) end kept = nil error 'after'", "" },
}

teardown(perigee.cleanup)

describe("a script of the user's own that", function()
  local results

  setup(function()
    local folder = perigee.folder "escapes"
    local place = sentry.scenario { data = { releases = 5 } }
    local jobs = {}
    for n, list in ipairs { escapes, eaters } do
      local names = { "releases" }
      for _, escape in ipairs(list) do
        names[#names + 1] = escape[1]
        perigee.write(escape[3], "escapes/" .. escape[1] .. ".lua")
      end
      jobs[n] = connector.words("read", place, { config = { num_workers = 20 } })
      for _, word in ipairs { "--scripts=" .. folder, "--catalog=" .. perigee.write_catalog(names) } do
        table.insert(jobs[n], word)
      end
    end
    table.insert(jobs[1], "--script-time=" .. LIMIT)
    results = perigee.run_all(jobs)
  end)

  for n, list in ipairs { escapes, eaters } do
    for _, escape in ipairs(list) do
      it(escape[2] .. ", ends alone, with script and limit named", function()
        local errors = connector.errors(results[n], escape[1])
        assert.equal(1, #errors)
        assert.matches(escape[4], errors[1].message)
        assert.matches("'" .. escape[1] .. "'", errors[1].message)
        assert.equal("config_error", errors[1].failure_type)
        assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(results[n], escape[1]))
      end)
    end
  end

  it("breaks a limit does not keep the others from being read", function()
    for _, result in ipairs(results) do
      assert.equal("COMPLETE", connector.statuses(result, "releases")[3])
      assert.equal(5, #result.records "releases")
      assert.equal(1, result.status)
      if not sanitized then assert.equal("", result.err) end
    end
  end)
end)
