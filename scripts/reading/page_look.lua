-- What is odd about a page of a list, or may be missing from it: each is told once.
local clock = require "clock"
local counted = require "lib.counted"
local link = require "api.link"

local FOLLOWS = "the response names a page that follows (Link: rel=\"next\"), which is not read, for the stream has no `paging`; "
  .. "write paging = { link = true }"
local FULL = "the response has %s, as many as `page_size` asks for, and no page after it is read, for the stream has no "
  .. "`paging`: write there how the list goes on, or \"none\" where it is never longer"

-- The end of a list that is one page because its stream says nothing else. Slices that are as full are halved.
local function about_pages(list, page)
  local stream, size = list.stream, list.page_size.current
  if not stream.api.one_page or stream.single then return nil end
  if link.next(list.last_response:header "Link" or "") then return FOLLOWS end
  if stream.paging or not size or page:units() ~= size or stream.cursor and stream.cursor.most_rows then return nil end
  return FULL:format(counted(size, "row"))
end

---Drops what was not asked for, and warns of what is odd about a page's records, or may be missing from them.
---@param list list
---@param page page
---@return page
return function(list, page)
  local source, warnings = list.source, list.warnings
  local missing = source:take_narrowed(page)
  if missing then warnings:once("narrowed", missing) end
  if source.turned then warnings:once("turned", source.turned) end -- where that has nothing either, the error alone is told
  source:drop_others(page, function(words, path) warnings:once("others " .. path, words) end)
  local unreached = not list.next and source:says_at_end(page, list.date or clock.now())
  if unreached then warnings:once("unreached", unreached, "INFO") end
  local unread = about_pages(list, page)
  if unread then warnings:once("unread pages", unread) end
  warnings:look(page, list.page_settings.fields, list.stream)
  return page
end
