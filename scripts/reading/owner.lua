-- Whose a state is: the host, and what of the configuration is part of the stream's path; and from when on it has records.
local clock = require "clock"
local default_api = require "api.default"
local lower_bound = require "reading.lower_bound"
local narrowing = require "stream.narrowing"

local owner = {}

---@param stream stream
---@param config table
---@return table<string, string>
function owner.of(stream, config)
  local here = { host = (config.configured_url or config.base_url):match "^%a+://([^/]*)" }
  for name in (stream.path or ""):gmatch "{([%w_]+)}" do here[name] = config[name] end
  for name, value in pairs(narrowing.of(stream, config)) do here[name] = value end
  return here
end

-- A list that is narrowed in another way is another list, of which no page token says the same.
local function differing(here, given)
  local names, filters = {}, {}
  for name, value in pairs(here) do
    local same = given[name] == value
      or name == "host" and type(given.host) == "string" and default_api.share_states(given.host, value)
    if not same then
      local list = narrowing.has(name) and filters or names
      list[#list + 1] = name
    end
  end
  for name in pairs(given) do
    if here[name] == nil and narrowing.has(name) then filters[#filters + 1] = name end
  end
  table.sort(names)
  table.sort(filters)
  return names, filters
end

-- In words, with what the state says; nil: nothing.
local function difference(here, given)
  local names, filters = differing(here, given)
  for i, name in ipairs(names) do
    local said = type(given[name]) == "string" and ("%s (%s)"):format(name, given[name])
    names[i] = said or name
  end
  if filters[1] then names[#names + 1] = ("filter (%s)"):format(table.concat(filters, ", ")) end
  return names[1] and table.concat(names, " and another ")
end

---May a state be taken here? Warns where it may not: the stream is then read as if there were none.
---@param here table<string, string>
---@param given table<string, string>? whose the state says that it is; a peer's names none, and is taken
---@param log {log: fun(self: table, level: string, message: string), part: table?} `part`: of a sync, one project of
---many, of which the first one speaks for all
---@return boolean
function owner.admits(here, given, log)
  local what = given and here and difference(here, given)
  if not what then return true end
  local part = log.part
  if not part then log:log("WARN", ("the state is of another %s; the stream is read afresh"):format(what))
  else
    log:log(part.told and "DEBUG" or "WARN", ("the state of the project %s is of another %s; it is read afresh, and so is each "
      .. "other project of which that is true"):format(part.project, what))
    part.told, part.afresh = true, true
  end
  return false
end

-- ---- start_date

local OLDER = "the state has records from %s on only, for start_date said so, and %s; the stream is read from its top"

---Has a state records from as early on as they are wanted now? Warns where it has not. One without a note is believed.
---@param start integer? us, from when on they are wanted; nil: all are
---@param given table? whose the state says that it is
---@param log {log: function}
---@return boolean
function owner.reaches(start, given, log)
  local noted = type(given) == "table" and type(given.start_date) == "string" and clock.parse(given.start_date)
  if not noted or start and start >= noted then return true end
  log:log("WARN", OLDER:format(given.start_date, start and "that is " .. clock.format(start) .. " now" or "there is none now"))
  return false
end

---The same `of`, with a note from when on there are records.
---@param here table<string, string>
---@param start integer|string|nil us, or as a state had it
---@return table<string, string>
function owner.noted(here, start)
  if math.type(start) == "integer" then start = clock.format(start) end
  if type(start) == "string" and not here.start_date then here.start_date = start end
  return here
end

---What the state of a child stream says that it is of: from when on the lists that were read last have records.
---@param stream stream
---@param config table
---@return table<string, string>
function owner.of_children(stream, config)
  return owner.noted(owner.of(stream, config), lower_bound.lasting(stream, config))
end

---May a state be taken here, and has it records from as early on as they are wanted?
---@param stream stream
---@param config table
---@param given any
---@param log {log: function}
---@return boolean
function owner.takes(stream, config, given, log)
  given = type(given) == "table" and given or nil
  return owner.admits(owner.of(stream, config), given, log) and owner.reaches(lower_bound.lasting(stream, config), given, log)
end

-- A read leaves out what is before start_date: of slices that are open, and of the time since the last read.
local function leaves_out(known, start, lookback)
  if known.walk or known.parts then return true end
  local least = known.mark
  for _, mark in pairs(known.marks or {}) do least = math.min(mark, least or mark) end
  return not least or start > least - lookback
end

---What the states of a read say that they are of. Of a state that is gone on from, the earliest start_date stays true.
---@param stream stream
---@param config table
---@param known stream_state that counts in the read
---@param lookback integer us
---@return table<string, string>
function owner.told(stream, config, known, lookback)
  local here, start = owner.of(stream, config), lower_bound.lasting(stream, config)
  if start and not leaves_out(known, start, lookback) then start = known.of and known.of.start_date end
  return owner.noted(here, start)
end

return owner
