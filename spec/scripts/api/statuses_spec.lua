-- What statuses of another API mean, and the headers that tell its limits: by default, and as a stream says.
local clock = require "clock"
local connector = require "spec.support.connector"
local http = require "http"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"
local sentry = require "spec.support.sentry"

local ROWS = scripted_api.rows(1, 2)
local GOOD = { body = ROWS }

local function answer(status, headers, body) return { status = status, headers = headers, body = body or {} } end

-- A list that is answered so first, and then well; what comes out, and what went before.
local function first(name, given, more)
  local form = { name, stream = "", answers = { items = { given, GOOD } }, ids = { 1, 2 } }
  for field, value in pairs(more or {}) do form[field] = value end
  return form
end

local FAILS, LIMITED = { ids = {}, fails = true, requests = 1 }, { limited = true }

-- A child of three parents, one of which is answered so.
local function child(name, given, stream, more)
  local form = { name, ids = { 1, 3 }, answers = {
    ["of/1"] = { body = scripted_api.rows(1, 1) }, ["of/2"] = given, ["of/3"] = { body = scripted_api.rows(3, 3) },
  }, stream = 'path = "of/{parent.id}", parent = function() return { { id = 1 }, { id = 2 }, { id = 3 } } end, ' .. stream }
  for field, value in pairs(more or {}) do form[field] = value end
  return form
end

local function pages(name, last, paging, statuses)
  return { name, ids = { 1, 2 }, stream = ("records = 'data', paging = %s, statuses = %s"):format(paging, statuses), answers = {
    items = { body = { data = scripted_api.rows(1, 2), next = "t" } }, ["items?c=t"] = last,
    ["items?p=1"] = { body = { data = scripted_api.rows(1, 2) } }, ["items?p=2"] = last,
  } }
end

local forms = {
  first("200", GOOD), first("201", answer(201, {}, ROWS)), first("203", answer(203, {}, ROWS)),
  first("299", answer(299, {}, ROWS)), first("204", answer(204), { ids = {} }),
  first("205", answer(205, {}, {}), { ids = {} }),
  first("204 for one record", answer(204), { ids = {}, stream = "single = true" }),
  first("206, which is a part", answer(206, {}, scripted_api.rows(1, 1)), FAILS),
  first("304, which is nothing", answer(304), FAILS),
  first("409", answer(409), FAILS), first("423", answer(423), FAILS), first("430", answer(430), FAILS),
  first("403", answer(403), FAILS), first("403 with requests left", answer(403, { ["X-RateLimit-Remaining"] = "7" }), FAILS),
  -- Limits
  first("429", answer(429), LIMITED),
  first("403 with Retry-After", answer(403, { ["Retry-After"] = "0.01" }), LIMITED),
  first("403 without requests left", answer(403, { ["X-RateLimit-Remaining"] = "0", ["X-RateLimit-Reset"] = "0" }), LIMITED),
  first("403 without requests left, by a draft", answer(403, { RateLimit = '"default";r=0;t=0' }), LIMITED),
  first("403 without requests left, by an older draft", answer(403, { ["RateLimit-Remaining"] = "0" }), LIMITED),
  first("403 without requests left in a header of its own", answer(403, { ["X-Left"] = "0" }),
    { limited = true, stream = 'limits = { limit = "X-Most", remaining = "X-Left" }' }),
  -- As a stream says
  first("409 that is tried again", answer(409), { stream = "statuses = { retry = { 409, 430 } }" }),
  first("430 that is tried again", answer(430), { stream = "statuses = { retry = { 409, 430 } }" }),
  { "409 for ever", stream = "statuses = { retry = { 409 } }", answers = { items = answer(409) }, ids = {}, fails = true,
    requests = 6 },
  first("404 that is an end, on the first page", answer(404), { ids = {}, stream = "statuses = { stop = { 404 } }" }),
  pages("404 that is an end, behind a token", answer(404), '{ cursor = "c", next = "next" }', "{ stop = { 404 } }"),
  pages("422 that is an end, behind a number", answer(422), '{ page = "p" }', "{ stop = { 422 } }"),
  child("404 of one parent", answer(404), ""),
  child("410 of one parent", answer(410), "", { fails = true }),
  child("410 of one parent, to be passed over", answer(410), "statuses = { skip = { 410, 451 } }", { left_out = true }),
  child("451 of one parent, to be passed over", answer(451), "statuses = { skip = { 410, 451 } }", { left_out = true }),
  child("410 of one record, to be passed over", answer(410), "single = true, statuses = { skip = { 410 } }",
    { ids = {}, fails = true }), -- the others are lists
}

