--- A server of the specs' own, in Python: see loopback.py.
local python_server = {}

local HERE = debug.getinfo(1, "S").source:match "^@(.*/)"

--- Starts one that prints this many ports.
---@param count integer
---@param script string the name of a file beside this one
---@param ... string its arguments, paths without blanks
---@return integer[] ports
---@return fun() stop
function python_server.start_all(count, script, ...)
  local command = table.concat({ "echo $$; exec python3 " .. HERE .. script, ... }, " ")
  local pipe = assert(io.popen(command, "r"))
  local pid, ports = pipe:read "n", {}
  for i = 1, count do ports[i] = assert(pipe:read "n", script .. " did not start") end
  return ports, function()
    os.execute(("kill %d"):format(pid))
    pipe:close()
  end
end

--- Starts one that prints its port.
---@return integer port
---@return fun() stop
function python_server.start(script, ...)
  local ports, stop = python_server.start_all(1, script, ...)
  return ports[1], stop
end

return python_server
