-- The choice between a stream's own list and the way through another stream's records: how much is before a read by either,
-- as the server's first answers show it, and which of them is taken.
local clock = require "clock"
local json = require "json"
local lists = require "reading.list"
local lower_bound = require "reading.lower_bound"
local stream_state = require "reading.stream_state"
local through_lists = require "reading.through_lists"
local workload = require "reading.workload"

---@class route_choice
---@field own workload by the stream's own list
---@field through workload? through the parents, as far as that was looked at
---@field taken boolean the parents' way is
---@field forbidden string? why no part may be asked for
local choice = {}
choice.__index = choice

local MINUTES = 5 -- of its own list's limit that must be left to read
local FASTER = 2 -- times as fast as the own list

-- ---- the parents' way

-- How many parents have records from a bound on, about.
local function count_parents(list, page, from)
  local field, hits = list.stream.cursor.field, list.stream.api.hits
  local oldest = page:oldest(field)
  if from and oldest and oldest < from then return (select(3, page:digest(field, from, math.maxinteger))) end
  if not list.next then return page:count() end
  local found, at_least = nil, nil
  if hits then found, at_least = hits(list.last_response) end
  return found or page:count(), at_least or not found
end

-- The first answer of the part of the first parent that has one. nil: there is none, or it failed; forbidden: why.
local function ask_part(stream, page, open_part)
  for i = 1, page:count() do
    local parent, noted = json.decode((page:record(i))), {}
    if stream.through.belongs(parent) then
      local part = open_part(parent, noted)
      local found, message = nil, nil
      if part then found, message = part:fetch {} end
      if not found then return nil, noted.status == 403 and message or nil end
      found:close()
      return part.last_response
    end
  end
end

-- The read through the parents, by their first page and one part. Where that fails, there is nothing to compare.
local function estimate_through(list, own, from)
  local stream, config = list.stream, list.client.config
  local _, open_parents, open_part = through_lists(stream, list.client)
  local parents = open_parents(function() return false end, {})
  local page = parents and parents:fetch {}
  if not page then return nil end
  local count, at_least = count_parents(parents, page, from)
  local response, forbidden = ask_part(stream, page, open_part)
  page:close()
  if not response then return nil, forbidden end
  local limits, volume = response:limits(), stream.api.volume
  return workload.through(own, {
    name = stream.through.parent, parents = count, at_least = at_least, parent_rows = parents.page_size.current, limits = limits,
    ms = response.ms, share = config.rate_share, window = volume and volume.window(stream.through.path),
    at_once = math.min(config.num_workers, limits.concurrent_limit or config.num_workers),
  })
end

-- ---- whether it pays

-- Is there a record so many rows further down, that the read has to come to?
local function reaches(list, rows, lower)
  local place = list.page_tokens.read(list.next)
  if place.kind ~= "offset" then return false end
  local page = list:fetch { token = place.at(rows) }
  if not page then return false end
  local newest = page:newest(list.stream.cursor.field)
  page:close()
  return newest ~= nil and newest >= lower
end

-- Is it worth looking at the other way? Where the list is cut below what was asked for, limited, and takes minutes.
local function takes_long(list, own, lower)
  local size = list.stream.api.page_size.default
  if not list.next or not own.a_minute or not size or not own.page_rows then return false end
  if own.page_rows < 2 or own.page_rows >= size then return false end
  if own.records then return own.seconds >= MINUTES * 60 end
  if not lower then return false end
  local view = list:view()
  view.next = list.next
  return reaches(view, math.floor(MINUTES * own.a_minute * (own.page_rows - 1)), lower)
end

-- By their times, where both are known; else by how fast requests may be made.
local function is_faster(through, own)
  if through.seconds and own.seconds then return through.seconds * FASTER <= own.seconds end
  return through.a_minute ~= nil and through.a_minute >= FASTER * own.a_minute
end

local function choose(list, own, from, lower)
  local wanted = list.client.config[list.stream.through.setting]
  local made = setmetatable({ own = own, stream = list.stream, wanted = wanted, taken = wanted == list.stream.through.parent },
    choice)
  if wanted ~= "auto" and not made.taken then return made end
  if not takes_long(list, own, lower) then return made end
  made.through, made.forbidden = estimate_through(list, own, from)
  if not made.taken then made.taken = made.through ~= nil and is_faster(made.through, own) end
  return made
end

---What is chosen for a read, as far as one answer of the stream's own list shows it.
---@param list list that was asked
---@param own workload of it
---@param from integer? us, records from here on are wanted
---@return route_choice
function choice.foretell(list, own, from) return choose(list, own, from) end

---The choice of a read that begins with this page of its own list. The log is told how long the read takes, by either way.
---@param list list
---@param page page
---@param known stream_state
---@return route_choice
function choice.of(list, page, known)
  local field = list.stream.cursor.field
  local lower = lower_bound.of(known, { field }, lower_bound.settings(list.stream, list.client.config), list.date)[field]
  local from = lower ~= stream_state.NO_BOUND and lower or nil
  local made = choose(list, workload.of(list, { rows = page:count(), full_size = true, from = from }), from, lower)
  local words = made:words()
  if made.forbidden then list.client:log("WARN", made.forbidden .. "; the stream is read by its own list") end
  if words then list.client:log("INFO", words) end
  return made
end

---Tells the log how long a read through the parents takes, where the configuration wants that way and nothing is known yet. Its
---requests are made once: what they do not tell is not said.
---@param stream stream
---@param client client
---@param known stream_state
function choice.announce(stream, client, known)
  local field = stream.cursor.field
  local from = lower_bound.of(known, { field }, lower_bound.settings(stream, client.config), clock.now())[field]
  from = from ~= stream_state.NO_BOUND and from or nil
  if workload.is_short(from, clock.now()) then return end
  local once = setmetatable({ attempts = 1, patience = 0, outage_patience = 0 }, { __index = client })
  local list = lists.new(stream, once, nil, { page_size = 1 })
  local page = list and list:fetch {}
  if not page then return end
  page:close()
  local words = choice.foretell(list, workload.of(list, { rows = 1, from = from }), from):words()
  if words then client:log("INFO", words) end
end

-- ---- in words

---What is to be said before a read that takes long by the stream's own list; nil: it does not, or that is not known.
---@return string?
function choice:words()
  local own, through, parent = self.own, self.through, self.stream.through.parent
  local long = own:words()
  if not long and not (self.taken and self.through) then return nil end
  if not through then
    if not long or not self.taken then return long end
    return ("%s; it is read through the %s (%s)"):format(long, parent, self.stream.through.setting)
  end
  if self.taken then
    return ("%s (%s); by %s: %s"):format(through:text(), self.stream.through.setting, own.path, own:numbers()
      or ("more than %d minutes"):format(MINUTES))
  end
  return ("%s; no faster through the %s (%s): %s"):format(long, parent, self.stream.through.setting, through:numbers())
end

---Which way is taken, for a plan; nil: there is no other one to choose.
---@return string?
function choice:way()
  local parent, setting = self.stream.through.parent, self.stream.through.setting
  if self.wanted ~= "auto" then return self.taken and ("through the %s (%s)"):format(parent, setting) or nil end
  if self.taken then return ("through the %s, which is faster (%s)"):format(parent, setting) end
  return self.through and ("by this list; through the %s is no faster (%s)"):format(parent, setting)
    or ("through the %s where that is faster (%s)"):format(parent, setting)
end

return choice