-- Headers by which a page of limits says that nothing is left for two seconds.
local paced = {
  { "X-RateLimit, in seconds since 1970", 'limits = "X-RateLimit"',
    { ["X-RateLimit-Limit"] = "60", ["X-RateLimit-Remaining"] = "0", ["X-RateLimit-Reset"] = "{now+2}" } },
  { "X-RateLimit, in milliseconds", 'limits = "X-RateLimit"',
    { ["X-RateLimit-Limit"] = "60", ["X-RateLimit-Remaining"] = "0", ["X-RateLimit-Reset"] = "{ms+2}" } },
  { "X-RateLimit, in seconds from now", 'limits = "X-RateLimit"',
    { ["X-RateLimit-Limit"] = "60", ["X-RateLimit-Remaining"] = "0", ["X-RateLimit-Reset"] = "2" } },
  { "RateLimit by its third draft", 'limits = "RateLimit"',
    { ["RateLimit-Limit"] = "60", ["RateLimit-Remaining"] = "0", ["RateLimit-Reset"] = "2" } },
  { "RateLimit by its seventh draft", 'limits = "RateLimit"', { RateLimit = "limit=60, remaining=0, reset=2" } },
  { "RateLimit by its tenth draft", 'limits = "RateLimit"',
    { RateLimit = '"default";r=0;t=2', ["RateLimit-Policy"] = '"default";q=60;w=60' } },
  { "names of its own", 'limits = { limit = "X-Most", remaining = "X-Left", reset = "X-End" }',
    { ["X-Most"] = "60", ["X-Left"] = "0", ["X-End"] = "{now+2}" } },
}
local first_paced = #forms + 1
for _, case in ipairs(paced) do
  forms[#forms + 1] = { case[1], answers = {
    items = { headers = case[3], body = { data = ROWS, next = "t" } },
    ["items?c=t"] = { body = { data = scripted_api.rows(3, 4), next = false } },
  }, stream = 'records = "data", paging = { cursor = "c", next = "next" }, primary_key = nil, ' .. case[2] }
