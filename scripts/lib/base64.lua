-- Base64 (RFC 4648, the standard alphabet, padded), for short texts.
local base64 = {}

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local values = {}
for i = 1, #alphabet do values[alphabet:byte(i)] = i - 1 end

---@param text string
---@return string
function base64.encode(text)
  local out = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local bits = a << 16 | (b or 0) << 8 | (c or 0)
    for n = 0, 3 do
      local digit = bits >> 18 - 6 * n & 63
      local empty = n == 2 and not b or n == 3 and not c
      out[#out + 1] = empty and "=" or alphabet:sub(digit + 1, digit + 1)
    end
  end
  return table.concat(out)
end

---@param text string
---@return string? bytes nil: not base64
function base64.decode(text)
  local body = text:match "^([%w+/]*)=?=?$"
  if not body or #text % 4 ~= 0 then return nil end
  local out, bits, count = {}, 0, 0
  for i = 1, #body do
    bits, count = bits << 6 | values[body:byte(i)], count + 6
    if count >= 8 then
      count = count - 8
      out[#out + 1] = string.char(bits >> count & 255)
    end
  end
  return table.concat(out)
end

return base64
