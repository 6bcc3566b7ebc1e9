--- The bytes of which hostile answers are made.
local bytes = {}

local EMPTY_LINK = '<http://a.invalid/?cursor=0:100:0>; rel="next"; results="false"; cursor="0:100:0"'

--- Two rows that both readers of the table take (spec/behaviour/hostile_spec.lua).
bytes.ROWS = '[{"id":1,"version":"1","dateCreated":"2026-01-02T00:00:00Z"},'
  .. '{"id":2,"version":"2","dateCreated":"2026-01-01T00:00:00Z"}]'

--- The header line by which Sentry says that a list ends.
bytes.LINK = "Link: " .. EMPTY_LINK .. "\r\n"

--- A whole response of HTTP/1.1.
---@param body string? the two rows where there is none
---@param lines string? further header lines, with their ends
---@param first string? the status line, without its end
---@return string
function bytes.response(body, lines, first)
  body = body or bytes.ROWS
  return ("%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n%s%s\r\n%s"):format(
    first or "HTTP/1.1 200 OK", #body, bytes.LINK, lines or "", body)
end

--- One that says its length in other ways, or not at all: with these header lines alone.
---@param lines string
---@param body string?
---@return string
function bytes.bare(lines, body)
  return "HTTP/1.1 200 OK\r\n" .. bytes.LINK .. lines .. "\r\n" .. (body or bytes.ROWS)
end

---@param text string
---@param size string? of the chunk, as it is announced; the true one where there is none
---@return string
function bytes.chunk(text, size) return ("%s\r\n%s\r\n"):format(size or ("%x"):format(#text), text) end

--- A response in chunks, up to its first chunk.
---@param lines string?
---@return string
function bytes.chunked(lines) return bytes.bare("Transfer-Encoding: chunked\r\n" .. (lines or ""), "") end

-- ---- RFC 1951 and 1952

local function crc32(text)
  local crc = 0xffffffff
  for i = 1, #text do
    crc = crc ~ text:byte(i)
    for _ = 1, 8 do crc = (crc & 1 == 1) and (crc >> 1) ~ 0xedb88320 or crc >> 1 end
  end
  return crc ~ 0xffffffff
end

--- Deflate's stored block, the last one.
---@param text string
---@return string
function bytes.stored(text) return "\1" .. ("<I2I2"):pack(#text, ~#text & 0xffff) .. text end

--- One member of a gzip file.
---@param text string
---@param more {crc: integer?, size: integer?, flags: integer?, fields: string?}? what it says in place of the truth
---@return string
function bytes.gzip(text, more)
  more = more or {}
  return ("\x1f\x8b\8%c\0\0\0\0\0\3"):format(more.flags or 0) .. (more.fields or "") .. bytes.stored(text)
    .. ("<I4I4"):pack(more.crc or crc32(text), more.size or #text)
end

--- A response whose body is said to be gzip.
---@param body string
---@param coding string? another one
---@return string
function bytes.packed(body, coding) return bytes.response(body, ("Content-Encoding: %s\r\n"):format(coding or "gzip")) end

return bytes
