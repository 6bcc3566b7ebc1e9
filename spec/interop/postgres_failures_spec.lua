-- Each allocation and each system call of a sync into PostgreSQL that can fail, also inside of libpq, failing in turn (see
-- spec/behaviour/failures_spec.lua): the database has the rows that its state says, success means that all are there, and the
-- next sync brings the rest.
local connector = require "spec.support.connector"
local failing_runs = require "spec.support.failing_runs"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local sentry = require "spec.support.sentry"
local stored_streams = require "spec.support.stored_streams"

local SAMPLE = 24 -- places of each kind
local PAGES = 3 -- of the stream without a key, which has three rows on each
local KEYS = { events = "id", issues = "id" }

describe("where a call of a sync into PostgreSQL fails,", function()
  local scenario, scripts
  setup(function()
    postgres.start()
    scenario = sentry.scenario { data = { events = 14, issues = 9, projects = 3 }, page_size = 5 }
    scripts = own_streams.folder { keyless = stored_streams.keyless(PAGES) }
  end)
  teardown(function()
    postgres.stop()
    perigee.cleanup()
  end)

  local function words_of(schema)
    local words = connector.words("sync", scenario, { words = { "--to", postgres.address(), "--schema", schema,
      "--scripts", scripts, "--streams=events,issues,keyless", "--outage-patience=2" } })
    words.schema = schema
    return words
  end

  -- A row without a key cannot be written twice unseen: there are as many as the state says.
  local function wrong_rows(schema)
    local tables = postgres.value("SELECT count(to_regclass('keyless')) + count(to_regclass('_perigee_states'))", schema)
    if tables < 2 then return nil end
    local rows, pages = table.unpack(postgres.rows([[SELECT (SELECT count(*) FROM keyless), coalesce(
      (SELECT substring(state from '"n":([0-9]+)') FROM _perigee_states WHERE stream = 'keyless' AND NOT is_replacing), '0')]],
      schema)[1])
    return tonumber(rows) ~= 3 * tonumber(pages) and ("%s rows, and the state says %s pages"):format(rows, pages) or nil
  end

  local function lacks(schema)
    for stream, key in pairs(KEYS) do
      local ok, wrong = pcall(postgres.assert_holds, schema, stream, key, connector.held(scenario, stream))
      if not ok then return wrong end
    end
    local rows = postgres.value("SELECT count(*) FROM keyless", schema)
    return rows ~= 3 * PAGES and rows .. " rows without a key" or nil
  end

  local count = 0
  local case = {
    is_for_people = true, sample = SAMPLE,
    words = function()
      count = count + 1
      return words_of("failing" .. count)
    end,
    wrong = function(result, _, words)
      local wrong = wrong_rows(words.schema) or result.status == 0 and lacks(words.schema)
      if wrong then return wrong end
      local again = perigee.run(words_of(words.schema))
      if again.status ~= 0 then return "it cannot be gone on with: " .. again.err end
      return lacks(words.schema)
    end,
  }

  it("an allocation, the run ends as it should", function() failing_runs.check(case, "allocation") end)

  it("a system call, the run ends as it should", function() failing_runs.check(case, "call") end)
end)
