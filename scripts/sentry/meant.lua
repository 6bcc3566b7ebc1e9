-- Which organization or project was meant by a name that the server does not know.
local places = require "sentry.places"
local suggest = require "lib.suggest"

local meant = {}

local MOST_NAMED = 10
local MOST_PAGES = 100 -- of a hundred places, among which the one that was meant is looked for

---The places of a list; none where it cannot be had.
---@param client client
---@param path string
---@return table[] places
---@return string note that they are not all
function meant.places(client, path)
  local list, _, _, cut = places.first(client, path, MOST_PAGES)
  return list or {}, cut and ("; of that list, only the first %d pages were looked at"):format(MOST_PAGES) or ""
end

-- Which of these was meant: by its id, its name, a beginning of its slug that no other has, or a slug that is near.
local function find_meant(given, list)
  local slugs, begun = {}, {}
  for i, place in ipairs(list) do
    if tostring(place.id) == given then return place.slug, ("%s is the id of '%s'"):format(given, place.slug) end
    if type(place.name) == "string" and place.name:lower() == given:lower() then
      return place.slug, ("'%s' is the name of '%s'"):format(given, place.slug)
    end
    slugs[i] = place.slug
    if place.slug:sub(1, #given) == given then begun[#begun + 1] = place.slug end
  end
  return #begun == 1 and begun[1] or suggest.nearest(given, slugs)
end

---Which of a list was probably meant.
---@param given string
---@param list table[]
---@return string? words that follow a message; nil: none is like it
function meant.words(given, list)
  local found, why = find_meant(given, list)
  if not found then return nil end
  return why and ("; %s, which must stand here in its place"):format(why) or ("; did you mean '%s'?"):format(found)
end

---The project is unknown: which one was meant?
---@param client client
---@param config table
---@return string? words nil: the token sees none, or it sees this one
function meant.project(client, config)
  local projects, note = meant.places(client, "organizations/{organization}/projects/")
  local slugs = {}
  for i, project in ipairs(projects) do
    slugs[i] = project.slug
    if project.slug == config.project then return nil end
  end
  if #slugs == 0 then return nil end
  local unknown = ("the organization %s has no project '%s'"):format(config.organization, config.project)
  local words = meant.words(config.project, projects)
  if words then return unknown .. words end
  local more = #slugs > MOST_NAMED and (" and %d more"):format(#slugs - MOST_NAMED) or ""
  return ("%s; it has %s%s%s"):format(unknown, table.concat(slugs, ", ", 1, math.min(#slugs, MOST_NAMED)), more, note)
end

return meant
