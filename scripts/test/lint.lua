-- luacheck on scripts, told what the sandbox has: it knows mistakes that no test comes by.
local program = require "program"

local lint = {}

-- What a script sees; runtime/lua/sandbox.c makes it so.
local GLOBALS = {
  "_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget",
  "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring", "type", "math", "string", "table", "utf8",
  "os.time", "os.date", "os.clock", "os.difftime",
}
local MOST = 300 -- files of one run
local CANNOT = 3 -- luacheck's exit status from which on it has not looked

local function words(paths, first)
  local list = { "luacheck", "--no-config", "--no-cache", "--no-color", "--formatter", "plain", "--codes", "--std", "none",
    "--no-unused-args", "--no-max-line-length" }
  for _, path in ipairs { table.unpack(paths, first, math.min(#paths, first + MOST - 1)) } do list[#list + 1] = path end
  list[#list + 1] = "--read-globals"
  for _, name in ipairs(GLOBALS) do list[#list + 1] = name end
  return list
end

---@param paths string[]
---@return table<string, string[]>? warnings by path; those without any are not in it
---@return string? message
---@return "absent"|"failed"|nil code
function lint.scripts(paths)
  local found = {}
  for first = 1, #paths, MOST do
    local output, status, code = program.run(words(paths, first))
    if not output then return nil, status, code end
    if status < 0 or status >= CANNOT then return nil, "luacheck: " .. output:match "^[^\n]*", "failed" end
    for line in output:gmatch "[^\n]+" do
      for _, path in ipairs(paths) do
        if line:sub(1, #path + 1) == path .. ":" then
          found[path] = found[path] or {}
          table.insert(found[path], line)
        end
      end
    end
  end
  return found
end

return lint
