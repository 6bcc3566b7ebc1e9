--- A server of the specs' own, in Python: see loopback.py.
local python_server = {}

local HERE = debug.getinfo(1, "S").source:match "^@(.*/)"

--- Starts it.
---@param script string the name of a file beside this one
---@param ... string its arguments, paths without blanks
---@return integer port
---@return fun() stop
function python_server.start(script, ...)
  local command = table.concat({ "echo $$; exec python3 " .. HERE .. script, ... }, " ")
  local pipe = assert(io.popen(command, "r"))
  local pid, port = pipe:read "n", pipe:read "n"
  assert(port, script .. " did not start")
  return port, function()
    os.execute(("kill %d"):format(pid))
    pipe:close()
  end
end

return python_server
