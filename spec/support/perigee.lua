--- The binary under test for specs: runs it as a platform does and reads what it says.
local cjson = require "cjson"
local clock = require "clock"
local tasks = require "tasks"

local BINARY = os.getenv "PERIGEE" or "build/perigee"
local LONGEST = 300 -- seconds: a run that hangs is ended, and fails its spec
local KILLED = 128 + 9 -- timeout's own status, where it had to
-- A clean environment: a proxy or an authority of the machine that runs the specs must not change what they see.
local KEPT = { "PATH", "HOME", "TMPDIR", "PERIGEE_GC", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS",
  "TSAN_OPTIONS" }
local FIELDS = { CONNECTION_STATUS = "connectionStatus" }

local perigee = { binary = BINARY }
local folder
local count = 0

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local read_file = require("spec.support.files").read

local function absolute(path)
  return path:sub(1, 1) == "/" and path or os.getenv "PWD" .. "/" .. path
end

--- What a script is told that eats memory without end: while Lua collects all garbage at nearly each object (PERIGEE_GC=KIB),
--- it is out of time before.
perigee.out_of_memory = tonumber(os.getenv "PERIGEE_GC") and "it ran for" or "not enough memory"

--- What a script is told that does not wait: the thread sanitizer holds back the signal that interrupts Lua, so that its process
--- ends itself a while later.
---@param at string its file and line
---@param seconds number
---@return string
function perigee.out_of_time(at, seconds)
  if BINARY:find "sanitize%-threads" then return "it ran far beyond the limit of time for a stream's script" end
  return ("%s: it ran for %s s without waiting, the limit for a stream's script; --script-time sets it"):format(at, seconds)
end

--- A folder of the specs' own; gone after perigee.cleanup.
---@param name string? makes a folder of that name in it
---@return string path
function perigee.folder(name)
  if not folder then
    local pipe = assert(io.popen("mktemp -d", "r"))
    folder = assert(pipe:read "l", "mktemp gave no folder")
    pipe:close()
  end
  if not name then return folder end
  assert(os.execute("mkdir -p " .. quoted(folder .. "/" .. name)))
  return folder .. "/" .. name
end

--- A path in perigee.folder() at which there is nothing yet.
---@param ending string? such as ".db", or "/" of a folder that is to be made
---@return string path
function perigee.new_path(ending)
  count = count + 1
  return ("%s/new%d%s"):format(perigee.folder(), count, ending or "")
end

--- Removes all files and folders made here: for `teardown`.
function perigee.cleanup()
  if folder then os.execute("rm -rf " .. quoted(folder)) end
  folder = nil
end

--- Writes a file: a table as JSON, a text as it is.
---@param content table|string
---@param name string? below perigee.folder(); default: one of its own
---@return string path
function perigee.write(content, name)
  count = count + 1
  local path = perigee.folder() .. "/" .. (name or ("file%d.json"):format(count))
  local file = assert(io.open(path, "wb"))
  assert(file:write(type(content) == "table" and cjson.encode(content) or content))
  assert(file:close())
  return path
end

perigee.write_config = perigee.write

--- Writes a configured catalog. An entry is a stream's name, which is read in full, or {name, sync_mode, namespace=}.
---@param entries (string|table)[]
---@return string path
function perigee.write_catalog(entries)
  local streams = {}
  for i, entry in ipairs(entries) do
    local given = type(entry) == "table" and entry or { entry }
    local mode = given[2] or "full_refresh"
    streams[i] = {
      stream = { name = given[1], namespace = given.namespace, json_schema = { type = "object" } },
      sync_mode = mode, destination_sync_mode = "append",
    }
  end
  return perigee.write { streams = streams }
end

-- cjson gives null as a light userdata, which is true in a test: nil serves specs better.
local function cleaned(value)
  if value == cjson.null then return nil end
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, item in pairs(value) do copy[key] = cleaned(item) end
  return copy
end

local function decoded(line)
  local ok, message = pcall(cjson.decode, line)
  if not ok then error("a line of standard output is no JSON: " .. line:sub(1, 300), 0) end
  return cleaned(message)
end

---@class result what a run came to
---@field status integer? the exit status; nil when a signal ended it
---@field signal integer? the signal that ended it
---@field lines string[] standard output, as it came
---@field err string standard error
---@field out table[] the lines, decoded; raises when one is no JSON
---@field of fun(type: string): table[] the messages of a type, without their envelope: of "TRACE"[1].error
---@field records fun(stream: string?): string[] the data of RECORD messages, byte for byte

