-- The fake Sentry 23.7.1 against what a real one answered (spec/fixtures/sentry-23.7.1): statuses, counts of rows for each
-- caller, headers, cursors, keys and types. Its scenario is arranged as the real one's database was.
local http = require "http"
local json = require "json"
local json_text = require "spec.support.json_text"
local read_file = require("spec.support.files").read
local sentry = require "spec.support.sentry"

local FOLDER = "spec/fixtures/sentry-23.7.1/"
local NOW = "2026-11-20T12:00:00Z"
local DATA = { projects = 130, deleting = 1, releases = 150, issues = 115, events = 458, issue_events = { ["0"] = 230 },
  project_issues = { backend = 5, mobile = 5, ["service-03"] = 5 } }
local LISTS = { "projects", "org_projects", "releases", "issues_emptyq", "org_issues", "events_full", "events",
  "issue_events_full", "issue_events", "teams", "organizations" }
local VOLATILE = { Date = true, Connection = true, ["Transfer-Encoding"] = true, ["Content-Encoding"] = true }
local OF_ENDPOINT = { Allow = true, ["Access-Control-Allow-Methods"] = true, Link = true, ["X-Hits"] = true }

local observed = json.decode(read_file(FOLDER .. "observed.json"))

local function real_server(more)
  local spec = { dialect = "sentry-23.7.1", now = NOW, data = DATA }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

-- A recorded path as the fake has it.
local function here(path)
  return (path:gsub("/acme/checkout/", "/acme/web-frontend/"):gsub("/issues/1/", "/issues/20/"))
end

local function ask(scenario, path, token)
  local headers = token ~= false and { Authorization = "Bearer " .. (token or sentry.token) } or {}
  local response = assert(http.get(scenario.url .. "/api/0/" .. path, { headers = headers }))
  return response, assert(response:text())
end

local function with(path, more)
  return path .. (path:find("?", 1, true) and "&" or "?") .. more
end

-- The cursor of the next page or of the one before, and whether there are rows.
local function cursor_of(response, relation)
  local link = response:header "Link" or ""
  local results, cursor = link:match('rel="' .. relation .. '"; results="(%a+)"; cursor="([^"]*)"')
  return cursor, results == "true"
end

