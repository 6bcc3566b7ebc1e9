local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- What is tried, below the sentence that it proves. Each probe is a stream of its own in the real sandbox: a name, Lua
-- text (it stands in line 2), the error awaited, and "" where the error cannot name the line.
local groups = {
  {
    "has no library that reaches files, code or other scripts' insides",
    { "io", "io.open '/etc/passwd'", "undefined global 'io'" },
    { "package", "package.path = ''", "undefined global 'package'" },
    { "debug", "debug.getregistry()", "undefined global 'debug'" },
    { "coroutine", "coroutine.wrap(print)", "undefined global 'coroutine'" },
    { "arg", "return arg[0]", "undefined global 'arg'" },
  },
  {
    "has no function that makes code of text, escapes an error or steers the collector",
    { "load", "load 'x = 1'", "undefined global 'load'" },
    { "loadfile", "loadfile '/etc/passwd'", "undefined global 'loadfile'" },
    { "dofile", "dofile '/etc/passwd'", "undefined global 'dofile'" },
    { "xpcall", "xpcall(print, print)", "undefined global 'xpcall'" },
    { "collectgarbage", "collectgarbage 'stop'", "undefined global 'collectgarbage'" },
    { "warn", "warn '@on'", "undefined global 'warn'" },
    { "dump", "string.dump(print)", "attempt to call a nil value %(field 'dump'%)" },
    { "dump_method", "('x'):dump()", "attempt to call a nil value %(method 'dump'%)" },
    { "gc", "setmetatable({}, { __gc = print })", "__gc is not allowed in a script" },
  },
  {
    "has of os what tells the time, and no more",
    { "execute", "os.execute 'true'", "attempt to call a nil value %(field 'execute'%)" },
    { "getenv", "os.getenv 'HOME'", "attempt to call a nil value %(field 'getenv'%)" },
    { "exit", "os.exit(0)", "attempt to call a nil value %(field 'exit'%)" },
    { "remove", "os.remove '/nothing'", "attempt to call a nil value %(field 'remove'%)" },
    { "tmpname", "os.tmpname()", "attempt to call a nil value %(field 'tmpname'%)" },
    { "setlocale", "os.setlocale 'C'", "attempt to call a nil value %(field 'setlocale'%)" },
    { "time", "error(math.type(os.time()) .. type(os.clock()) .. os.date('!%Y', 0))", "integernumber1970" },
  },
  {
    "cannot reach the metatables that all share",
    { "strings", "getmetatable('').__index = {}", "attempt to index a boolean value" },
    { "globals", "setmetatable(_G, {})", "cannot change a protected metatable" },
    { "arrays", "getmetatable(require 'json'.array()).__gc = print", "attempt to index a boolean value" },
    { "tasks", "getmetatable(require 'tasks'.spawn(print)).__gc(1)", "attempt to index a boolean value" },
  },
  {
    "names globals that are not there, and takes no new ones",
    { "read_global", "return limmit", "undefined global 'limmit'" },
    { "written_global", "count = 1", "'count' is not declared; write `local count`" },
    { "global_function", "function help() end", "'help' is not declared; write `local help`" },
  },
  {
    "requires scripts and modules for scripts, nothing else",
    { "missing", "require 'socket'", "there is no module or script 'socket' to require" },
    { "outside", "require '../dev'", "'../dev' cannot be the name of a script" },
    { "absolute", "require '/etc/passwd'", "'/etc/passwd' cannot be the name of a script" },
    { "empty", "require ''", "'' cannot be the name of a script" },
    { "of_verbs", "require 'secrets'", "there is no module or script 'secrets' to require" },
    { "spec", "require('airbyte').spec '{}'", "attempt to call a nil value %(field 'spec'%)" },
    { "read_file", "require('host').read_file '/etc/passwd'", "attempt to call a nil value %(field 'read_file'%)" },
    { "run", "require('host').run(nil, 'worker', '')", "attempt to call a nil value %(field 'run'%)" },
    { "files_module", "require 'files'", "there is no module or script 'files' to require" },
    { "sandbox_module", "require 'sandbox'", "there is no module or script 'sandbox' to require" },
    { "recording_module", "require 'recording'", "there is no module or script 'recording' to require" },
    { "program_module", "require 'program'", "there is no module or script 'program' to require" },
    { "stream_list", "require('stream_scripts').list()", "attempt to call a nil value %(field 'list'%)" },
    { "stream_list_by_old_name", "require('host').streams()", "attempt to call a nil value %(field 'streams'%)" },
    { "cjson_depth", "require('cjson').decode_max_depth(1e6)", "attempt to call a nil value %(field 'decode_max_depth'%)" },
    { "trust", "require('http').trust '/tmp'", "attempt to call a nil value %(field 'trust'%)" },
    { "resources", "require('resources').read '../dev'", "bad argument #1 to 'read' %(no name of a file%)" },
    { "resource", "require('host').resource '../dev'", "bad argument #1 to 'resource' %(no name of a file%)" },
  },
  {
    "is stopped at its limits",
    { "memory", "local t = {} while true do t = { t } end", perigee.out_of_memory },
    { "caught", "local t = {} pcall(function() while true do t = { t } end end) error 'after'", "" },
    { "text", "return ('x'):rep(1 << 27)", "not enough memory" },
    { "text_too_large", "return ('x'):rep(1 << 62, 'x')", "resulting string too large" },
    { "recursion", "local function f() return 1 + f() end f()", "" }, -- of the stack, or of memory
    { "metamethods", "local t t = setmetatable({}, { __index = function() return t.x end }) return t.x", "C stack overflow" },
    { "nesting", "return " .. ("("):rep(1000) .. "1" .. (")"):rep(1000), "C stack overflow", "" },
    { "index_loop", "local t = {} setmetatable(t, { __index = t }) t.__index = t setmetatable(t, t) return t.x",
      "'__index' chain too long; possible loop" },
  },
  {
    "cannot wait while it is loaded",
    { "waiting", "require('tasks').sleep(0)", "this waits, and cannot be called in" },
    { "asking", "require('http').get 'http://127.0.0.1:1/'", "this waits, and cannot be called in" },
  },
  {
    "may raise anything",
    { "raised_text", "error 'the reason'", "the reason" },
    { "raised_table", "error(setmetatable({}, { __tostring = function() return 'the reason' end }))", "the reason", "" },
    { "raising_raised", "error(setmetatable({}, { __tostring = function() error 'the reason' end }))", "the reason" },
    { "raised_nil", "error()", "nil", "" },
    { "raised_closing", "local _ <close> = setmetatable({}, { __close = function() error 'two' end }) error 'one'", "one" },
  },
}

