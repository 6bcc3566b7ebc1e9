-- Counts over time are a grid, and no list: it is asked for day by day, and each cell becomes a record. A day is read when it has
-- been over for an hour, and the last two are read again, for counts come late; a day that says the same does not go out again.
local clock = require "clock"
local digest = require "digest"
local json = require "json"
local merged = require "lib.merged"
local owners = require "reading.owner"
local refusal = require "api.refusal"
local sentry = require "sentry"

local HOUR, DAY = 3600 * 1000000, 86400 * 1000000
local KEPT = 90 -- days that Sentry keeps, where start_date does not say more
local AGAIN = 2 -- days
local MOST_PAGES = 1000
local NO_GRID = "the server gave no groups of counts"
local OTHER = "the server was asked for %s and answered for %s to %s"
local NARROW = "%s does not take project=-1, so that counts of projects that are in no team of the token's user may be missing"

---@class day_grid
---@field path string
---@field params table<string, any> beside the days
---@field by table<string, string> the record's fields by the names that the answer groups by
---@field counts table<string, string> the record's fields by the names of the answer's totals

local function text_of(us) return clock.format(us):sub(1, 10) end

-- A server in trouble may say so in a 200: that is no answer, and is requested again.
local function find_no_grid(document)
  if type(document) == "table" and type(document.groups) == "table" then return nil end
  local detail = type(document) == "table" and document.detail
  return type(detail) == "string" and NO_GRID .. ": " .. refusal.excerpt(detail) or NO_GRID
end

-- Not every server takes all projects; those of the token's user are then what it gives.
local function ask(context, grid, run, params)
  if not run.narrow then
    local ok, document, response = pcall(context.get, context, grid.path, merged(params, { project = -1 }), find_no_grid)
    if ok then return document, response end
    if type(document) ~= "table" or document.status ~= 400 and document.status ~= 403 then error(document, 0) end
  end
  local document, response = context:get(grid.path, params, find_no_grid)
  if not run.narrow then context:log("WARN", NARROW:format(grid.path)) end
  run.narrow = true
  return document, response
end

-- What is wrong with an answer: it must be for this day, and no other beside it.
local function find_wrong(document, day)
  local from, to = tostring(document.start), tostring(document["end"])
  local first, last = clock.parse(from), clock.parse(to)
  local midnight = clock.parse(day .. "T00:00:00Z")
  local fits = first == midnight and last and last > first and last <= midnight + DAY
  return not fits and OTHER:format(day, from, to) or nil
end

local function record_of(grid, group, day)
  local record = { date = day .. "T00:00:00Z" }
  for name, field in pairs(grid.by) do
    local value = group.by[name]
    record[field] = (value == nil or value == json.null) and "" or value
  end
  for name, field in pairs(grid.counts) do
    local value = group.totals and group.totals[name]
    record[field] = value == nil and json.null or value
  end
  return record
end

-- The cursor of the page that follows; nil: none does, or, with a message, that cannot be known.
local function next_cursor(response)
  if sentry.is_unpaged(response) then return nil end
  return sentry.next_token(response)
end

-- All cells of a day, and the server's clock; or nil, and what is wrong.
local function read_day(context, grid, run, day)
  local records, cursor, date = json.array(), nil, nil
  local days = { start = day .. "T00:00:00", ["end"] = day .. "T23:59:59", interval = "1d" }
  for _ = 1, MOST_PAGES do
    local document, response = ask(context, grid, run, merged(merged(grid.params, days), { cursor = cursor }))
    local wrong = find_wrong(document, day)
    if wrong then return nil, wrong end
    date = date or response:date()
    for _, group in ipairs(document.groups) do records[#records + 1] = record_of(grid, group, day) end
    local unclear
    cursor, unclear = next_cursor(response)
    if unclear then return nil, unclear end
    if not cursor then return records, date end
  end
  return nil, ("a day has more than %d pages: the list of its groups does not end"):format(MOST_PAGES)
end

local function digest_of(records)
  local texts = {}
  for i, record in ipairs(records) do
    local names, parts = {}, {}
    for name in pairs(record) do names[#names + 1] = name end
    table.sort(names)
    for j, name in ipairs(names) do parts[j] = name .. "=" .. tostring(record[name]) end
    texts[i] = table.concat(parts, "\0")
  end
  table.sort(texts)
  return digest.hex(digest.sha256(table.concat(texts, "\n"))):sub(1, 16)
end

-- The state's days, where it is of this place, and from as early on as they are wanted.
local function known_of(context, here, start)
  local state = context.state
  if type(state) ~= "table" or type(state.days) ~= "table" or type(state.date) ~= "string" then return {} end
  local of = type(state.of) == "table" and state.of or nil
  return owners.admits(here, of, context) and owners.reaches(start, of, context) and state or {}
end

-- The first day to ask for, and the start_date that holds for all days of the state then.
local function first_day(known, start, today)
  local from = known.date and clock.parse(known.date) - (AGAIN - 1) * DAY or today - KEPT * DAY
  if not start then return from end
  if known.date and start <= from then return from, type(known.of) == "table" and known.of.start_date or nil end
  return start, start
end

-- A day is the least that is asked for.
local function start_of(config)
  local start = config.start_date and clock.parse(config.start_date)
  return start and start - start % DAY
end

---A stream's `read`.
---@param grid day_grid
---@return fun(context: own_context): nil, string?, string?
return function(grid)
  return function(context)
    local here = owners.of(grid, context.config)
    local start, run, now = start_of(context.config), {}, clock.now()
    local known = known_of(context, here, start)
    local days = merged(known.days or {})
    local at, noted, begun = first_day(known, start, now - now % DAY)
    owners.noted(here, noted)
    while at + DAY + HOUR <= now do
      local day = text_of(at)
      local records, date = read_day(context, grid, run, day)
      if not records then return nil, ("%s: %s"):format(grid.path, date), "system_error" end
      local first = not begun and date and first_day(known, start, date - date % DAY) or at
      begun = true
      if date and first >= at and date < at + DAY + HOUR then return end -- this machine's clock is ahead
      if first < at then at = first - DAY -- likewise: what the server keeps begins before
      else
        local sign = digest_of(records)
        if days[day] ~= sign then context:emit(records) end
        days[day], days[text_of(at - AGAIN * DAY)] = sign, nil
        context:checkpoint { of = here, date = known.date and known.date > day and known.date or day, days = days }
      end
      at = at + DAY
    end
  end
end
