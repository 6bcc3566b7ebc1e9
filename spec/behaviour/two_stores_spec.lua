-- Issues of a self-hosted Sentry, 23.7.1: the first page of a project's list comes out of its database, with microseconds
-- and equal times in any order; the others out of its event store, by whole seconds and falling number. A real one gave 165
-- of 250 issues to whoever followed its page tokens, 230 of them being of one time.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local http = require "http"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local NOW = "2026-11-20T12:00:00Z"

local function issues(data)
  return sentry.scenario { dialect = "sentry-23.7.1", now = NOW, clock = { fixed = NOW }, data = data }
end

-- What the server's own page tokens lead to: how many rows, how many different ones, how many in the wrong order.
local function follow(scenario, path)
  local rows, seen, different, wrong, last = 0, {}, 0, 0, "~"
  local place = path .. "?query=&sort=date&limit=100"
  repeat
    local headers = { Authorization = "Bearer " .. sentry.token }
    local response = assert(http.get(scenario.url .. "/api/0/" .. place, { headers = headers }))
    for _, row in ipairs(json.decode(response:text())) do
      rows, different = rows + 1, different + (seen[row.id] and 0 or 1)
      wrong, seen[row.id], last = wrong + (row.lastSeen > last and 1 or 0), true, row.lastSeen
    end
    local cursor = response:header "Link":match 'rel="next"; results="true"; cursor="([^"]*)"'
    place = cursor and path .. "?query=&sort=date&limit=100&cursor=" .. cursor
  until not place
  return rows, different, wrong
end

local PROJECT, ORGANIZATION = "projects/acme/web-frontend/issues/", "organizations/acme/issues/"
local TIED, CLOSE = { issues = 250, tie = 0.97 }, { issues = 330, span_hours = 0.02, disorder_ms = 900 }

local function read(scenario, mode, given)
  local before = #scenario.log "issues"
  local result = connector.read(scenario, { { "issues", mode } }, given)
  assert.equal(0, result.status, result.err)
  return result, #scenario.log "issues" - before
end

describe("issues that lie in two stores", function()
  teardown(perigee.cleanup)

  it("are lost and repeated by the server's own page tokens, but not in the organization's list", function()
    local scenario = issues(TIED)
    local rows, different = follow(scenario, PROJECT)
    assert.equal(250, rows)
    assert.is_true(different < 250)
    local _, of_organization = follow(scenario, ORGANIZATION)
    assert.equal(250, of_organization)
    local _, _, wrong = follow(issues(CLOSE), PROJECT)
    assert.is_true(wrong > 10)
  end)

  for _, mode in ipairs { "incremental", "full_refresh" } do
    it("are all read once where equal times reach over the end of the first page, " .. mode, function()
      local scenario = issues(TIED)
      assert.is_nil(connector.difference(connector.truth(scenario, "issues"), read(scenario, mode).records "issues"))
    end)

    it("are all read once where pages are in no order within a second, " .. mode, function()
      local scenario = issues(CLOSE)
      assert.is_nil(connector.difference(connector.truth(scenario, "issues"), read(scenario, mode).records "issues"))
    end)
  end

  it("cost an incremental read what is new, though the page where it stops is in no order within a second", function()
    local data = { issues = 400, span_hours = 0.02, disorder_ms = 900 }
    local scenario = issues(data)
    local function at(time) scenario.change { data = data, clock = { fixed = "2026-11-20T" .. time } } end
    read(scenario, "incremental") -- the records are made at the first request
    data.later = { { issues = 1 } }
    at "13:00:00Z"
    local state = cjson.encode(connector.states((read(scenario, "incremental"))))
    data.later[2] = { issues = 150 }
    at "14:00:00Z"
    local result, requests = read(scenario, "incremental", { state = state })
    assert.equal(150, #result.records "issues")
    assert.equal(3, requests) -- two of new ones, and a page that lies below
  end)
end)
