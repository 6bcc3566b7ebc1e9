-- The contract of a stream, field by field, for streams of a user's own.
local connector = require "spec.support.connector"
local contract = require "contract"
local json = require "json"
local other_api = require "spec.support.other_api"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local folders = 0

-- A folder with these scripts, by name.
local function scripts(by_name)
  folders = folders + 1
  local path = perigee.folder("streams" .. folders)
  for name, text in pairs(by_name) do perigee.write(text, ("streams%d/%s"):format(folders, name:find "%." and name or name .. ".lua")) end
  return path
end

-- Reads one stream of these scripts.
local function read(scenario, by_name, entry, given)
  given = given or {}
  given.words = { "--scripts", scripts(by_name), table.unpack(given.words or {}) }
  return connector.read(scenario, { entry }, given)
end

local function decoded(result)
  local list = {}
  for i, text in ipairs(result.records()) do list[i] = json.decode(text) end
  return list
end

local function error_of(result, stream)
  assert.equal(1, result.status)
  local told = connector.errors(result, stream)
  assert.equal(1, #told)
  return told[1].message, told[1].failure_type
end

describe("docs/streams.md and docs/api/stream.d.lua", function()
  local function text_of(path)
    local file = assert(io.open(path))
    local text = file:read "a"
    file:close()
    return text
  end

  local function sorted(text, pattern)
    local names = {}
    for name in text:gmatch(pattern) do names[#names + 1] = name end
    table.sort(names)
    return names
  end

  it("tell of every field of the contract, and of no other", function()
    local fields, of_cursor = contract.fields()
    local page, editors = text_of "docs/streams.md", text_of "docs/api/stream.d.lua"
    assert.same(fields, sorted(page:match "## The fields(.-)\n## ", "\n| `([%w_]+)` "))
    assert.same(fields, sorted(editors:match "class stream\n(.-)\n\n", "@field ([%w_]+)"))
    assert.same(of_cursor, sorted(editors:match "class stream_cursor\n(.-)\n\n", "@field ([%w_]+)"))
  end)
end)

describe("the contract", function()
  local wrong = {
    { "filter", "true", "'filter' must be a function" },
    { "parent", "5", "'parent' must be a stream's name, or a function" },
    { "parent", '"mine"', "'parent' cannot be the stream itself" },
    { "base", '"api.example.com"', "'base' must be an address" },
    { "base", '"https://user@api.example.com/"', "'base' must be an address" },
    { "auth", '{ "Bearer" }', "'auth' must be a table of headers" },
    { "paging", '{ page = "page", frist = 1 }', "'paging' must be" },
    { "paging", '{ cursor = "cursor" }', "'paging' must be" },
    { "paging", '"pages"', "'paging' must be" },
    { "page_size", "{ a = 1, b = 2 }", "'page_size' must be a number of rows" },
    { "page_size", "0", "'page_size' must be" },
    { "hosts", '"api.example.com"', "'hosts' must be a list" },
    { "tests", '{ "one" }', "'tests' must be" },
    { "read", '"x"', "'read' must be a function" },
    { "read", "function() end, parent = 'issues'", "'parent' has no meaning beside 'read'" },
    { "rows", '"data"', "there is no field 'rows'" },
    { "record", '"data"', "did you mean 'records'?" },
    { "path", '"x/{parent.id}/"', "there is no 'parent'" },
  }
  for _, case in ipairs(wrong) do
    it(("refuses %s = %s"):format(case[1], case[2]), function()
      local text = ('return { name = "mine", path = "x/", %s = %s }'):format(case[1], case[2])
      local _, message = contract.check(load(text)(), "mine")
      assert.is_truthy(message and message:find(case[3], 1, true), tostring(message))
    end)
  end

  it("takes each form of paging, page sizes and tests", function()
    for _, paging in ipairs { "none", { page = "p" }, { page = "p", first = 0 }, { offset = "o" }, { cursor = "c", next = "a.b" },
      { next = "n" }, { link = true }, function() end } do
      assert(contract.check({ name = "mine", path = "x", base = "https://a.example/", paging = paging }, "mine"))
    end
    assert(contract.check({ name = "mine", path = "x", page_size = 10, tests = { works = print } }, "mine"))
    assert(contract.check({ name = "mine", read = print, page_size = nil, tests = { { "works", print } } }, "mine"))
  end)
end)

describe("params, paths and hooks", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = { issues = 7 }, page_size = 3 } end)
  teardown(perigee.cleanup)

  local function issues(more)
    return { mine = [[return { name = "mine", path = "projects/{organization}/{project}/issues/", primary_key = "id",
      cursor = { field = "lastSeen", ordered_by = { "lastSeen" } }, params = { query = "" }, ]] .. more .. "}" }
  end

  it("may be a function of the context", function()
    local made = issues [[]]
    made.mine = made.mine:gsub('{ query = "" }', "function(context) return { query = '', seen = context.config.organization } end")
    local result = read(scenario, made, "mine")
    assert.equal(7, #result.records())
    assert.equal("acme", scenario.log("issues")[1].query.seen)
  end)

  it("say what is wrong with what a function gave, or with a placeholder", function()
    local made = issues ""
    made.mine = made.mine:gsub('{ query = "" }', "function() end")
    assert.is_truthy(error_of(read(scenario, made, "mine"), "mine"):find("'params' must return a table", 1, true))
    for placeholder, why in pairs { auth_token = "is a secret", nowhere = "is not there" } do
      local text = ('return { name = "mine", path = "x/{%s}/" }'):format(placeholder)
      assert.is_truthy(error_of(read(scenario, { mine = text }, "mine"), "mine"):find(why, 1, true))
    end
  end)

  it("filter and transform what goes out, byte for byte but for what they touch", function()
    local held = connector.truth(scenario, "issues")
    local second = json.decode(held[2]).id
    local result = read(scenario, issues('filter = function(record, context) return record.id ~= "' .. second .. [[" and context.config.project ~= nil end,
      transform = function(record) return record:without("id"):set("mine", { record.shortId }) end,]]), "mine")
    assert.equal(0, result.status, connector.logs(result))
    local wanted = {}
    for i, text in ipairs(held) do
      local short = json.encode(json.decode(text).shortId)
      local id = '"id": ?"' .. json.decode(text).id .. '", ?'
      if i ~= 2 then wanted[#wanted + 1] = text:gsub(id, "", 1):gsub("}$", function() return ',"mine":[' .. short .. "]}" end) end
    end
    assert.is_nil(connector.difference(wanted, result.records()))
  end)

  it("let records that were held back count as read", function()
    local folder = issues "filter = function() return false end,"
    local first = read(scenario, folder, { "mine", "incremental" })
    assert.same({}, first.records())
    local first_asked = #scenario.log "issues"
    local second = read(scenario, folder, { "mine", "incremental" }, { state = connector.states(first) })
    assert.equal(0, second.status)
    local second_asked = #scenario.log "issues" - first_asked
    read(scenario, issues "", { "mine", "incremental" }, { state = connector.states(first) })
    assert.equal(second_asked, #scenario.log "issues" - first_asked - second_asked)
    assert.equal(connector.state(first, "mine").lastSeen, connector.state(second, "mine").lastSeen)
  end)

  it("that raise send nothing of their page, and name script and line", function()
    local count = 0
    local result = read(scenario, issues [[
      filter = (function() local n = 0 return function(record)
        n = n + 1
        if n == 5 then error("five is too many") end
        return true
      end end)(),]], "mine")
    local message, kind = error_of(result, "mine")
    assert.is_truthy(message:find "mine%.lua:%d+: five is too many", message)
    assert.equal("config_error", kind)
    for _ in ipairs(result.records()) do count = count + 1 end
    assert.equal(3, count)
    assert.same({ "STARTED", "RUNNING", "INCOMPLETE" }, connector.statuses(result, "mine"))
  end)

  it("cannot wait, and cannot keep a record", function()
    local waiting = read(scenario, issues 'filter = function() require("tasks").sleep(0) return true end', "mine")
    assert.is_truthy(error_of(waiting, "mine"):find("cannot be called in a filter", 1, true))
    local keeping = read(scenario, issues [[filter = (function() local kept return function(record)
      if kept then return kept.id end
      kept = setmetatable({}, { __index = function(_, name) return record[name] end })
      return true
    end end)()]], "mine")
    assert.is_truthy(error_of(keeping, "mine"):find("a record can be used only within its hook", 1, true))
  end)
end)

describe("a schema", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = { issues = 7 }, page_size = 3 } end)
  teardown(perigee.cleanup)

  local function mine(schema)
    return ('return { name = "mine", path = "projects/{organization}/{project}/issues/", primary_key = "id", schema = %s }'):format(schema)
  end

  it("that records depart from is told of once, each field, and nothing is dropped", function()
    local held = json.decode(connector.truth(scenario, "issues")[1])
    local parts = {}
    for name in pairs(held) do if name ~= "title" then parts[#parts + 1] = name .. " = {}" end end
    local schema = "{ properties = { " .. table.concat(parts, ",") .. ", status = { type = 'integer' } } }"
    local result = read(scenario, { mine = mine(schema) }, "mine")
    assert.equal(7, #result.records())
    local warnings, lines = connector.logs(result, "WARN"), 0
    for line in warnings:gmatch "[^\n]+" do if line:find "depart from" then lines = lines + 1 end end
    assert.equal(1, lines)
    assert.is_truthy(warnings:find("'title' (string) is not in it", 1, true), warnings)
    assert.is_truthy(warnings:find("'status' is string, where it says integer", 1, true), warnings)
  end)

  it("that is none has no drift", function()
    local text = mine "nil"
    assert.is_nil(connector.logs(read(scenario, { mine = text }, "mine"), "WARN"):find "depart")
  end)

  it("may be a file beside the script, by its name or by the stream's; a broken one is told of", function()
    local good = '{"type":"object",\n"properties":{"id":{"type":"string"}}}'
    for name, text in pairs { ["own.json"] = mine '"own.json"', ["mine.json"] = mine "nil" } do
      local result = perigee.run { "discover", "--scripts", scripts { mine = text, [name] = good } }
      assert.equal(0, result.status)
      local found
      for _, stream in ipairs(result.of("CATALOG")[1].streams) do
        if stream.name == "mine" then found = stream.json_schema.properties.id.type end
      end
      assert.equal("string", found)
    end
    local broken = perigee.run { "discover", "--scripts", scripts { mine = mine "nil", ["mine.json"] = '{"type":}' } }
    assert.equal(1, broken.status)
    assert.is_truthy(connector.errors(broken)[1].message:find("mine.json: is not JSON: line 1", 1, true))
  end)
end)

describe("paging of another API", function()
  local api, scenario
  setup(function()
    api, scenario = other_api.start(perigee.write("", "asked.log")), sentry.scenario {}
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function mine(path, more)
    return { mine = ([[return { name = "mine", base = "%s", hosts = { "%s" }, path = "%s", records = "data.items",
      primary_key = "id", auth = { Authorization = "Token {secrets.knowledge_base}" }, %s }]]):format(api.url,
      api.url:match "//([^/]*)", path, more) }
  end

  -- Reads such a stream; returns the ids, what was asked in the first pass, and the result.
  local function run(path, more, entry, given)
    given = given or {}
    given.config = other_api.secrets(api)
    local before = #api.asked()
    local result = read(scenario, mine(path, more), entry or "mine", given)
    local ids, asked = {}, {}
    for _, record in ipairs(decoded(result)) do ids[#ids + 1] = record.id end
    for i = before + 1, #api.asked() do asked[#asked + 1] = api.asked()[i] end
    return ids, asked, result
  end

  local ALL = { 1, 2, 3, 4, 5, 6, 7 }

  it("goes by numbers, from the first that the script names, and ends on a short page once full ones were seen", function()
    local ids, asked = run("articles", 'paging = { page = "page" }, page_size = { per_page = 3 }')
    assert.same(ALL, ids)
    assert.same({ "/v1/articles?page=1&per_page=3", "/v1/articles?page=2&per_page=3", "/v1/articles?page=3&per_page=3" },
      { asked[1], asked[2], asked[3] })
  end)

  it("does not take a page for the last one where the server caps its pages in silence", function()
    assert.same(ALL, (run("capped", 'paging = { page = "page" }, page_size = { per_page = 5 }')))
  end)

  it("goes by offsets", function()
    assert.same(ALL, (run("offset", 'paging = { offset = "offset" }, page_size = { limit = 3 }')))
  end)

  it("goes by a cursor in the answer", function()
    assert.same(ALL, (run("cursor", 'paging = { cursor = "cursor", next = "meta.next" }')))
  end)

  it("goes by an address in the answer, or in a Link header, with all of its parameters", function()
    local ids, asked = run("url", 'paging = { next = "meta.next" }, params = { from = 0 }')
    assert.same(ALL, ids)
    assert.equal("/v1/url?from=3&tag=a%20b&tag=c", asked[2])
    assert.same(ALL, (run("link", "paging = { link = true }")))
  end)

  it("goes by a function of the script", function()
    local ids = run("cursor", [[paging = function(response, page)
      local next_one = page:value "meta.next"
      return next_one ~= require("json").null and { cursor = next_one } or nil
    end]])
    assert.same(ALL, ids)
  end)

  it("may be none at all", function()
    local ids, asked = run("cursor", 'paging = "none"')
    assert.same({ 1, 2, 3 }, ids)
    assert.equal(1, #asked)
  end)

  it("is an error where the answer says nothing of a next page, names one elsewhere, or one that came before", function()
    local cases = {
      { "cursor", 'paging = { cursor = "cursor", next = "mtea.next" }', "the answer has no 'mtea.next'" },
      { "elsewhere", 'paging = { next = "meta.next" }', "names a next page elsewhere" },
      { "stuck", 'paging = { cursor = "cursor", next = "meta.next" }', "came twice: the list does not end" },
      { "articles", 'paging = { page = "page" }, records = "data.itmes"', "no such member" },
    }
    for _, case in ipairs(cases) do
      local _, _, result = run(case[1], case[2])
      local message = error_of(result, "mine")
      assert.is_truthy(message:find(case[3], 1, true), message)
    end
  end)

  it("waits for a limit as Sentry's does", function()
    assert.same({ 1, 2, 3 }, (run("limited", 'paging = "none"')))
  end)

  it("reads incrementally where the script names a cursor", function()
    local more = 'paging = { cursor = "cursor", next = "meta.next" }, cursor = { field = "updated" }'
    local ids, _, first = run("cursor", more, { "mine", "incremental" })
    assert.same(ALL, ids)
    local again = run("cursor", more, { "mine", "incremental" }, { state = connector.states(first) })
    assert.same({}, again)
  end)

  it("has words of its own for a refusal, and does not speak of Sentry", function()
    local _, _, result = run("nowhere", 'paging = "none"')
    local message, kind = error_of(result, "mine")
    assert.is_truthy(message:find("check the stream's `base` and `path`", 1, true), message)
    assert.equal("config_error", kind)
  end)
end)

describe("a child stream", function()
  local api, scenario
  setup(function()
    api, scenario = other_api.start(perigee.write("", "asked-children.log")), sentry.scenario { data = { projects = 4 } }
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)

  local function child(more)
    return { mine = ([[return { name = "mine", base = "%s", hosts = { "%s" }, path = "article/{parent.id}", records = "items",
      auth = { Authorization = "Token {secrets.knowledge_base}" }, %s }]]):format(api.url, api.url:match "//([^/]*)", more) }
  end

  local function run(more, entry, given)
    given = given or {}
    given.config = other_api.secrets(api)
    return read(scenario, child(more), entry or "mine", given)
  end

  local LIST = "parent = function() return { { id = 1 }, { id = 2 }, { id = 2 }, { id = 4 } } end, "

  it("may have its parents from a function; each is read once", function()
    local result = run(LIST .. "transform = function(record, context) return record:set('of', context.parent.id) end")
    local got = {}
    for _, record in ipairs(decoded(result)) do got[#got + 1] = record.of .. "/" .. record.article .. "/" .. record.comment end
    table.sort(got)
    assert.same({ "1/1/0", "2/2/0", "2/2/1", "4/4/0" }, got)
  end)

  it("leaves out a parent that has gone since it was listed, with a warning", function()
    local result = run "parent = function() return { { id = 1 }, { id = 3 }, { id = 4 } } end"
    assert.equal(0, result.status)
    assert.equal(2, #result.records())
    assert.is_truthy(connector.logs(result, "WARN"):find("the parent 3 has gone", 1, true))
  end)

  it("reads the others where one parent fails, and ends incomplete", function()
    local result = run "params = { broken = 1 }, parent = function() return { { id = 1 }, { id = 5 }, { id = 4 } } end"
    assert.equal(2, #result.records())
    local message = error_of(result, "mine")
    assert.is_truthy(message:find("1 of 3 parents could not be read; the first: parent 5: ", 1, true), message)
  end)

  it("gives up where every parent fails", function()
    local result = run [[auth = { Authorization = "Token wrong" }, parent = function()
      local list = {}
      for i = 1, 500 do list[i] = { id = i } end
      return list
    end]]
    local message, kind = error_of(result, "mine")
    assert.is_truthy(message:find("no more were tried", 1, true), message)
    assert.equal("config_error", kind)
  end)

  it("says what is wrong with a parent", function()
    local cases = {
      [ [[parent = "isues"]] ] = "its parent: there is no stream 'isues'",
      [ [[parent = function() return 5 end]] ] = "'parent' must return a list of tables",
      [ [[parent = function() return { 5 } end]] ] = "a parent must be a table",
      [ [[parent = function() return { {} } end]] ] = "needs 'parent.id', which is not there",
      [ [[parent = function() return { { id = ".." } } end]] ] = "which is '..'",
    }
    for more, words in pairs(cases) do
      local message = error_of(run(more), "mine")
      assert.is_truthy(message:find(words, 1, true), message)
    end
    local circle = read(scenario, {
      a = 'return { name = "a", parent = "b", path = "x/{parent.id}" }', b = 'return { name = "b", parent = "a", path = "x/{parent.id}" }',
    }, "a")
    assert.is_truthy(error_of(circle, "a"):find("parents without end", 1, true))
  end)

  it("may be a child of a child", function()
    local result = read(scenario, {
      middle = [[return { name = "middle", parent = function() return { { id = "web-frontend" } } end, primary_key = "id",
        path = "projects/{organization}/{parent.id}/issues/", params = { query = "" } }]],
      mine = [[return { name = "mine", parent = "middle", path = "issues/{parent.id}/hashes/", primary_key = "id" }]],
    }, "mine")
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(#connector.held(scenario, "issues"), #scenario.log "hashes" > 0 and #connector.held(scenario, "issues"))
    assert.is_true(#result.records() >= #connector.held(scenario, "issues"))
  end)
end)

describe("a child stream with a cursor", function()
  teardown(perigee.cleanup)

  local MINE = { mine = [[return {
    name = "mine", parent = "projects", path = "projects/{organization}/{parent.slug}/issues/", params = { query = "" },
    primary_key = "id", cursor = { field = "lastSeen", ordered_by = { "lastSeen" } },
  }]] }
  local ENTRY = { "mine", "incremental" }

  local function all(scenario)
    local list = {}
    for i, record in ipairs(scenario.truth().issues) do list[i] = record.text end
    return list
  end

  it("keeps a state for each parent, and reads what is new below each", function()
    local scenario = sentry.scenario { data = { project_issues = { ["web-frontend"] = 7, backend = 8 } }, page_size = 3 }
    local first = read(scenario, MINE, ENTRY)
    assert.equal(0, first.status, connector.logs(first))
    assert.is_nil(connector.difference(all(scenario), first.records()))
    local state, count = connector.state(first, "mine"), 0
    for _, one in pairs(state.parents) do
      count = count + 1
      assert.is_nil(one.of)
    end
    assert.equal("acme", state.of.organization)
    assert.equal(#connector.held(scenario, "projects"), count)
    local again = read(scenario, MINE, ENTRY, { state = connector.states(first) })
    assert.equal(0, again.status)
    assert.same({}, again.records())
    assert.same(state.parents, connector.state(again, "mine").parents)
  end)

  it("writes states on the way that never run ahead of records", function()
    local scenario = sentry.scenario { data = { project_issues = { ["web-frontend"] = 20, backend = 20 } }, page_size = 3 }
    local whole = read(scenario, MINE, ENTRY, { words = { "--checkpoint-records=5" } })
    local states = connector.states(whole, "mine")
    assert.is_true(#states > 2)
    -- Whatever state is the last to arrive: what was written before it, and what is read from it on, is all there is.
    for n, state in ipairs(states) do
      local before, seen = {}, 0
      for _, line in ipairs(whole.lines) do
        if line:find '^{"type":"STATE"' then seen = seen + 1 end
        if seen >= n then break end
        before[#before + 1] = line:match '"data":(.*),"emitted_at":%d+}}$'
      end
      local rest = read(scenario, MINE, ENTRY, { state = { state } })
      assert.equal(0, rest.status, connector.logs(rest))
      local have = {}
      for _, text in ipairs(before) do have[text] = true end
      for _, text in ipairs(rest.records()) do have[text] = true end
      for _, text in ipairs(all(scenario)) do assert.is_true(have[text], "missing after state " .. n) end
    end
  end)

  it("refuses a state that is none of its own", function()
    local scenario = sentry.scenario {}
    local result = read(scenario, MINE, ENTRY, { state = { { type = "STREAM", stream = {
      stream_descriptor = { name = "mine" }, stream_state = { lastSeen = "2026-01-01T00:00:00Z" } } } } })
    assert.equal(1, result.status)
    assert.is_truthy(connector.errors(result)[1].message:find("it has no 'parents'", 1, true))
  end)
end)

describe("a stream with a read of its own", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = { issues = 7 }, page_size = 3 } end)
  teardown(perigee.cleanup)

  local function run(body, entry, given, more)
    return read(scenario, { mine = ('return { name = "mine", primary_key = "id", %s read = function(context)\n%s\nend }')
      :format(more or "", body) }, entry or "mine", given)
  end

  it("emits records, lists of them, and pages; checkpoints; and knows its last state", function()
    local body = [[
      local json = require "json"
      context:emit { id = 1, empty = json.array(), n = context.state and context.state.n or 0 }
      context:emit { { id = 2 }, { id = 3 } }
      context:emit {}
      context:checkpoint { n = 5 }
      context:emit((context:page("projects/{organization}/{project}/issues/", { query = "" })))
      context:checkpoint { n = 6 }]]
    local first = run(body, { "mine", "incremental" }, nil, 'cursor = { field = "id" },')
    assert.equal(0, first.status, connector.logs(first))
    local records = first.records()
    assert.equal('{"empty":[],"id":1,"n":0}', records[1])
    assert.equal(6, #records)
    assert.same({ n = 6 }, connector.state(first, "mine"))
    local second = run(body, { "mine", "incremental" }, { state = connector.states(first) }, 'cursor = { field = "id" },')
    assert.equal('{"empty":[],"id":1,"n":6}', second.records()[1])
    local full = run(body, "mine", { state = connector.states(first) })
    assert.equal('{"empty":[],"id":1,"n":0}', full.records()[1])
  end)

  it("passes its records through filter and transform", function()
    local result = run("context:emit { { id = 1 }, { id = 2 } }", "mine", nil,
      "filter = function(record) return record.id == 2 end, transform = function(record) return record:set('x', true) end,")
    assert.same({ '{"id":2,"x":true}' }, result.records())
  end)

  it("ends with the words of a request that failed, which it may catch", function()
    local message, kind = error_of(run 'context:get "organizations/nobody/"', "mine")
    assert.is_truthy(message:find("status 404", 1, true), message)
    assert.equal("config_error", kind)
    local caught = run [[
      local ok, why = pcall(context.get, context, "organizations/nobody/")
      context:emit { id = 1, status = why.status }]]
    assert.same({ '{"id":1,"status":404}' }, caught.records())
  end)

  it("names script and line of its own mistakes", function()
    for body, words in pairs {
      ["local x = nil\nreturn x.y"] = "mine.lua:3: attempt to index a nil value",
      ["context:emit(5)"] = "mine.lua:2: emit takes a record",
      ["context:emit { { id = print } }"] = "a function cannot be JSON",
      ["context:checkpoint { 1 }"] = "mine.lua:2: a state must be",
      ["return nil, 'the moon is down'"] = "the moon is down",
    } do
      local message = error_of(run(body), "mine")
      assert.is_truthy(message:find(words, 1, true), message)
    end
  end)

  it("is ended when it asks 1,000 times and finds nothing new", function()
    local before = #scenario.log "organization"
    local result = run [[
      context:emit { id = 1 }
      while true do
        context:get "organizations/{organization}/"
        context:emit { id = 1 }
      end]]
    local message = error_of(result, "mine")
    assert.is_truthy(message:find("1000 requests in a row brought nothing new", 1, true), message)
    assert.equal(1000, #scenario.log "organization" - before)
  end)

  it("sends another host none of the stream's headers", function()
    local elsewhere = sentry.scenario {}
    local result = run(('context:get "%s/api/0/organizations/acme/"'):format(elsewhere.url:gsub("127.0.0.1", "localhost")))
    assert.equal(1, result.status)
    assert.is_false(elsewhere.log("organization")[1].authorization)
  end)

  it("is probed by check up to its first records", function()
    local folder = scripts { mine = 'return { name = "mine", read = function(context) context:emit { id = 1 } error "too far" end }' }
    assert.equal("SUCCEEDED", (connector.check(scenario, { words = { "--scripts", folder } })))
  end)
end)