-- All rows' texts, page by page; the status instead, where that is none of 200.
local function walk(scenario, path, token)
  local rows, pages, place = {}, 0, path
  repeat
    local response, text = ask(scenario, place, token)
    if response.status ~= 200 then return response.status end
    for _, row in ipairs(json_text.elements(text)) do rows[#rows + 1] = row end
    local cursor, more = cursor_of(response, "next")
    pages, place = pages + 1, more and with(path, "cursor=" .. cursor) or nil
  until not place
  return rows, pages
end

-- How many there are when repeats are not counted.
local function different(rows)
  local seen, count = {}, 0
  for _, row in ipairs(rows) do
    count = count + (seen[row] and 0 or 1)
    seen[row] = true
  end
  return count
end

-- How many rows a caller gets without `project=` and with -1.
local function counts(scenario, path, token)
  return { #walk(scenario, path, token), #walk(scenario, with(path, "project=-1"), token) }
end

-- Times of cursors are each server's own.
local function timeless(cursor)
  return cursor and (cursor:gsub("%d%d%d%d%d%d%d%d%d%d+", "MS"))
end

local function head(name)
  local lines, headers = read_file(FOLDER .. name .. ".http"), {}
  for key, value in lines:gmatch "\n([%w-]+): ([^\n]*)" do headers[key] = value end
  return here(lines:match "/api/0/(%S*)"), math.tointeger(lines:match "HTTP (%d+)"), headers
end

-- Adds the type of each value of a document to what its path has already.
local function add_types(text, path, types)
  local first = text:sub(1, 1)
  local kind = ({ ["{"] = "object", ["["] = "array", ['"'] = "string", t = "boolean", f = "boolean", n = "null" })[first]
  types[path] = types[path] or {}
  types[path][kind or "number"] = true
  if first == "{" then
    for key, value in pairs((json_text.members(text))) do add_types(value, path .. "." .. key, types) end
  elseif first == "[" then
    for _, value in ipairs(json_text.elements(text)) do add_types(value, path .. "[]", types) end
  end
  return types
end

local function types_of(rows)
  local types = {}
  for _, row in ipairs(rows) do add_types(row, "", types) end
  return types
end

-- What is of another type than in any recorded row.
local function strange(recorded, made)
  local found = {}
  for path, types in pairs(types_of(made)) do
    for kind in pairs(types) do
      if not (recorded[path] or {})[kind] then found[#found + 1] = path .. ": " .. kind end
    end
  end
  return found
end

describe("the fake Sentry 23.7.1", function()
  local scenario
  setup(function()
    local callers = {}
    for scope in pairs(observed.org_issues.scopes) do callers["only-" .. scope] = { scopes = { scope } } end
    scenario = real_server { callers = callers }
  end)

  for name, seen in pairs(observed) do
    local path = here(seen.path)

    if type(seen.rows) == "number" then
      it("gives each caller as many rows of " .. name .. " as the real one", function()
        local rows, pages = walk(scenario, path)
        assert.same({ pages = seen.walk.pages, rows = seen.walk.rows, unique = seen.walk.unique, cut = false },
          { pages = pages, rows = #rows, unique = different(rows), cut = false })
        if not seen.all_projects then return end
        assert.same({ seen.walk.rows, seen.all_projects }, counts(scenario, path))
        assert.same(seen.internal_integration, counts(scenario, path, sentry.tokens.integration))
        assert.same(seen.user_fay_1_team, counts(scenario, path, sentry.tokens.member))
      end)
    end

    if seen.link and seen.pp2_next then
      it("gives the cursors of " .. name .. " the real one's form", function()
        local first = ask(scenario, path)
        assert.same({ timeless(seen.link.previous), timeless(seen.link.next) },
          { timeless(cursor_of(first, "previous")), timeless(cursor_of(first, "next")) })
        local two, text = ask(scenario, with(path, "per_page=2"))
        local next, more = cursor_of(two, "next")
        assert.same({ seen.pp2_rows, timeless(seen.pp2_next) }, { #json_text.elements(text), timeless(next) })
        if not more then return assert.is_nil(seen.pp2_p2_next) end
        local second = ask(scenario, with(path, "per_page=2&cursor=" .. next))
        assert.equal(timeless(seen.pp2_p2_next), timeless(cursor_of(second, "next")))
        assert.equal(timeless(seen.pp2_p2_prev), timeless(cursor_of(second, "previous")))
      end)
    end

    it("refuses " .. name .. " as the real one does", function()
      local function same(expected, what, token)
        local response, text = ask(scenario, what, token)
        assert.equal(expected[1], response.status, what)
        if expected[2] then assert.same(json.decode(expected[2]), json.decode(text), what) end
      end
      same(seen.noscope, path, sentry.tokens.without_scope)
      same(seen.noauth, path, false)
      same(seen.outsider, path, sentry.tokens.outsider)
      for scope, status in pairs(seen.scopes) do same({ status }, path, "only-" .. scope) end
      local wrong = path:gsub("^projects/acme/[%w-]+", "projects/acme/nope"):gsub("^organizations/acme/", "organizations/nope/")
      if seen.wrong_slug then same(seen.wrong_slug, wrong) end
      if seen.badcursor then same(seen.badcursor, with(path, "cursor=garbage")) end
      if seen.pp0 then same({ seen.pp0[1] }, with(path, "per_page=0")) end
      for _, size in ipairs { "101", "x" } do
        local sized = seen.badcursor and seen["pp" .. size]
        local text = sized and type(sized[2]) == "string" and sized[2] or nil
        if sized then same({ sized[1], text }, with(path, "per_page=" .. size)) end
      end
    end)
  end

  it("shows projects in deletion to an integration's token alone", function()
    assert.equal(71, #walk(scenario, "projects/"))
    assert.equal(131, #walk(scenario, "projects/", sentry.tokens.integration)) -- README of the real one's answers
    assert.equal(404, ask(scenario, "projects/acme/service-900/").status)
  end)

  it("lets an organization's token read the releases of all projects, and nothing else", function()
    local token = sentry.tokens.organization
    assert.equal(135, #walk(scenario, "organizations/acme/releases/", token))
    for _, path in ipairs { "", "projects/", "issues/" } do
      assert.equal(403, ask(scenario, "organizations/acme/" .. path, token).status)
    end
    assert.equal(403, ask(scenario, "projects/", token).status)
  end)

  it("takes numbers for project=, and slugs for projectSlug=", function()
    local function status(query) return ask(scenario, "organizations/acme/releases/?" .. query).status end
    assert.equal(400, status "project=web-frontend")
    assert.equal(403, status "project=99999")
    assert.equal(57, #walk(scenario, "organizations/acme/releases/?project=2"))
    assert.equal(57, #walk(scenario, "organizations/acme/releases/?projectSlug=web-frontend"))
  end)

  it("tells a token's scopes at the API's root", function()
    local _, text = ask(scenario, "", "only-org:read")
    assert.same({ "org:read" }, json.decode(text).auth.scopes)
    assert.equal(401, ask(scenario, "", "unknown").status)
  end)

  it("puts the projects that a user has marked first, and the others in the order of their names", function()
    local marking = real_server { callers = { marks = { bookmarks = { "service-50" } } } }
    local rows = walk(marking, "organizations/acme/projects/", "marks")
    local slugs = {}
    for i, row in ipairs(rows) do slugs[i] = json.decode(row).slug end
    assert.equal("service-50", table.remove(slugs, 1))
    local sorted = { table.unpack(slugs) }
    table.sort(sorted)
    assert.same(sorted, slugs)
  end)

  for _, name in ipairs(LISTS) do
    it("sends the headers that came with " .. name, function()
      local path, status, headers = head(name)
      local response = ask(scenario, path)
      assert.equal(status, response.status)
      for key, value in pairs(headers) do
        local got = response:header(key)
        if not VOLATILE[key] then assert.is_string(got, key) end
        if not VOLATILE[key] and not OF_ENDPOINT[key] then assert.equal(value, got) end
      end
      local function form(link)
        return timeless(link:gsub("<http://[^/]*/[s%d]*/?api/", "<api/"):gsub('results="%a+"', ""))
      end
      if headers.Link then assert.equal(form(here(headers.Link)), form(response:header "Link")) end
      assert.equal(headers["X-Hits"] == nil, response:header "X-Hits" == nil)
    end)

    it("makes records of " .. name .. " with the keys and types of recorded ones", function()
      local recorded = json_text.elements(read_file(FOLDER .. name .. ".json"))
      local made = json_text.elements((select(2, ask(scenario, (head(name))))))
      assert.is_true(#made > 0)
      assert.same({}, strange(types_of(recorded), made))
      local _, keys = json_text.members(recorded[1])
      for _, row in ipairs(made) do assert.same(keys, (select(2, json_text.members(row)))) end
    end)
  end

  it("makes a project's and an organization's documents with the keys and types of recorded ones", function()
    for name, list in pairs { project = "projects", org = "organizations" } do -- documents say what lists say, too
      local recorded, listed = read_file(FOLDER .. name .. ".json"), json_text.elements(read_file(FOLDER .. list .. ".json"))
      local _, text = ask(scenario, (head(name)))
      assert.same({}, strange(types_of { recorded, table.unpack(listed) }, { text }))
      assert.same((select(2, json_text.members(recorded))), (select(2, json_text.members(text))))
    end
  end)

  it("writes numbers, and version texts as it reads them, into releases", function()
    for _, row in ipairs(walk(scenario, "organizations/acme/releases/?project=-1&status=")) do
      local release = json.decode(row)
      assert.equal("integer", math.type(release.id))
      assert.equal(release.version, (release.versionInfo.package ~= json.null and release.versionInfo.package .. "@" or "")
        .. release.versionInfo.version.raw)
    end
  end)

  it("refuses what is above its limits as the real one does", function()
    local limited = real_server { limits = { events = { limit = 1, window = 3600, concurrent = 5 } } }
    local path, status, headers = head "events_429"
    ask(limited, path)
    local response, text = ask(limited, path)
    assert.equal(status, response.status)
    for _, name in ipairs { "Content-Type", "X-Sentry-Rate-Limit-Remaining", "X-Sentry-Rate-Limit-ConcurrentRemaining" } do
      assert.equal(headers[name], response:header(name))
    end
    assert.is_nil(response:header "Retry-After")
    assert.equal("string", type(json.decode(text)))
  end)

  it("serves the recorded records byte for byte where a scenario wants them", function()
    local recorded = sentry.scenario { data = { fixtures = "sentry-23.7.1" } }
    for name, path in pairs { projects = "projects/", releases = "organizations/acme/releases/?status=",
      events_full = "projects/acme/checkout/events/?full=true", issues_emptyq = "projects/acme/checkout/issues/?query=" } do
      local rows = table.concat((walk(recorded, path)), "\n")
      assert.is_true(rows == table.concat(json_text.elements(read_file(FOLDER .. name .. ".json")), "\n"), name)
    end
    assert.equal(130, #walk(recorded, "organizations/acme/projects/"))
    assert.equal(200, ask(recorded, "projects/acme/billing-api/").status) -- none of the owner's teams'
  end)

  it("shows in a recorded issue that it was seen again, and keeps its other bytes", function()
    local data = { fixtures = "sentry-23.7.1" }
    local recorded = sentry.scenario { data = data, clock = { fixed = "2026-11-20T13:00:00Z" } }
    local path, before = "projects/acme/checkout/issues/?query=", {}
    for _, text in ipairs((walk(recorded, path))) do before[json.decode(text).id] = text end
    data.later = { { project = "checkout", updates = { issues = 1 } } }
    recorded.change { data = data }
    local first = walk(recorded, path)[1]
    local old = before[json.decode(first).id]
    local count = json.decode(old).count // 1 | 0
    local seen = old:gsub('("lastSeen":)"[^"]*"', '%1"2026-11-20T13:00:00Z"')
    assert.equal(seen:gsub('("count":)"%d+"', '%1"' .. count + 1 .. '"'), first)
  end)
end)

describe("the fake Sentry", function()
  it("shows a member all projects, unless membership is closed", function()
    local closed = real_server { closed_membership = true }
    local token = sentry.tokens.member
    assert.same({ 58, 58 }, counts(closed, "organizations/acme/releases/", token))
    assert.equal(130, #walk(closed, "organizations/acme/projects/", token))
    assert.equal(403, ask(closed, "projects/acme/web-frontend/", token).status)
    assert.equal(403, ask(closed, "projects/acme/web-frontend/events/", token).status)
    assert.same({ 57, 135 }, counts(closed, "organizations/acme/releases/"))
  end)

  it("refuses several projects' issues where several cannot be shown at once", function()
    local single = real_server { global_views = false }
    local response, text = ask(single, "organizations/acme/issues/?project=-1")
    assert.equal(400, response.status)
    assert.matches("multi project stream", text)
    assert.equal(200, ask(single, "organizations/acme/issues/?project=2").status)
  end)

  it("knows no project -1 where it is a Sentry 9.1.2, and no project= where it is a GlitchTip", function()
    local function releases(dialect, query)
      return ask(sentry.scenario { dialect = dialect, data = { teams = true } }, "organizations/acme/releases/?" .. query).status
    end
    assert.same({ 200, 403 }, { releases("sentry9", ""), releases("sentry9", "project=-1") })
    assert.same({ 200, 200 }, { releases("glitchtip", ""), releases("glitchtip", "project=-1") })
    assert.same({ 200, 200 }, { releases("sentry", ""), releases("sentry", "project=-1") })
  end)

  it("sends null for a record that it cannot serialise, and does not count it among those that can be read", function()
    local scenario = real_server { data = { releases = 20, nulls = { releases = 5 }, archived = 0, teams = false } }
    local nulls = 0
    for _, row in ipairs(walk(scenario, "organizations/acme/releases/")) do nulls = nulls + (row == "null" and 1 or 0) end
    assert.equal(4, nulls)
    assert.equal(16, #scenario.truth().releases)
  end)
end)

describe("equal times", function()
  -- All of one time: `tie` is the share of records that repeat the time before.
  local function tied(dialect, count)
    return sentry.scenario { dialect = dialect, now = NOW, unstable_ties = true,
      data = { releases = count, tie = 1, archived = 0, teams = false } }
  end

  local function releases(scenario, query)
    return walk(scenario, "organizations/acme/releases/?" .. query)
  end

  for dialect, size in pairs { sentry = "per_page", sentry9 = "per_page", ["sentry-23.7.1"] = "per_page", glitchtip = "limit" } do
    it("are lost and repeated at a page's border, the same ones in each pass, of " .. dialect, function()
      local scenario = tied(dialect, 60)
      local seen = releases(scenario, size .. "=7")
      assert.equal(60, #seen)
      assert.is_true(different(seen) < 60)
      assert.same(seen, releases(scenario, size .. "=7"))
    end)

    it("are whole within one answer of " .. dialect, function()
      local scenario = tied(dialect, 60)
      assert.equal(60, different(releases(scenario, size .. "=100")))
    end)

    it("stand still in a scenario for " .. dialect .. " that wants it so", function()
      local scenario = sentry.scenario { dialect = dialect, now = NOW, unstable_ties = false,
        data = { releases = 60, tie = 1, archived = 0, teams = false } }
      assert.equal(60, different(releases(scenario, size .. "=7")))
    end)
  end

  it("come whole where no page's border falls among them", function()
    local size, scenario = 14, sentry.scenario { dialect = "sentry-23.7.1", now = NOW,
      data = { releases = 90, tie = 0.6, archived = 0, teams = false } }
    local pages, cut, came = {}, 0, {}
    for i, row in ipairs(releases(scenario, "per_page=100")) do -- all in one answer: each tie stands together
      local time, page = json.decode(row).dateCreated, (i - 1) // size
      if pages[time] and pages[time] ~= page then cut = cut + 1 end
      pages[time] = pages[time] and pages[time] ~= page and -1 or page
    end
    assert.is_true(cut > 0)
    local walked = releases(scenario, "per_page=" .. size)
    for _, row in ipairs(walked) do came[json.decode(row).version] = true end
    assert.is_true(different(walked) < #walked)
    for _, row in ipairs(releases(scenario, "per_page=100")) do
      local release = json.decode(row)
      if pages[release.dateCreated] >= 0 then assert.is_true(came[release.version]) end
    end
  end)

  it("are met whole by a page of another size that holds them: v:k:0 gives the rows from v*k on", function()
    local data = { releases = 90, archived = 0, teams = false }
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", now = NOW, data = data }
    local all = releases(scenario, "per_page=100")
    for _, page in ipairs { { 1, 0 }, { 1, 89 }, { 13, 4 }, { 45, 1 }, { 100, 0 } } do
      local v, k = page[1], page[2]
      local _, text = ask(scenario, ("organizations/acme/releases/?per_page=%d&cursor=%d:%d:0"):format(v, v, k))
      assert.same({ table.unpack(all, v * k + 1, math.min(v * k + v, #all)) }, json_text.elements(text))
    end
  end)
end)
