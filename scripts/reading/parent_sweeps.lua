-- Ways through the parents of a list (through_parents.lua): once down from the newest, which passes over what moves up
-- meanwhile, then as often as wanted from the lowest page up, where what moves up is met further up.
local backfill = require "reading.backfill"
local page_sink = require "reading.page_sink"
local stream_state = require "reading.stream_state"

local parent_sweeps = {}
parent_sweeps.__index = parent_sweeps

local TRIES = 20 -- to have a page meet the one below it
local SECOND = 1000000
local NO_POSITIONS = "the server's list of %s cannot be read from the lowest page up"

---@class parent_sweeps
---@field list list of the parents
---@field lower integer? down to where the parents are read
---@field upwards boolean? the last way was up
---@field pages {token: string?, newest: integer?}[] where each begins
---@field reader {take: fun(page: page), over: (fun(): boolean), refuse: fun(why: string), sink: table} over: no further page
---is wanted; refuse: the list is none that can be read so

---@param list list of the parents
---@param settings through_settings
---@param lower integer?
---@param reader table
---@return parent_sweeps
function parent_sweeps.new(list, settings, lower, reader)
  return setmetatable({ list = list, field = settings.parent_field, lower = lower, reader = reader,
    disorder = settings.disorder or SECOND }, parent_sweeps)
end

---Did the parents stand on one page? That is how they were at one time.
---@return boolean
function parent_sweeps:is_one_page() return #self.pages == 1 end

-- ---- down

-- Notes where a page begins, to go up by.
local function note(self, list, page)
  local place = list.next and list.page_tokens.read(list.next)
  if place and place.kind ~= "position" then self.reader.refuse(NO_POSITIONS) end
  self.pages[#self.pages].newest = page:newest(self.field)
  self.pages[#self.pages + 1] = { token = place and place.at(0) }
end

local function go_down(self, list)
  local sink = page_sink(self.reader.sink, function(page)
    note(self, list, page)
    self.reader.take(page)
  end)
  self.pages = { {} }
  local made = backfill.new(list, sink, { field = self.field, ordered_by = { self.field }, lookback = 0, full = false,
    workers = 1, disorder = self.disorder }, stream_state.from(self.field, self.lower))
  local ok, message, kind = made:run()
  table.remove(self.pages) -- where a page would begin that was not read
  return ok and "done", message, kind
end

-- ---- up

-- Does a page go down to where the page below it begins? Else something has come between: it moved up on the way down.
local function meets(self, page, place, below)
  local oldest = page:oldest(self.field)
  if not place then return true end
  if not below then return oldest and self.lower and oldest < self.lower - 2 * self.disorder end
  return place.at(0) == below.token or place.text == below.token or oldest and below.newest and oldest < below.newest
end

-- Where the next page begins: a position without its offset, but within one time, of which that would make no way.
local function below_of(list, token, place)
  local bare = place.at(0)
  return token and list.page_tokens.read(token).at(0) == bare and place.text or bare
end

-- Reads the page that begins here once it meets the one below; what has come between is a page of its own, to be read first.
local function climb(self, list, i)
  local at = self.pages[i]
  for _ = 1, TRIES do
    local page, message, kind, outcome = list:fetch { token = at.token }
    if outcome == "restart" then break end
    if not page then return nil, message, kind end
    local place = list.next and list.page_tokens.read(list.next)
    if meets(self, page, place, self.pages[i + 1]) then
      at.newest = page:newest(self.field)
      if self.lower then page:keep { [self.field] = self.lower } end
      self.reader.take(page)
      page:close()
      return "done"
    end
    page:close()
    table.insert(self.pages, i + 1, { token = below_of(list, at.token, place) })
    local outcome_below, wrong, failure = climb(self, list, i + 1)
    if outcome_below ~= "done" then return outcome_below, wrong, failure end
  end
  return "unsettled"
end

local function go_up(self, list)
  for i = #self.pages, 1, -1 do
    local outcome, message, kind = climb(self, list, i)
    if outcome ~= "done" or self.reader.over() then return outcome, message, kind end
  end
  return "done"
end

---Hands each page of the parents to the reader, records below the bound left out.
---@param upwards boolean not before a way down
---@return "done"|"unsettled"|nil outcome "unsettled": the list changed faster than it could be read; nil: it failed
---@return string? message
---@return string? failure_type
function parent_sweeps:go(upwards)
  self.upwards = upwards
  return (upwards and go_up or go_down)(self, self.list)
end

return parent_sweeps
