--- Listeners that send bytes as a program says, or nothing at all: see raw_server.py.
local digest = require "digest"
local files = require "spec.support.files"
local json = require "json"
local perigee = require "spec.support.perigee"
local python_server = require "spec.support.python_server"

local raw_server = {}
local count = 0

---@class RawStep of raw_server.py, with bytes as they are
---@field request "1.1"|"2"?
---@field send string?
---@field times integer? -1: for ever
---@field pause number?
---@field hold boolean?
---@field reset boolean?

---@class RawProgram
---@field alpn string?
---@field connections RawStep[][]

---@class RawServers
---@field ports integer[] by the programs' numbers
---@field ca string the file of the authority, where one speaks TLS
---@field ended fun(): {requests: integer, sent: integer, connections: integer}[] of the connections that ended, by program
---@field stop fun()

local function sent(program)
  local connections = {}
  for i, steps in ipairs(program.connections) do
    local list = {}
    for n, step in ipairs(steps) do
      list[n] = { request = step.request, send = step.send and digest.base64(step.send), times = step.times, pause = step.pause,
        hold = step.hold, reset = step.reset }
    end
    connections[i] = json.array(list)
  end
  return { alpn = program.alpn, connections = json.array(connections) }
end

local function ended(path, programs)
  local list = {}
  for i in ipairs(programs) do list[i] = { connections = 0, requests = 0, sent = 0 } end
  for number, requests, bytes in files.read(path):gmatch "(%d+) (%d+) (%d+)\n" do
    local one = list[tonumber(number)]
    one.connections = one.connections + 1
    one.requests, one.sent = one.requests + math.tointeger(requests), one.sent + math.tointeger(bytes)
  end
  return list
end

--- Starts a listener for each program.
---@param programs RawProgram[]
---@return RawServers
function raw_server.serve(programs)
  count = count + 1
  local folder, list = perigee.folder("raw" .. count), {}
  for i, program in ipairs(programs) do list[i] = sent(program) end
  local ports, stop = python_server.start_all(#programs, "raw_server.py", perigee.write(json.encode(json.array(list))), folder)
  return { ports = ports, ca = folder .. "/ca.pem", stop = stop,
    ended = function() return ended(folder .. "/log", programs) end }
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

--- Runs `f` with a server that gives each connection the same bytes, and stops it, however that ends.
---@param answer string? nil: it says nothing, and keeps the connections
---@param f fun(server: {port: integer})
function raw_server.with(answer, f)
  local steps = answer and { { request = "1.1" }, { send = answer } } or { { hold = true } }
  local servers = raw_server.serve { { connections = { steps } } }
  local ok, raised = pcall(f, { port = servers.ports[1] })
  servers.stop()
  if not ok then error(raised, 0) end
end

return raw_server