end
local growing = #forms + 1
for _, value in ipairs { "0", "-5", "Fri, 20 Nov 2020 11:00:00 GMT" } do
  forms[#forms + 1] = { "Retry-After: " .. value, stream = "", answers = { items = answer(429, { ["Retry-After"] = value }) } }
end

describe("a status of another API", function()
  local api = scripted_api.serve(setup, teardown, forms, 0)

  for i = 1, first_paced - 1 do
    local form = forms[i]
    it("means what it should: " .. form[1], function()
      local reading = api.read(i)
      local logs = connector.logs(reading.result)
      table.sort(reading.ids)
      assert.same(form.ids, reading.ids, logs)
      assert.equal(not form.fails, reading.complete, logs)
      if form.requests then assert.equal(form.requests, #reading.asked, logs) end
      if form.left_out then assert.is_truthy(logs:find("the parent 2 is left out, as `statuses` says", 1, true), logs) end
      local limited = false
      for _, status in ipairs(connector.statuses(reading.result, "mine")) do limited = limited or status == "RATE_LIMITED" end
      assert.equal(form.limited or false, limited)
    end)
  end

  for i = first_paced, growing - 1 do
    it("is paced before it is a refusal, by " .. forms[i][1], function()
      local began = clock.now()
      local reading = api.read(i)
      assert.same({ 1, 2, 3, 4 }, reading.ids)
      assert.is_true(clock.now() - began > 900000, "it did not wait")
    end)
  end

  it("that says to wait for no time, or for one that is past, is waited for longer each time", function()
    for i = growing, #forms do
      local reading = api.read(i, { words = { "--rate-limit-patience=1", "--retry-base=0.01" } })
      assert.is_false(reading.complete)
      assert.is_true(#reading.asked >= 3 and #reading.asked <= 20, forms[i][1] .. ": " .. #reading.asked .. " requests")
    end
  end)

  it("is refused in `statuses` where it makes no sense", function()
    local cases = {
      ["{ retry = { 200 } }"] = "'statuses' must be lists of statuses, each once",
      ["{ stop = { 404 }, retry = { 404 } }"] = "'statuses' must be lists of statuses, each once",
      ["{ retyr = { 409 } }"] = "'statuses' must be lists of statuses, each once",
      ["{}"] = "'statuses' must be lists of statuses, each once",
      ["{ skip = { 410 } }"] = "there is no 'parent'",
    }
    for text, wanted in pairs(cases) do
      forms[1].stream = "statuses = " .. text
      local failure = api.read(1).failure
      forms[1].stream = ""
      assert.is_truthy(failure and failure.message:find(wanted, 1, true), text .. ": " .. (failure and failure.message or "none"))
    end
  end)
end)

describe("a page without content", function()
  local DOCUMENT = [[read = function(context)
    local nothing = context:get("items")
    context:emit { id = nothing == require("json").null and "null" or "else" }
  end]]

  it("is null where a script asks for a document", function()
    local api = scripted_api.start { { "204", stream = DOCUMENT, answers = { items = answer(204) } } }
    local reading = api.read(1)
    assert.same({ "null" }, reading.ids, connector.logs(reading.result))
    api.stop()
    perigee.cleanup()
  end)

  it("is no end of a list whose Link header must say that it ends", function()
    local place = sentry.scenario { data = { events = 250 },
      faults = { { fault = "status", path = "projects/acme/web-frontend/events/", status = 204, request = 2, times = -1 } } }
    local result = connector.read(place, { "events" })
    assert.equal(250, #result.records(), connector.logs(result))
    perigee.cleanup()
  end)
end)

describe("headers of limits", function()
  it("are read by several names, and as members of one", function()
    local headers = { RateLimit = '"a";r=7;t=30, "b";r=9', ["RateLimit-Policy"] = '"a";q=100;w=60', ["X-Odd"] = "xr=1;r2=2" }
    local api = scripted_api.start { { "headers", stream = "", answers = { items = { headers = headers, body = {} } } } }
    local url = api.base(1) .. "items"
    http.limits(url, { limit = "No|RateLimit-Policy:q", remaining = "RateLimit:r", concurrent_limit = "X-Odd:r" })
    local said = assert(http.get(url)):limits()
    assert.same({ 100, 7, nil }, { said.limit, said.remaining, said.concurrent_limit })
    http.limits(url, { limit = "X-Odd:r2|RateLimit-Policy:q", reset = "RateLimit:t" })
    said = assert(http.get(url)):limits()
    assert.same({ 2, 30.0 }, { said.limit, said.seconds })
    api.stop()
    perigee.cleanup()
  end)

  it("are those of the limit that allows least, where a server says several", function()
    local several = {
      { '"burst";r=50;t=3, "day";r=0;t=40', '"burst";q=100;w=60, "day";q=1000;w=86400', { 1000, 0, 40.0 } },
      { '"day";r=9;t=40,"burst";r=2;t=3', '"day";q=1000, "burst";q=100', { 100, 2, 3.0 } },
      { '"a;r=9, b";pk=:abc=:;r=3;t=5', '"c";q=7', { 7, 3, 5.0 } }, { '"a\\"r=1";t=5', '', { nil, nil, 5.0 } },
      { "limit=60, remaining=5, reset=7", "60;w=60", { nil, nil, nil } },
    }
    for i, case in ipairs(several) do
      several[i].answers = { items = { headers = { RateLimit = case[1], ["RateLimit-Policy"] = case[2] }, body = {} } }
      several[i].stream = ""
    end
    local api, found = scripted_api.start(several), {}
    for i in ipairs(several) do
      local url = api.base(i) .. "items"
      http.limits(url, { limit = "RateLimit-Policy:q", remaining = "RateLimit:r", reset = "RateLimit:t" })
      local said = assert(http.get(url)):limits()
      found[i] = { said.limit, said.remaining, said.seconds }
    end
    api.stop()
    perigee.cleanup()
    for i, case in ipairs(several) do assert.same(case[3], found[i], case[1]) end
  end)
end)