local result
local errors, statuses = {}, {}

-- What cannot be written as a line of text.
local files = {
  bytecode = string.dump(function() return {} end),
  bytecode_begun = string.dump(function() return {} end):match "^[^\0]+",
  syntax = "-- a line\nreturn {{\n",
  crossed = [[
    string.format = nil
    require("json").encode, require("sentry").headers = nil, nil
    print("crossed", 1, nil)
    error "crossed"]],
  -- Room for one small object more at a time: somewhere on the way memory ends while a type is being made.
  brim = [[
    local keys = require "keys"
    local room, held, n, made = {}, {}, 0, nil
    local function hold(size) held = { held, ("x"):rep(size) .. n } end
    for i = 1, 400 do room[i] = ("%030d"):format(i) end
    for _, size in ipairs { 1 << 20, 1 << 14, 1 << 10, 100, 1 } do
      while pcall(hold, size) do n = n + 1 end
    end
    for i = 1, #room do
      made = select(2, pcall(keys.set, 10))
      if type(made) == "userdata" then break end
      room[i] = false
    end
    held = nil
    error("reached " .. tostring(getmetatable(made)))]],
  nested_recursion = "local f\nfunction f() return (('x'):gsub('x', f)) end\nf()",
}

local function write_scripts()
  local names = {}
  for _, group in ipairs(groups) do
    for _, probe in ipairs { table.unpack(group, 2) } do files[probe[1]] = "-- a line\n" .. probe[2] end
  end
  local folder = perigee.folder "streams"
  for name, text in pairs(files) do
    perigee.write(text, "streams/" .. name .. ".lua")
    names[#names + 1] = name
  end
  return folder, names
end

describe("a stream's script", function()
  setup(function()
    local folder, names = write_scripts()
    names[#names + 1] = "releases"
    local place = sentry.scenario { data = { releases = 5 } }
    result = perigee.run { "read", "--config", perigee.write_config(sentry.config(place)), "--scripts", folder,
      "--script-time=600", "--catalog", perigee.write_catalog(names) }
    for _, trace in ipairs(result.of "TRACE") do
      local stream = (trace.stream_status or trace.error).stream_descriptor
      if trace.error then errors[stream and stream.name or "none"] = trace.error
      elseif trace.stream_status then statuses[stream.name] = trace.stream_status.status end
    end
  end)

  teardown(perigee.cleanup)

  local function assert_error(name, message, place)
    local found = errors[name] or { message = name .. ": no error" }
    assert.matches((place or name .. "%.lua:2: ") .. message, found.message)
    assert.equal("INCOMPLETE", statuses[name], name)
  end

  for _, group in ipairs(groups) do
    it(group[1], function()
      for _, probe in ipairs { table.unpack(group, 2) } do assert_error(probe[1], probe[3], probe[4]) end
    end)
  end

  it("is text, not bytecode", function()
    assert_error("bytecode", "bytecode.lua: it is UTF%-16, or no text", "")
    assert_error("bytecode_begun", "attempt to load a binary chunk", "")
  end)

  it("is told of with its file and line when it is no Lua", function()
    assert_error("syntax", "unexpected symbol near <eof>", "syntax.lua:3: ")
  end)

  it("may recurse through C, to its limit", function()
    assert_error("nested_recursion", "C stack overflow", "")
    assert.matches("nested_recursion.lua:2: in function", errors.nested_recursion.internal_message)
  end)

  it("reaches no metatable where memory ended while it was made", function()
    assert_error("brim", "reached false", "brim.lua:14: ")
  end)

  it("prints to the log, and changes nothing for others", function()
    assert_error("crossed", "crossed", "crossed.lua:4: ")
    local said = {}
    for _, log in ipairs(result.of "LOG") do said[log.message] = log.level end
    assert.equal("INFO", said["crossed\t1\tnil"])
  end)

  it("that fails is the config's fault, and the others are read", function()
    for name, err in pairs(errors) do assert.equal("config_error", err.failure_type, name .. ": " .. err.message) end
    assert.equal("COMPLETE", statuses.releases)
    assert.equal(5, #result.records "releases")
    assert.same({ 1, "" }, { result.status, result.err })
  end)
end)
