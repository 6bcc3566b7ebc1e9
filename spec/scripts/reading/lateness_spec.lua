-- How late records came, as an incremental read counts it.
local clock = require "clock"
local connector = require "spec.support.connector"
local json = require "json"
local page = require "page"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local EVENTS = { { "events", "incremental" } }

-- The minutes, rounded up, between the two times of each event that the server holds, in order.
local function minutes_held(scenario)
  local list = {}
  for i, text in ipairs(connector.truth(scenario, "events")) do
    local event = json.decode(text)
    list[i] = math.max(math.ceil((clock.parse(event.dateReceived) - clock.parse(event.dateCreated)) / 60e6), 0)
  end
  table.sort(list)
  return list
end

local function later_than(list, minutes)
  local count = 0
  for _, one in ipairs(list) do count = count + (one > minutes and 1 or 0) end
  return count
end

-- The warnings of a read that are about this.
local function warned(scenario, entries, config)
  local result = connector.read(scenario, entries, { config = config })
  assert.equal(0, result.status)
  local list = {}
  for line in connector.logs(result, "WARN"):gmatch "[^\n]+" do
    if line:find("lookback_minutes", 1, true) then list[#list + 1] = line end
  end
  return list
end

describe("records that came late", function()
  teardown(perigee.cleanup)

  it("are counted and told of once, with the lookback that would have covered 99 percent", function()
    local scenario = sentry.scenario { data = { events = 230, late = 0.3, late_seconds = 7200 }, page_size = 20 }
    local held = minutes_held(scenario)
    local needed = held[math.ceil(#held * 0.99)]
    assert.is_true(needed > 30 and later_than(held, 10) > 20)
    local told = warned(scenario, EVENTS)
    assert.equal(1, #told)
    assert.equal(("events: %d of %d new records came later after their dateCreated (by dateReceived) than lookback_minutes = 10 "
      .. "covers, the latest after %d minutes. What comes so late is missed where a read was made meanwhile; lookback_minutes = "
      .. "%d would have covered 99 %% of these"):format(later_than(held, 10), #held, held[#held], needed), told[1])
    assert.same({}, warned(scenario, EVENTS, { lookback_minutes = held[#held] }))
    told = warned(scenario, EVENTS, { lookback_minutes = held[#held] - 1 })
    assert.matches("; 99 %% of these are covered as it is$", told[1])
  end)

  it("are counted in captured events as these say it", function()
    local scenario = sentry.scenario { data = { fixtures = "sentry-9.1.2" } }
    local held = minutes_held(scenario)
    assert.is_true(held[#held] > 10080 and later_than(held, 10080) * 100 > #held) -- one says that it is days old
    local told = warned(scenario, EVENTS)
    assert.equal(1, #told)
    assert.matches(("events: %d of %d new records"):format(later_than(held, 10), #held), told[1])
    assert.matches("even lookback_minutes = 10080, the most there is, would not have covered 99 %% of these$", told[1])
  end)

  it("lose nothing, and are not told of, where the list goes by when they came, or is read in full", function()
    local late = { events = 120, late = 0.3, late_seconds = 7200 }
    assert.same({}, warned(sentry.scenario { dialect = "glitchtip", data = late, page_size = 20 }, EVENTS))
    assert.same({}, warned(sentry.scenario { data = late }, { "events" }))
    assert.same({}, warned(sentry.scenario { data = { events = 120 } }, EVENTS))
  end)

  it("are those that are kept; how late they came is rounded up, and bounded", function()
    local function event(id, created, received)
      return ('{"id":%d,"a":"2026-01-01T00:%s","b":%s}'):format(id, created, received)
    end
    local given = assert(page.of("[" .. table.concat({
      event(1, "30:00Z", '"2026-01-01T00:30:00Z"'), event(2, "20:00Z", '"2026-01-01T00:21:00Z"'),
      event(3, "19:00Z", '"2026-01-01T00:20:00.000001Z"'), event(4, "18:00Z", '"2026-01-01T00:17:00Z"'),
      event(5, "17:00Z", "null"), event(6, "16:00Z", '"2026-03-01T00:00:00Z"'), event(7, "01:00Z", '"2026-01-01T00:30:00Z"'),
    }, ",") .. "]", { fields = { "id", "a", "b" }, key = { "id" } }))
    given:keep { a = clock.parse "2026-01-01T00:10:00Z" }
    local counts = { [1] = 5 }
    given:delays("a", "b", 60000000, 100, counts)
    assert.same({ [0] = 2, [1] = 6, [2] = 1, [100] = 1 }, counts)
  end)
end)
