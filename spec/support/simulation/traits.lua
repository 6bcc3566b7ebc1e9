--- What a history of the property test is like, drawn at random: the list, how it changes, how it is read.
local server = require "spec.support.simulation.server"

local traits = {}

local SECOND = 1000000
local DAY = 86400 * SECOND

local function chance(share) return math.random() < share end
local function pick(list) return list[math.random(#list)] end

-- From a to b, as often in each power of ten.
local function spread(a, b) return math.floor(a * (b / a) ^ math.random()) end

local names = {}
for name in pairs(server.kinds) do names[#names + 1] = name end
table.sort(names)

-- How often each change happens, of all changes. Where rows are counted that are not shown, none leaves: what moves up
-- behind a page that shows no row, or one, cannot be noticed.
local function weights(kind, drawn)
  local late, leave = drawn.lookback > 0, drawn.hidden == 0 and not kind.stays
  local whole = kind.field and #kind.ordered_by == 0
  local touched = late and kind.moves or whole
  return {
    add = pick { 0.2, 1, 5 }, burst = pick { 0, 0.5 }, late = late and pick { 0, 1, 3 } or 0,
    offline = whole and 0.5 or pick { 0, 0, 0.5 }, ahead = (late or drawn.grain == kind.grain) and pick { 0, 0, 0, 0.3 } or 0,
    remove = leave and pick { 0, 1, 4 } or 0, purge = leave and pick { 0, 0, 0.3 } or 0,
    move = leave and kind.moves and pick { 1, 4 } or 0, touch = touched and pick { 0, 0.5, 2 } or 0,
  }
end

-- How it is read: at which page size, and how often a state is written.
local function reading(drawn)
  drawn.size = chance(0.12) and 100 or math.random(2, 12)
  drawn.checkpoint_rows = pick { 1, 2, 5, 20, 1000 }
  drawn.checkpoint_seconds = pick { 0, 1, 30 }
  drawn.start = chance(0.15) and drawn.now - math.floor(math.random() * 1.2 * drawn.span) or nil
  drawn.small_memory = chance(0.05)
end

-- What goes wrong, as a share of runs; and how many runs there are before the last, which nothing disturbs.
local function trouble(drawn)
  local pressed = chance(0.15)
  drawn.runs = pressed and math.random(9, 16) or math.random(0, 5)
  drawn.cut = pressed and 0.95 or pick { 0, 0.5, 0.9 }
  drawn.soon = pressed and 12 or 100 -- of things done before a cut, at most
  drawn.fault = pick { 0, 0, 0.03 } -- of requests
  drawn.stale_cursors = chance(0.1) and 0.5 or 0
  drawn.shrink = chance(0.1) and 0.1 or 0 -- of requests that are refused for their page size
  drawn.peer = chance(0.15) and 0.4 or 0
  drawn.toggles = chance(0.1)
end

--- The traits of a history, from math.random as it is seeded.
---@param focus table traits that are not left to chance
---@return table
function traits.draw(focus)
  local drawn = { name = focus.name or pick(names) }
  local kind = server.kinds[drawn.name]
  drawn.kind = kind
  drawn.now = 1767225600 * SECOND + math.random(0, DAY)
  drawn.span = spread(3 * SECOND, 5 * DAY)
  drawn.lookback = pick { 60 * SECOND, 600 * SECOND, 600 * SECOND, 0 }
  drawn.grain = math.max(kind.grain, chance(0.5) and spread(1, drawn.span) // kind.grain * kind.grain or 0)
  drawn.disorder = #kind.ordered_by > 0 and not kind.moves and chance(0.2) and SECOND or 0
  drawn.hidden = chance(0.1) and pick { 0.1, 0.5 } or 0
  drawn.window = kind.window and pick { true, true, true, false, "shifted" } or false
  drawn.places = kind.window and pick { 1, 2, 4 } or 1 -- at which the list is read at once
  drawn.most_slices = chance(0.2) and 8 or nil
  drawn.silent = not kind.by_arrival and chance(0.1) -- does not give the second field
  drawn.anew = kind.anew and chance(0.5) -- sorts rows of equal times anew for each answer
  drawn.names = drawn.anew and math.random(4, 40) or 1000000 -- by which lists without an order are sorted
  drawn.churn = pick { 0, 0.1, 0.5, 1, 3 }
  drawn.step = spread(10000, math.max(drawn.span // 20, 20000)) -- time between requests
  drawn.weights = weights(kind, drawn)
  reading(drawn)
  drawn.rows = math.random(0, drawn.size == 100 and 250 or 60)
  drawn.most = drawn.rows + 60
  drawn.full = not kind.field or chance(0.2)
  drawn.input = not drawn.full and kind.field
    and (chance(0.12) and "peer" or chance(0.05) and drawn.lookback > 0 and "future") or nil
  trouble(drawn)
  for name, value in pairs(focus) do drawn[name] = value end
  if drawn.anew then
    drawn.hidden = 0 -- who cannot see all rows of a page cannot see which of them came twice
    drawn.churn = focus.churn or math.min(drawn.churn, 0.1) -- nor which of them left
  end
  return drawn
end

--- The list as it stands when a history begins.
---@param drawn table
---@return table server
function traits.server(drawn)
  local made = server.new(drawn.kind, drawn)
  local lagging = drawn.kind.by_arrival and math.random() * 0.4 or 0
  for _ = 1, drawn.rows do
    local lag = chance(lagging) and math.floor(math.random() * drawn.span) or 0
    made:add(drawn.now - math.floor(math.random() * drawn.span), { lag = lag })
  end
  made.settled = true
  return made
end

return traits
