--- The soak: one process that reads again and again, and syncs and other runs beside it, against a server whose records change
--- and whose answers are broken at random. At each fourth read the server keeps still: then nothing may be missing.
local cjson = require "cjson"
local clock = require "clock"
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local fault_table = require "spec.support.fault_table"
local files = require "spec.support.files"
local kept = require "spec.support.kept"
local perigee = require "spec.support.perigee"
local reading_process = require "spec.support.reading_process"
local sentry = require "spec.support.sentry"

local STILL, BESIDE = 4, 3 -- each so many reads the server keeps still, and something else runs
local HELD = { events = 24, issues = 12 } -- about so many records are there at any time
local READ = { { "events", "incremental" }, { "issues", "incremental" }, { "releases", "incremental" },
  { "projects", "full_refresh" }, { "own", "incremental" } }
local TRUTH = { events = "events", own = "events", issues = "issues", releases = "releases" }
local PATHS = { "/events/$", "web-frontend/issues/$", "/releases/$", "/api/0/projects/$" }
local USUAL = { retry_base = 0.005, retry_attempts = 3, rate_limit_patience = 0.1 }

-- ---- what goes wrong, and what changes

-- The faults after which a record that goes out is still the server's, by a server and words such as these.
local function usable_faults()
  local list = {}
  for _, case in ipairs(fault_table) do
    local name, fault, how = table.unpack(case)
    local needs = how.words or how.server or how.alone or how.edited or how.dialects
    if not needs and fault.fault ~= "empty_page" and not name:find "at once" then list[#list + 1] = fault end
  end
  return list
end

local FAULTS = usable_faults()

local function faults(random)
  local list = {}
  for i = 1, random(0, 3) do
    local fault = { path = PATHS[random(#PATHS)], page = random(1, 3), times = random(10) == 1 and -1 or 1 }
    for key, value in pairs(FAULTS[random(#FAULTS)]) do fault[key] = value end
    list[i] = fault
  end
  return list
end

-- Records come and go at rates that keep their number.
local function changes(random, held)
  local more = held.events < HELD.events or held.issues < HELD.issues
  return { adds = more and 0.6 or 0.2, deletes = more and 0.1 or 0.5, updates = 0.3, late = 0.3, requests = 3,
    seed = random(1 << 30) }
end

-- ---- one soak

local function new_scenario()
  return sentry.scenario { data = { events = HELD.events, issues = HELD.issues, releases = 6, projects = 3 }, page_size = 8,
    limits = false }
end

local soak = {}
soak.__index = soak

local function prepare(seed)
  local scenario = new_scenario()
  local folder = perigee.folder "soak"
  perigee.write(files.read("scripts/streams/events.lua"):gsub('name = "events"', 'name = "own"'), "soak/own.lua")
  perigee.write(files.read "schemas/events.json", "soak/own.json")
  math.randomseed(seed)
  return setmetatable({
    scenario = scenario, log = sentry.start().dir .. "/" .. scenario.name .. ".log", random = math.random,
    env = { PERIGEE_SCRIPTS = folder }, config = perigee.write(sentry.config(scenario)),
    catalog = perigee.write_catalog(READ), database = perigee.new_path ".db", states = {}, printed = {},
    held = { events = HELD.events, issues = HELD.issues }, samples = {},
    counts = { reads = 0, failed = 0, records = 0, faults = 0, beside = 0 },
  }, soak)
end

-- Raises what is wrong, and the last of these lines.
function soak:complain(what, lines)
  error(("read %d: %s\n%s"):format(self.counts.reads, what, table.concat(lines, "\n", math.max(1, #lines - 10))), 0)
end

function soak:assert_lines(lines)
  for _, line in ipairs(lines) do
    if not pcall(cjson.decode, line) then self:complain("a line is no JSON", { line }) end
  end
end

-- The log tells of each fault that struck; it would fill the disk.
function soak:count_faults()
  local _, count = files.read(self.log):gsub('"fault": ?"', "")
  self.counts.faults = self.counts.faults + count
  assert(io.open(self.log, "w")):close()
end

-- The last states, as a file that a read takes; nil where there are none yet.
function soak:state_file()
  local list = {}
  for _, state in pairs(self.states) do list[#list + 1] = state end
  return #list > 0 and perigee.write(list, "state.json") or nil
end

-- `still`: nothing is wrong with the server, so that nothing may be with the read.
function soak:read(still)
  local options = { config = self.config, catalog = self.catalog, state = self:state_file() }
  for name, value in pairs(USUAL) do options[name] = value end
  local result = self.process:read(options)
  local counts = self.counts
  counts.reads = counts.reads + 1
  self:assert_lines(result.lines)
  kept(result.lines, self.states, function(stream, text)
    counts.records = counts.records + 1
    self.printed[stream .. text] = true
  end)
  if result.status ~= 0 then counts.failed = counts.failed + 1 end
  if still and result.status ~= 0 then self:complain("it failed, and nothing was wrong", result.lines) end
  if result.left ~= "nothing" then self:complain("it left open: " .. result.left, {}) end
  self.samples[#self.samples + 1] = { memory = result.memory, descriptors = result.descriptors }
end

-- All that the server holds was printed, as it is now; what it holds no more is forgotten.
function soak:assert_nothing_missing()
  local still_held = {}
  for stream, list in pairs(TRUTH) do
    local texts = connector.truth(self.scenario, list)
    if self.held[stream] then self.held[stream] = #texts end
    for _, text in ipairs(texts) do
      if not self.printed[stream .. text] then self:complain(stream .. " lacks a record", { text }) end
      still_held[stream .. text] = true
    end
  end
  self.printed = still_held
end

-- The tables have a row for each event and issue that the server holds, and of an issue as it is now.
function soak:assert_rows()
  local there = {}
  for _, row in ipairs(database.rows(self.database, "SELECT id FROM events UNION ALL SELECT id || ' ' || count FROM issues")) do
    there[row[1]] = true
  end
  for _, event in ipairs(connector.held(self.scenario, "events")) do
    if not there[event.key] then self:complain("the table of events lacks a row", { event.text }) end
  end
  for _, text in ipairs(connector.truth(self.scenario, "issues")) do
    local issue = cjson.decode(text)
    if not there[issue.id .. " " .. issue.count] then self:complain("the table of issues lacks a row", { text }) end
  end
end

local SYNC = { "sync", "--streams=events,issues" }
local BESIDE_WORDS = { SYNC, SYNC, { "check" }, { "discover" }, { "try", "own", "--limit=5" }, { "read" } }

function soak:words_beside(chosen)
  local words = connector.words(chosen[1], self.scenario, { env = self.env })
  table.move(chosen, 2, #chosen, #words + 1, words)
  if chosen[1] == "sync" then table.move({ "--to", self.database }, 1, 2, #words + 1, words) end
  if chosen[1] == "read" then words[#words + 1] = "--catalog=" .. self.catalog end
  return words
end

function soak:run_beside(still)
  local chosen = still and SYNC or BESIDE_WORDS[self.random(#BESIDE_WORDS)]
  local result = perigee.run(self:words_beside(chosen))
  self.counts.beside = self.counts.beside + 1
  if result.signal then self:complain(("%s ended by signal %d"):format(chosen[1], result.signal), { result.err }) end
  if not still then return end
  if result.status ~= 0 then self:complain("a sync failed, and nothing was wrong", { result.err }) end
  self:assert_rows()
end

function soak:round(number)
  local still = number % STILL == 0
  self.scenario.change { faults = still and {} or faults(self.random), change = still and {} or changes(self.random, self.held) }
  self:read(still)
  if number % BESIDE == 0 then self:run_beside(still) end
  if not still then return end
  self:assert_nothing_missing()
  self:count_faults()
end

---@class soaked
---@field seconds number
---@field counts {reads: integer, failed: integer, records: integer, faults: integer, beside: integer}
---@field samples {memory: integer, descriptors: integer}[] after each read
---@field ended boolean the process that read ended with success

--- Soaks for so many seconds; raises what is wrong.
---@param seconds number
---@param seed integer
---@param tell fun(soaked: soaked)? is called each minute
---@return soaked
return function(seconds, seed, tell)
  local began, told = clock.now(), 0
  local self = prepare(seed)
  self.process = reading_process(self.env)
  local number = 0
  repeat
    number = number + 1
    self:round(number)
    self.seconds = (clock.now() - began) / 1000000
    if tell and self.seconds - told > 60 then
      told = self.seconds
      tell(self)
    end
  until self.seconds >= seconds and number % (STILL * BESIDE) == 0
  self.ended = self.process:close()
  return self
end
