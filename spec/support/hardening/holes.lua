--- Runs of the program with a planted hole: when it ends, it tries what it should not be able to (hole.c).
local perigee = require "spec.support.perigee"
local refusals = require "spec.support.refusals"

local holes = {}

local library

-- Once a folder of the specs' own, which perigee.cleanup removes. It is in one by itself: libraries' folders can be read.
local function preloaded()
  local path = perigee.folder "hole" .. "/hole.so"
  if library ~= path then
    assert(os.execute(("cc -shared -fPIC -O1 -o '%s' spec/support/hardening/hole.c -ldl"):format(path)))
    library = path
  end
  return path
end

---Runs it (perigee.run), and returns what came of each try: "done", or why the system refused it.
---@param words table
---@param tries string[] such as "read:/etc/passwd"
---@param version integer|string|nil of Landlock, that the kernel seems to have; "refused": it lets nothing be given up
---@return table<string, string> by try
---@return result
function holes.run(words, tries, version)
  local env = { LD_PRELOAD = preloaded(), HOLE = table.concat(tries, " "), HOLE_VERSION = version and tostring(version) }
  for name, value in pairs(words.env or {}) do env[name] = value end
  words.env = env
  local result, found = perigee.run(words), {}
  for try, answer in result.err:gmatch "hole: (%S+): ([^\n]+)\n" do found[try] = answer end
  return found, result
end

---Runs something while another program listens at an abstract socket.
---@param name string
---@param during fun()
function holes.with_listener(name, during)
  local ready = perigee.new_path()
  local pipe = assert(io.popen(([[exec python3 -c "
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind('\0%s')
s.listen()
open('%s', 'w').close()
sys.stdin.read()"]]):format(name, ready), "w"))
  perigee.wait_until(function() return io.open(ready) end):close()
  local ok, wrong = pcall(during)
  pipe:close()
  if not ok then error(wrong, 0) end
end

local known

---Why holes cannot be told here, or nil. The version of Landlock that the kernel has, or 0.
---@return string? why_not
---@return integer version
function holes.kernel()
  if not refusals.possible then return "the sanitizers' libraries have to come before a preloaded one", 0 end
  if not known then
    local told = table.concat(perigee.run({ "spec", "--debug" }).lines)
    known = { told:match "system calls are not limited[^\"]*", math.tointeger(tonumber(told:match "Landlock, version (%d+)")) }
  end
  if known[1] then return known[1], 0 end
  return nil, known[2] or 0
end

return holes
