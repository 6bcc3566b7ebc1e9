--- Frames of HTTP/2 (RFC 9113) and headers of HPACK (RFC 7541), right and wrong ones.
local bytes = require "spec.support.hostile.bytes"

local frames = {}

frames.DATA, frames.HEADERS, frames.PRIORITY, frames.RST_STREAM, frames.SETTINGS, frames.PUSH_PROMISE = 0, 1, 2, 3, 4, 5
frames.PING, frames.GOAWAY, frames.WINDOW_UPDATE, frames.CONTINUATION = 6, 7, 8, 9
frames.END_STREAM, frames.END_HEADERS, frames.PADDED, frames.ACK = 1, 4, 8, 1

---@param kind integer
---@param flags integer
---@param stream integer
---@param payload string?
---@return string
function frames.frame(kind, flags, stream, payload)
  payload = payload or ""
  return (">I3BBI4"):pack(#payload, kind, flags, stream) .. payload
end

-- A number with a prefix of so many bits (RFC 7541, 5.1).
local function number(value, bits, high)
  local most = (1 << bits) - 1
  if value < most then return string.char(high | value) end
  local text = string.char(high | most)
  value = value - most
  while value >= 128 do
    text, value = text .. string.char(value & 127 | 128), value >> 7
  end
  return text .. string.char(value)
end

local function word(text) return number(#text, 7, 0) .. text end

--- A header field that no table keeps; or that the dynamic table keeps, where `kept`.
function frames.field(name, value, kept) return (kept and "\x40" or "\0") .. word(name) .. word(value) end

--- A field that is one of a table, by its number.
function frames.indexed(index) return number(index, 7, 0x80) end

--- A new size of the dynamic table.
function frames.table_size(size) return number(size, 5, 0x20) end

frames.OK = frames.indexed(8) -- :status 200
frames.TYPE = frames.field("content-type", "application/json")
frames.LINK = frames.field("link", (bytes.LINK:match "^Link: (.*)\r\n$"))

--- A frame of headers on stream 1; END_HEADERS unless flags say otherwise.
---@param block string
---@param flags integer?
function frames.headers(block, flags) return frames.frame(frames.HEADERS, flags or frames.END_HEADERS, 1, block) end

---@param text string
---@param flags integer?
function frames.data(text, flags) return frames.frame(frames.DATA, flags or 0, 1, text) end

---@param code integer
function frames.reset(code) return frames.frame(frames.RST_STREAM, 0, 1, (">I4"):pack(code)) end

---@param last integer
---@param code integer
function frames.goaway(last, code) return frames.frame(frames.GOAWAY, 0, 0, (">I4I4"):pack(last, code)) end

---@param ... integer pairs of an identifier and a value
function frames.settings(...)
  local list, payload = { ... }, ""
  for i = 1, #list, 2 do payload = payload .. (">I2I4"):pack(list[i], list[i + 1]) end
  return frames.frame(frames.SETTINGS, 0, 0, payload)
end

frames.HEAD = frames.headers(frames.OK .. frames.TYPE .. frames.LINK)
--- A whole response: the two rows.
frames.RESPONSE = frames.HEAD .. frames.data(bytes.ROWS, frames.END_STREAM)

return frames
