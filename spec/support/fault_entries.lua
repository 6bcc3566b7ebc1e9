--- The cases of spec/support/fault_table.lua, each with the list, the page and the server that it strikes. PERIGEE_LONG=1 makes
--- it the full product with all servers, and PERIGEE_PART=1/4 besides the first of four parts of that; else each case comes once
--- on each page, on one stream and one server in turn, and on one page of each of the further lists. Two of three of these are
--- taken, and by a build with sanitizers, which is slower and tries C, each eighth.
local faults = require "spec.support.fault_table"
local sanitized = require "spec.support.sanitized"

local fault_entries = {}

local LONG = os.getenv "PERIGEE_LONG" == "1"
local part, parts = (os.getenv "PERIGEE_PART" or ""):match "^(%d+)/(%d+)$"
part, parts = math.tointeger(part), math.tointeger(parts)
local PAGES = { "first", "middle", "last" }
-- Further lists, and the servers that have them: of a read of events through issues theirs, and the events of one of them;
-- and the organization's issues, where the project's own list is to go. (Those of 23.7.1 are recorded ones, not the project's.)
local HAVE_EVENTS = { "hosted", "sentry", "sentry-23.7.1", "sentry9" }
local FURTHER = {
  { name = "issues", stream = "events", dialects = HAVE_EVENTS, title = "the issues that events are read through" },
  { name = "parts", stream = "events", dialects = HAVE_EVENTS, title = "an issue's events" },
  { name = "organization", stream = "issues", dialects = { "hosted", "sentry" }, in_turn = true,
    title = "the organization's issues", server = { deprecations = { issues = {} } } },
}
local SPANS = { 6, 0.03 } -- hours: with the second, the lookback of a resumed read reaches over the place of the cut

fault_entries.streams = { "events", "issues", "releases", "projects" }
fault_entries.dialects = { "sentry", "sentry9", "glitchtip", "hosted", "sentry-23.7.1" }
local STREAMS, DIALECTS = fault_entries.streams, fault_entries.dialects

local function has(list, item)
  for _, one in ipairs(list) do
    if one == item then return true end
  end
  return false
end

-- Projects of 23.7.1 come as their caller sees them: spec/scripts/reading/complement_spec.lua has those.
local function is_shown_alike(stream, dialect) return stream ~= "projects" or dialect ~= "sentry-23.7.1" end

--- Such a list is followed, and resumed, from a row that is known; and it is asked for a window, whose failure is none.
function fault_entries.counts_rows(stream, dialect)
  return stream == "events" and dialect ~= "sentry9" and dialect ~= "glitchtip"
end

---@class fault_entry
---@field name string of the case
---@field fault table
---@field more table what is expected
---@field page "first"|"middle"|"last"
---@field stream string
---@field dialect string
---@field mode string
---@field span number hours
---@field stays table|string|nil what must become of it where the fault stays
---@field list table? of FURTHER, that the fault strikes

local function entries_of(number, case)
  local list, more, count = {}, case[3], 0
  local function add(page, stream, dialect, stays)
    list[#list + 1] = {
      name = case[1], fault = case[2], more = more, page = page, stream = stream, dialect = dialect, stays = stays,
      mode = (number + count) % 2 == 0 and "incremental" or "full_refresh", span = SPANS[(number // 2 + count) % 2 + 1],
    }
    return list[#list]
  end
  local function add_both(page, stream, dialect)
    if more.positions and fault_entries.counts_rows(stream, dialect) or not is_shown_alike(stream, dialect) then return end
    count = count + 1
    if more.passes ~= false then add(page, stream, dialect) end
    if more.stays then add(page, stream, dialect, more.stays) end
  end
  local streams, dialects = more.streams or STREAMS, more.dialects or DIALECTS
  for at, page in ipairs(PAGES) do
    if has(more.pages or PAGES, page) then
      if LONG then
        for _, stream in ipairs(streams) do
          for _, dialect in ipairs(dialects) do add_both(page, stream, dialect) end
        end
      else
        local stream, dialect = streams[(number + at) % #streams + 1], dialects[(number // 2 + at) % #dialects + 1]
        add_both(page, stream, is_shown_alike(stream, dialect) and dialect or "sentry")
      end
    end
  end
  return list
end

-- What is to come of a case on a further list; nil: it is none for that list.
local function further_of(case, name)
  local more = case[3]
  local own = more.further and more.further[name]
  if more.further == false or own == false or more.positions and name == "parts" then return nil end
  if not own and more.streams and not has(more.streams, name == "parts" and "events" or "issues") then return nil end
  local made = {}
  for key, value in pairs(more) do made[key] = value end
  for key, value in pairs(own or {}) do made[key] = value end
  return made
end

-- Whether a fault strikes once (false), and what is to come of it where it stays; where the list takes turns, one of the two.
local function ways_of(number, list, more)
  local ways = {}
  if more.passes ~= false then ways[1] = false end
  if more.stays then ways[#ways + 1] = more.stays end
  return list.in_turn and not LONG and #ways == 2 and { ways[number % 2 + 1] } or ways
end

-- The lines of a case for the further lists.
local function entries_further(number, case)
  local found = {}
  local function add(list, more, at, page, dialect)
    for _, stays in ipairs(ways_of(number, list, more)) do
      found[#found + 1] = { name = case[1], fault = case[2], more = more, page = page, stream = list.stream, dialect = dialect,
        stays = stays or nil, list = list, mode = (number + at) % 2 == 0 and "incremental" or "full_refresh",
        span = SPANS[(number // 2 + at) % 2 + 1] }
    end
  end
  for which, list in ipairs(FURTHER) do
    local more, dialects = further_of(case, list.name), list.dialects
    local pages = more and more.pages or PAGES
    for at, page in ipairs(more and pages or {}) do
      if LONG then
        for _, dialect in ipairs(dialects) do add(list, more, at, page, dialect) end
      elseif at == (number + which) % #pages + 1 then
        add(list, more, at, page, dialects[(number // 3 + which) % #dialects + 1])
      end
    end
  end
  return found
end

-- Whether a run takes the i-th of them.
local function is_chosen(i)
  if LONG then return not parts or i % parts == part % parts end
  if sanitized then return i % 8 == 1 end
  return i % 3 ~= 0
end

--- All of them that this run takes.
---@return fault_entry[]
function fault_entries.all()
  local list, chosen = {}, {}
  for number, case in ipairs(faults) do
    for _, entries in ipairs { entries_of(number, case), entries_further(number, case) } do
      table.move(entries, 1, #entries, #list + 1, list)
    end
  end
  for i, entry in ipairs(list) do
    if is_chosen(i) then chosen[#chosen + 1] = entry end
  end
  return chosen
end

--- A stream that is read beside, and must be whole.
---@param entry fault_entry
---@return string
function fault_entries.witness(entry)
  if entry.list then return "releases" end -- events and issues ask for the same lists there
  local at = 1
  while STREAMS[at] ~= entry.stream do at = at + 1 end
  local following = STREAMS[at % #STREAMS + 1]
  return is_shown_alike(following, entry.dialect) and following or STREAMS[1]
end

---@param entry fault_entry
---@return string
function fault_entries.title(entry)
  local stream = entry.list and entry.list.title or entry.stream
  return ("%s, %s, on the %s page of %s of %s (%s, %g h)"):format(entry.name,
    entry.stays and "each time" or "once", entry.page, stream, entry.dialect, entry.mode, entry.span)
end

return fault_entries
