-- Places in a destination besides those that a sync reads: of projects that are gone, and those that had another name before.
local airbyte = require "airbyte"
local projects = require "config.projects"
local set_of = require "lib.set_of"

local places = {}

local GONE = "the project %s: its rows are kept, and no longer brought up to date: the token does not see it any more"

-- The slug that stands where the form of a place (sync/plan.lua) has its star.
local function slug_of(form, place)
  local before, after = form:match "^(.-)%*(.*)$"
  local slug = place:sub(#before + 1, #place - #after)
  return before .. slug .. after == place and slug ~= "" and not slug:find("/", 1, true) and slug or nil
end

---Places that an earlier perigee named by the first project, though the stream is of none, as destination.stream takes them.
---All syncs are looked through where the place that they have now is not known yet.
---@param one synced
---@param to open_destination
---@return string? places
function places.former(one, to)
  local form, here = one.plan.formerly, one.plan.place
  if not form then return nil end
  local known = to:places(one.name)
  if known and not set_of(known)[here] then known = to:places(one.name, true) end
  local list = {}
  for _, place in ipairs(known or {}) do -- what cannot be read now fails as the table is opened
    if slug_of(form, place) then list[#list + 1] = place .. "\0" end
  end
  return list[1] and table.concat(list)
end

---Tells of projects that were read before, and that the organization's list has no more: of each once.
---@param list synced[]
---@param to open_destination
---@param settings table
function places.tell_gone(list, to, settings)
  if not settings.projects_text or settings.projects_failure then return end
  local known = {}
  for _, one in ipairs(list) do
    for _, place in ipairs(one.output and one.plan.others and to:places(one.name) or {}) do
      local slug = slug_of(one.plan.others, place)
      if slug then known[slug] = true end
    end
  end
  for _, slug in ipairs(projects.gone(settings, known)) do airbyte.log("WARN", GONE:format(slug)) end
end

return places
