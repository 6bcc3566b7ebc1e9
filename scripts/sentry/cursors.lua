-- Sentry's and GlitchTip's list cursors: what kind of place in a list one names, and how to move it.
local cursors = {}

---@class place
---@field kind "position"|"offset"|"page"|"opaque" a time and an offset among equal ones; a count of rows; a number of
---a page, whose rows depend on its size; or nothing that we know
---@field offset integer
---@field text string the cursor as it came
---@field at fun(offset: integer): string the same place with another offset

local EARLIEST_MS = 100000000000 -- in 1973; a page size or a page's number is never that large

-- `value:offset:is_previous`. A value of 0 counts rows; a time in milliseconds is a position; else it is the page size.
local function read_colons(text)
  local value, offset, backwards = text:match "^(%d+):(%-?%d+):([01])$"
  if not value then return nil end
  local kind = tonumber(value) == 0 and "offset" or tonumber(value) >= EARLIEST_MS and "position" or "page"
  return {
    kind = kind, offset = math.tointeger(tonumber(offset)) or 0, text = text,
    at = function(wanted) return ("%s:%d:%s"):format(value, wanted, backwards) end,
  }
end

-- GlitchTip's: base64 of `p=<time>`, with `o=<offset>` among rows of that time; or of an offset from the list's top, where
-- that begins with more rows of one time than a page holds.
local function read_base64(text)
  local digest = require "digest"
  local plain = digest.from_base64(text)
  if not plain then return nil end
  local position = ("&" .. plain):match "&p=([^&]+)"
  local offset = math.tointeger(tonumber(("&" .. plain):match "&o=(%d+)"))
  if not position and not offset then return nil end
  return {
    kind = position and "position" or "offset", offset = offset or 0, text = text,
    at = function(wanted)
      if not position then return wanted > 0 and digest.base64("o=" .. wanted) or nil end
      return digest.base64((wanted > 0 and ("o=%d&"):format(wanted) or "") .. "p=" .. position)
    end,
  }
end

local last -- what follows a page is looked at several times

---@param text string
---@return place
function cursors.read(text)
  if last and last.text == text then return last end
  last = read_colons(text) or read_base64(text)
    or { kind = "opaque", offset = 0, text = text, at = function() return text end }
  return last
end

return cursors
