-- Sentry's and GlitchTip's list cursors: what kind of place in a list one names, and how to move it.
local cursors = {}

---@class place
---@field kind "position"|"offset"|"page"|"opaque" a time and an offset among equal ones; a count of rows; a number of
---a page, whose rows depend on its size; or nothing that we know
---@field offset integer
---@field text string the cursor as it came
---@field at fun(offset: integer): string? the same place with another offset; nil: the list's top
---@field named boolean? a server that no longer knows it may answer with an empty list
---@field most integer? no page begins at a larger offset
---@field held? fun(size: integer, offset: integer): string, integer of a page's number: the page of a size that holds a place
---in the list, and its own first place
---@field start integer? of a page's number: its first place in the list
---@field size integer? of a page's number: the size that the server gives pages

local EARLIEST_MS = 100000000000 -- in 1973; a page size or a page's number is never that large

-- `value:offset:is_previous`. A value of 0 counts rows; a time in milliseconds is a position; else it is the page size.
local function read_colons(text)
  local value, offset, backwards = text:match "^(%d+):(%-?%d+):([01])$"
  if not value then return nil end
  local kind = tonumber(value) == 0 and "offset" or tonumber(value) >= EARLIEST_MS and "position" or "page"
  local place = {
    kind = kind, offset = math.tointeger(tonumber(offset)) or 0, text = text,
    at = function(wanted) return ("%s:%d:%s"):format(value, wanted, backwards) end,
  }
  if kind ~= "page" then return place end
  place.size = math.tointeger(tonumber(value))
  place.start = place.size * place.offset
  place.held = function(size, at) return ("%d:%d:%s"):format(size, at // size, backwards), at - at % size end
  return place
end

local MOST = 100 -- rows that GlitchTip lets a cursor pass over

-- GlitchTip's: base64 of `p=<time>`, with `o=<offset>` among the rows of the next older time; without `p` among those of the
-- newest one.
local function read_base64(text)
  local digest = require "digest"
  local plain = digest.from_base64(text)
  if not plain then return nil end
  local position = ("&" .. plain):match "&p=([^&]+)"
  local offset = math.tointeger(tonumber(("&" .. plain):match "&o=(%d+)"))
  if not position and not offset then return nil end
  return {
    kind = "position", offset = offset or 0, text = text, most = MOST,
    at = function(wanted)
      if not position then return wanted > 0 and digest.base64("o=" .. wanted) or nil end
      return digest.base64((wanted > 0 and ("o=%d&"):format(wanted) or "") .. "p=" .. position)
    end,
  }
end

---GlitchTip's cursor of the rows that are older than the first one of a page.
---@param previous string? the cursor that its answer gives of the rows before it
---@return string?
function cursors.below(previous)
  local digest = require "digest"
  local plain = previous and digest.from_base64(previous)
  local position = plain and ("&" .. plain):match "&p=([^&]+)"
  return position and digest.base64("p=" .. position)
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
