-- Which organizations and projects a token sees.
local clients = require "api.client"

local places = {}

local MOST_PAGES = 1000 -- of a hundred; beyond, a list has no end
local ENDLESS = "%s has more than %d pages: the list does not end"

-- A page of places, and the cursor of the next one.
local function page_of(client, path, cursor)
  local api = client.api
  local next_cursor, wrong
  local list, message, kind = client:document(path, { per_page = 100, cursor = cursor }, nil, function(response)
    if not api.is_unpaged(response) then next_cursor, wrong = api.next_token(response) end
    if wrong then return nil, wrong, "no_paging" end
    local document, unreadable, code = clients.decode(response)
    if type(document) == "table" then return document end
    return nil, unreadable or "the server gave no list", code
  end)
  return list, message, kind, next_cursor
end

---@class place
---@field slug string
---@field id any
---@field name any

---The places of a list's first pages, as the server has them.
---@param client client
---@param path string with `{placeholders}`
---@param most integer pages
---@return place[]? list each slug once
---@return string? message
---@return failure_type? failure_type
---@return boolean? cut more pages follow
function places.first(client, path, most)
  local found, seen, cursor = {}, {}, nil
  for _ = 1, most do
    local list, message, kind, next_cursor = page_of(client, path, cursor)
    if not list then return nil, message, kind end
    for _, one in ipairs(list) do
      local slug = type(one) == "table" and one.slug
      if type(slug) == "string" and not seen[slug] then found[#found + 1], seen[slug] = one, true end
    end
    cursor = next_cursor
    if not cursor then return found, nil, nil, false end
  end
  return found, nil, nil, true
end

local function slugs(client, path)
  local list, message, kind, cut = places.first(client, path, MOST_PAGES)
  if cut then return nil, ENDLESS:format(path, MOST_PAGES), "system_error" end
  if not list then return nil, message, kind end
  for i, one in ipairs(list) do list[i] = one.slug end
  table.sort(list)
  return list
end

---@param client client
---@return string[]? slugs in order
---@return string? message
---@return failure_type? failure_type
function places.organizations(client) return slugs(client, "organizations/") end

---The same of the projects of the configured organization.
function places.projects(client) return slugs(client, "organizations/{organization}/projects/") end

return places
