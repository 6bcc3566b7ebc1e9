-- What servers and networks do to an answer (spec/support/fault_table.lua), on every kind of list beside those of faults_spec:
-- each fault strikes one of them, in turn, on one of its pages. Once, and the read is whole; each time, and it says why
-- it is not.
local cjson = require "cjson"
local connector = require "spec.support.connector"
local faults = require "spec.support.fault_table"
local counted = require "spec.support.counted"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local NOW, START, SIZE = "2026-11-01T12:00:00Z", "2026-10-29T00:00:00Z", 4
local WORDS = { "--retry-attempts=3", "--rate-limit-patience=0.1" }

-- One stream of each kind; `path` is of one of its lists. Those of one page have no Link header, and a document has no rows.
local KINDS = {
  { stream = "members", path = "/members/$" }, -- pages with numbers
  { stream = "project_keys", path = "web-frontend/keys/$" }, -- by falling id
  { stream = "project_users", path = "web-frontend/users/$" }, -- by date, in an order
  { stream = "discover_saved", path = "/saved/$" }, -- rows counted
  { stream = "filters", path = "web-frontend/filters/$", unpaged = true }, -- one answer
  { stream = "audit_logs", path = "/audit-logs/$" }, -- rows within an object
  { stream = "repository_commits", path = "/repos/2/commits/$" }, -- hangs on another list
  { stream = "team_members", path = "teams/acme/data/members/$" }, -- likewise, without an order
}
-- Kinds that came later, of which every second fault strikes one: what is asked for in slices of time, a list that hangs on one
-- that hangs on another, and counts over time, whose second request is struck.
local LATER = {
  { stream = "replays", path = "/replays/$", unpaged = true, within = true },
  { stream = "issue_tag_values", path = "/issues/[0-9]+/tags/tag1/values/$" },
  { stream = "stats_v2", path = "/stats_v2/$", unpaged = true, grid = true },
  { stream = "sessions", path = "/sessions/$", unpaged = true, grid = true },
}
local COUNTS = { members = 10, project_keys = 10, project_users = 10, discover_saved = 10, filters = 4, audit_logs = 10,
  repositories = 3, repository_commits = 10, team_members = 10,
  replays = 4, issue_tags = 2, issue_tag_values = 10 }
local SCOPES = { "event:read", "member:read", "org:read", "org:write", "project:read", "team:read" }
local PAGES = { "first", 2, "last" }

-- What says something of one form of answer only, takes seconds, or needs a server of its own.
local function is_for(case, kind)
  local more = case[3]
  local of_some = more.streams or more.dialects or more.server or more.alone or more.words or more.edited or more.positions
    or more.from
  local fault = case[2].fault
  local of_array = fault == "object" or fault == "wrong_order" or fault == "malformed"
  if of_some or of_array and (kind.stream == "audit_logs" or kind.within or kind.grid) then return false end
  return not (kind.unpaged and (fault:find "^link" or fault == "no_link" or fault:find "^empty_"))
end

local function page_of(case, kind, number)
  local pages = case[3].pages
  if kind.unpaged then return "first" end
  local page = PAGES[number % #PAGES + 1]
  return pages and page == "last" and pages[#pages] ~= "last" and "first" or page
end

local function scenario_of(case, kind, page, times)
  local fault = { path = kind.path, page = not kind.grid and page or nil, times = times,
    request = kind.grid and times == 1 and 2 or nil }
  for name, value in pairs(case[2]) do fault[name] = value end
  return sentry.scenario { dialect = "sentry-23.7.1", now = NOW, clock = { fixed = NOW }, page_size = SIZE, gzip = true,
    data = { events = 0, issues = 2, releases = 0, lists = COUNTS }, faults = { fault },
    callers = { [sentry.tokens.owner] = { kind = "owner", scopes = SCOPES } } }
end

local function read(scenario, kind, state)
  local config = kind.grid and { start_date = START } or nil
  local mode = dofile("scripts/streams/" .. kind.stream .. ".lua").cursor and "incremental" or "full_refresh"
  return connector.read(scenario, { { kind.stream, mode } }, { words = WORDS, state = state, config = config })
end

local function numbers_of(texts)
  local list = {}
  for i, text in ipairs(texts) do
    local record = cjson.decode(text)
    local of = record.team_id or record.repository_id or record.tag and record.issueId .. record.tag .. record.value or ""
    list[i] = record.id and tostring(record.id) .. of or record.tag and of or text
  end
  table.sort(list)
  return list
end

local all_kinds = table.move(LATER, 1, #LATER, #KINDS + 1, table.move(KINDS, 1, #KINDS, 1, {}))
local wholes = {}

local function whole(kind)
  wholes[kind.stream] = wholes[kind.stream] or numbers_of(read(scenario_of({ {}, { fault = "delay", ms = 0 } }, kind, "first", 1),
    kind).records())
  return wholes[kind.stream]
end

local function assert_struck(scenario)
  for _, request in ipairs(scenario.log()) do
    if request.fault then return end
  end
  error "no answer had the fault"
end

local function is_part(part, all)
  local left = {}
  for _, one in ipairs(all) do left[one] = true end
  for _, one in ipairs(part) do
    if not left[one] then return false end
    left[one] = nil
  end
  return true
end

-- Each record came, in one of two reads.
local function assert_hold_all(kind, first, second)
  local met = {}
  for _, texts in ipairs { first, second } do
    for _, one in ipairs(numbers_of(texts)) do met[one] = true end
  end
  for _, one in ipairs(whole(kind)) do assert.is_true(met[one], one) end
end

describe("a fault of an answer", function()
  teardown(perigee.cleanup)

  it("strikes lists that hold what is expected of them", function()
    for _, kind in ipairs(all_kinds) do assert.is_true(#whole(kind) >= 4, kind.stream) end
  end)

  local cases = {}
  local function add(case, kind, number)
    if is_for(case, kind) then cases[#cases + 1] = { case, kind, page_of(case, kind, number) } end
  end
  for number, case in ipairs(faults) do
    add(case, KINDS[number % #KINDS + 1], number // #KINDS)
    if number % 2 == 0 then add(case, LATER[number // 2 % #LATER + 1], number // 2 // #LATER) end
  end

  setup(function() counted(#cases, "faults of a server") end)

  for _, entry in ipairs(cases) do
    local case, kind, page = table.unpack(entry)
    local name, more = ("%s on the %s page of %s"):format(case[1], page == 2 and "second" or page, kind.stream), case[3]
    if more.passes ~= false then
      it(name .. ", once: all comes", function()
        local scenario = scenario_of(case, kind, page, 1)
        local result = read(scenario, kind)
        assert.equal(0, result.status, connector.logs(result))
        assert.same(whole(kind), numbers_of(result.records()))
        assert_struck(scenario)
      end)
    end
    if type(more.stays) == "table" then
      it(name .. ", each time: the stream says why it ends, and its last state brings the rest", function()
        local scenario = scenario_of(case, kind, page, -1)
        local result = read(scenario, kind)
        local errors = connector.errors(result, kind.stream)
        assert.equal(1, result.status)
        assert.equal(1, #errors)
        assert.is_truthy(errors[1].message:find(more.stays[2], 1, true), errors[1].message)
        local came = result.records()
        assert.is_true(is_part(numbers_of(came), whole(kind)))
        scenario.change { faults = {} }
        local states = connector.states(result)
        local rest = read(scenario, kind, #states > 0 and states or nil)
        assert.equal(0, rest.status, connector.logs(rest))
        assert_hold_all(kind, came, rest.records())
      end)
    end
  end
end)
