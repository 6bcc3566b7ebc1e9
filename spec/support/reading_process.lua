--- A process that lives long and reads again and again (reads_again.lua), as a prompt does.
local cjson = require "cjson"
local perigee = require "spec.support.perigee"

---@class reading_process
---@field words file*
---@field output file*
local process = {}
process.__index = process

---@class one_read
---@field lines string[]
---@field status integer
---@field memory integer KiB of the process's own
---@field descriptors integer
---@field left string what it left open, or "nothing"

--- Reads once, with options as scripts of perigee have them.
---@param options table
---@return one_read
function process:read(options)
  self.words:write(cjson.encode(options), "\n")
  self.words:flush()
  local lines = {}
  for line in self.output:lines() do
    local status, memory, descriptors, left = line:match '"again status=(%d+) memory=(%d+) descriptors=(%d+) left=([^"]*)"'
    if status then
      return { lines = lines, status = tonumber(status), memory = tonumber(memory), descriptors = tonumber(descriptors),
        left = left }
    end
    lines[#lines + 1] = line
  end
  error("the process that reads again and again has ended: " .. table.concat(lines, "\n", math.max(1, #lines - 3)), 2)
end

--- Ends it.
---@return boolean ok it ended by itself, with success
function process:close()
  self.words:close()
  return self.output:close() == true
end

--- Starts one.
---@param env table<string, string>
---@return reading_process
return function(env)
  local path, settings = perigee.new_path(), {}
  for name, value in pairs(env) do settings[#settings + 1] = ("%s='%s'"):format(name, value) end
  assert(os.execute(("mkfifo '%s'"):format(path)))
  local output = assert(io.popen(("exec env %s '%s' lua spec/support/reads_again.lua <'%s'"):format(
    table.concat(settings, " "), perigee.binary, path), "r"))
  return setmetatable({ output = output, words = assert(io.open(path, "w")) }, process)
end