local function of(result, kind)
  local list, field = {}, FIELDS[kind] or kind:lower()
  for _, message in ipairs(result.out) do
    if message.type == kind then list[#list + 1] = message[field] end
  end
  return list
end

local function records(result, stream)
  local list = {}
  for _, line in ipairs(result.lines) do
    local name, data = line:match '^{"type":"RECORD","record":{"stream":"([^"]*)".-,"data":(.*),"emitted_at":%d+}}$'
    if name and (not stream or name == stream) then list[#list + 1] = data end
  end
  return list
end

local result = {}
function result:__index(key)
  if key ~= "out" then return nil end
  self.out = {}
  for i, line in ipairs(self.lines) do self.out[i] = decoded(line) end
  return self.out
end

local function new_result(lines, err, how, number)
  local self = setmetatable({ lines = lines, err = err }, result)
  self[how == "exit" and "status" or "signal"] = number
  self.of = function(kind) return of(self, kind) end
  self.records = function(stream) return records(self, stream) end
  return self
end

local function environment(given)
  local words = { "env -i" }
  local values = {}
  for _, name in ipairs(KEPT) do values[name] = os.getenv(name) end
  for name, value in pairs(given or {}) do values[name] = value or nil end
  for name, value in pairs(values) do words[#words + 1] = quoted(name .. "=" .. value) end
  return table.concat(words, " ")
end

local function command(words, before)
  local parts = { environment(words.env), quoted(absolute(words.binary or BINARY)) }
  for _, word in ipairs(words) do parts[#parts + 1] = quoted(word) end
  local go = words.cwd and ("cd %s && "):format(quoted(words.cwd)) or ""
  local err = perigee.write("", ("stderr%d"):format(count))
  local input = words.input and perigee.write(words.input) or "/dev/null"
  return ("%sexec %s %s <%s 2>%s"):format(go, before, table.concat(parts, " "), quoted(input), quoted(err)), err
end

---@class process a run that goes on
---@field pid integer
---@field lines string[] what was read of its standard output so far
local process = {}
process.__index = process

--- The next line of standard output, decoded; nil at its end.
function process:message()
  local line = self.pipe:read "l"
  if not line then return nil end
  self.lines[#self.lines + 1] = line
  return decoded(line)
end

--- Reads up to the next message of a type, and returns it without its envelope; nil when there is none.
function process:wait_for(kind)
  for message in self.message, self do
    if message.type == kind then return message[FIELDS[kind] or kind:lower()] end
  end
end

---@param signal string such as "TERM"
function process:kill(signal)
  assert(os.execute(("kill -s %s %d"):format(signal, self.pid)))
end

--- Closes the reading end of its standard output, and waits for its end.
---@return result
function process:close()
  local _, how, number = self.pipe:close()
  return new_result(self.lines, read_file(self.err), how, number)
end

--- Reads the rest of its standard output, and waits for its end.
---@return result
function process:finish()
  for line in self.pipe:lines() do self.lines[#self.lines + 1] = line end
  return self:close()
end

--- Starts the binary, whose words are given as for perigee.run.
---@return process
function perigee.start(words)
  local text, err = command(words, "")
  local pipe = assert(io.popen("echo $$; " .. text, "r"))
  return setmetatable({ pipe = pipe, pid = math.tointeger(pipe:read "l"), lines = {}, err = err }, process)
end

--- Runs the binary to its end. Words are its arguments; named are
--- env (added to a clean environment), cwd, input (text of standard input), binary (another one), longest (seconds).
---@param words table
---@return result
function perigee.run(words)
  local text, err = command(words, ("timeout --foreground -s KILL %d"):format(words.longest or LONGEST))
  local pipe, began = assert(io.popen(text, "r")), clock.now()
  local ended = process.finish { pipe = pipe, lines = {}, err = err, close = process.close }
  local hung = ended.status == KILLED and not words.longest and clock.now() - began >= LONGEST * 1000000
  if hung then error(("it did not end; its last line of %d, and its errors:\n%s\n%s"):format(#ended.lines,
    (ended.lines[#ended.lines] or ""):sub(1, 1000), ended.err:sub(-2000)), 2) end
  return ended
end

-- Only whole lines: the last one of a run that was ended may be cut.
local function read_lines(path)
  local lines = {}
  for line in read_file(path):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  return lines
end

local LAST_SIGNAL = 64

-- By a shell's status: that of an end by signal is 128 and its number. 255 is an exit status, lua-cjson's where it lacks memory.
local function how_ended(status)
  if status > 128 and status <= 128 + LAST_SIGNAL then return "signal", status - 128 end
  return "exit", status
end

--- Runs the binary once for each of these words, several at a time. Besides what perigee.run knows, words may have
--- `wrap`: a function of the shell's command and of the file for its output that gives the shell's text to run instead;
--- and `ended`: a signal and the seconds after which it is sent. The results have whole lines only.
---@param list table[]
---@param at_once integer?
---@return result[] in the order of the list
function perigee.run_all(list, at_once)
  local jobs, scripts = {}, {}
  for i, words in ipairs(list) do
    local ended = words.ended or { "KILL", LONGEST }
    local text, err = command(words, ("timeout --foreground -s %s %.3f"):format(ended[1], ended[2]))
    local out = perigee.write("", ("stdout%d"):format(count))
    local wrap = words.wrap or function(run, to) return ("%s >%s"):format(run, to) end
    jobs[i] = { out = out, err = err, status = out .. ".status" }
    local script = ("( %s )\necho $? >%s\n"):format(wrap(text, quoted(out)), quoted(jobs[i].status))
    scripts[i] = quoted(perigee.write(script, ("job%d"):format(count)))
  end
  local names = perigee.write(table.concat(scripts, "\n"))
  assert(os.execute(("xargs -P %d -n 1 sh <%s 2>/dev/null"):format(at_once or 6, quoted(names))))
  local results = {}
  for i, job in ipairs(jobs) do
    local status = math.tointeger(tonumber(read_file(job.status)))
    local how, number = how_ended(status)
    results[i] = new_result(read_lines(job.out), read_file(job.err), how, number)
  end
  return results
end

--- Waits for what must come to pass, however long it takes; raises where that hangs.
---@param happened fun(): any
---@return any what it returned in the end
function perigee.wait_until(happened)
  local deadline = clock.now() + LONGEST * 1000000
  repeat
    local value = happened()
    if value then return value end
    tasks.sleep(0.005)
  until clock.now() > deadline
  error("it did not come to pass", 2)
end

--- Runs Lua text in an interpreter of its own, with our modules: for settings that hold for a whole process.
---@param text string
---@param env table?
---@return result
function perigee.interpret(text, env)
  return perigee.run { "lua", perigee.write(text, ("script%d.lua"):format(count)), env = env }
end

return perigee
