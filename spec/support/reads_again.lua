-- A process that reads again and again, for reading_process.lua: each line of standard input has the options of one read, whose
-- output goes to standard output. A log that begins with "again" follows: how it ended, and what the process has then.
local airbyte = require "airbyte"
local command_line = require "command_line"
local config = require "config.config"
local json = require "json"
local leftovers = require "leftovers"
local lfs = require "lfs"
local tasks = require "tasks"

local usual, given = command_line.options(), {}

-- Verbs and what they call take the options of this read.
function command_line.options()
  local options = {}
  for name, value in pairs(usual) do options[name] = value end
  for name, value in pairs(given) do options[name] = value end
  return options
end

-- A process reads its configuration once: the secrets of each would be kept beside those of the last.
local read_config, settings = config.read, nil
function config.read(path)
  settings = settings or table.pack(read_config(path))
  return table.unpack(settings, 1, settings.n)
end

-- Nor does it open a stream twice: what a stream was lives as long as its output.
local open_stream, streams = airbyte.stream, {}
function airbyte.stream(name, namespace)
  streams[name] = streams[name] or open_stream(name, namespace)
  return streams[name]
end

-- KiB of memory of the process's own, which no file backs.
local function memory()
  for line in io.lines "/proc/self/status" do
    local kib = line:match "^RssAnon:%s+(%d+) kB"
    if kib then return math.tointeger(tonumber(kib)) end
  end
end

local function descriptors()
  local count = -1 -- the one that looks
  for name in lfs.dir "/proc/self/fd" do count = count + (name:find "^%d" and 1 or 0) end
  return count
end

local function open_things()
  local list = {}
  for name, count in pairs(leftovers.count()) do list[#list + 1] = ("%s=%d"):format(name, count) end
  table.sort(list)
  return table.concat(list, " ")
end

local read = require "read"
local first = open_things()
for line in io.lines() do
  given = json.decode(line)
  local status = read()
  tasks.sleep(0.001) -- what is ready runs, and what was written is passed on
  local left = open_things()
  airbyte.log("INFO", ("again status=%d memory=%d descriptors=%d left=%s"):format(status, memory(), descriptors(),
    left == first and "nothing" or left))
  tasks.sleep(0.001)
end
