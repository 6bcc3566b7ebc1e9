--- A listener that answers each connection with the same bytes, or not at all: see raw_server.py.
local raw_server = {}

local HERE = debug.getinfo(1, "S").source:match "^@(.*/)"

---@class RawServer
---@field port integer
---@field stop fun()

--- Starts it.
---@param answer string? nil: it says nothing, and keeps the connections
---@return RawServer
function raw_server.start(answer)
  local word = answer and " " .. answer:gsub(".", function(c) return ("%02x"):format(c:byte()) end) or ""
  local pipe = assert(io.popen(("echo $$; exec python3 %sraw_server.py%s"):format(HERE, word), "r"))
  local pid, port = pipe:read "n", pipe:read "n"
  assert(port, "the raw server did not start")
  local function stop()
    os.execute(("kill %d"):format(pid))
    pipe:close()
  end
  return { port = math.tointeger(port), stop = stop }
end

--- A response's bytes.
---@param status string such as "502 Bad Gateway"
---@param body string?
---@return string
function raw_server.response(status, body)
  body = body or "no"
  return ("HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"):format(status,
    #body, body)
end

--- Runs `f` with the server, and stops it, however that ends.
---@param answer string?
---@param f fun(server: RawServer)
function raw_server.with(answer, f)
  local server = raw_server.start(answer)
  local ok, raised = pcall(f, server)
  server.stop()
  if not ok then error(raised, 0) end
end

return raw_server
