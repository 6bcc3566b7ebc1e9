-- The contract of a stream, field by field, for streams of one's own.
local connector = require "spec.support.connector"
local contract = require "stream.contract"
local json = require "json"
local files = require "spec.support.files"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local error_of, read, scripts = own_streams.error_of, own_streams.read, own_streams.folder

describe("docs/streams.md and docs/api/stream.d.lua", function()
  local function sorted(text, pattern)
    local names = {}
    for name in text:gmatch(pattern) do names[#names + 1] = name end
    table.sort(names)
    return names
  end

  it("tell of every field of the contract, and of no other", function()
    local fields, of_cursor = contract.fields()
    local page, editors = files.read "docs/streams.md", files.read "docs/api/stream.d.lua"
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
    { "page_size", '5, base = "https://a.example/"', "'page_size' needs the name" },
    { "cursor", '{ field = "a", window = true }, base = "https://a.example/"', "cursor: 'window' is of Sentry's" },
    { "hosts", "5", "'hosts' must be a name, or a list of names" },
    { "tests", '{ "one" }', "'tests' must be" },
    { "read", '"x"', "'read' must be a function" },
    { "read", "function() end, parent = 'issues'", "'parent' has no meaning beside 'read'" },
    { "rows", '"data"', "there is no field 'rows'" },
    { "default", "false", "'default' must be true, or not there" },
    { "seen", "true", "'seen' must be false, or not there" },
    { "only_named", "true, suggested = true", "'only_named' is of a stream in no set" },
    { "record", '"data"', "did you mean 'records'?" },
    { "path", '"x/{parent.id}/"', "there is no 'parent'" },
    { "path", '"/api/0/organizations/"', "'path' must be below the base, such as organizations/{organization}/" },
    { "path", '"https://a.example/x/"', "`base` is for another API's" },
    { "path", '"organizations/{organization/x/"', "'path' must be a path whose braces each hold a name" },
    { "fallback", '"x/organization}/"', "'fallback' must be a path whose braces each hold a name" },
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
    made.mine = made.mine:gsub('{ query = "" }',
      "function(context) return { query = '', seen = context.config.organization } end")
    local result = read(scenario, made, "mine")
    assert.equal(7, #result.records())
    assert.equal("acme", scenario.log("issues")[1].query.seen)
  end)

  it("say what is wrong with what a function gave, or with a placeholder", function()
    local made = issues ""
    made.mine = made.mine:gsub('{ query = "" }', "function() end")
    assert.is_truthy(error_of(read(scenario, made, "mine"), "mine"):find("'params' must return a table", 1, true))
    for placeholder, why in pairs { auth_token = "is a secret", nowhere = "is not there",
      organisation = "did you mean 'organization'?" } do
      local text = ('return { name = "mine", path = "x/{%s}/" }'):format(placeholder)
      assert.is_truthy(error_of(read(scenario, { mine = text }, "mine"), "mine"):find(why, 1, true))
    end
  end)

  it("name the path where the server does not find it, which for a shipped stream is right", function()
    local text = 'return { name = "mine", path = "organizations/{organization}/nothing/" }'
    local told = error_of(read(scenario, { mine = text }, "mine"), "mine")
    assert.is_truthy(told:find("knows no such path, organization or project", 1, true), told)
    told = error_of(connector.read(scenario, { "issues" }, { config = { project = "nowhere" } }), "issues")
    assert.is_truthy(told:find("knows no such organization or project", 1, true), told)
  end)

  it("say which field tells where records are, when they are not there", function()
    local project = 'return { name = "mine", path = "projects/{organization}/{project}/"%s }'
    for more, wanted in pairs {
      [""] = "`records` names where in it the list is, `single = true` an answer that is one record",
      [', records = "data"'] = "there is nothing in the response where its records were looked for",
      [', records = "data.rows"'] = "the stream's `records` is 'data.rows'",
      [', path = "organizations/{organization}/projects/", single = true'] =
        "`single = true` is for an answer that is one record",
    } do
      local told = error_of(read(scenario, { mine = project:format(more) }, "mine", { words = { "--retry-attempts=1" } }), "mine")
      assert.is_truthy(told:find(wanted, 1, true), told)
      assert.is_nil(told:find("(asked ", 1, true), told) -- that is for more than once
    end
  end)

  it("filter and transform what goes out, byte for byte but for what they touch", function()
    local held = connector.truth(scenario, "issues")
    local second = json.decode(held[2]).id
    local result = read(scenario, issues('filter = function(record, context) return record.id ~= "' .. second .. [["
        and context.config.project ~= nil end,
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

  it("see no secret that a server repeats, which goes out as it came", function()
    local body = ('{"id":"1","title":"is %s it","list":["%s"]}'):format(sentry.token, sentry.token)
    local place = sentry.scenario { faults = { { fault = "status", status = 200, body = body, times = -1 } } }
    local result = read(place, { mine = [[return { name = "mine", path = "projects/{organization}/{project}/", single = true,
      primary_key = "id", transform = function(record)
        return record:set("seen", { record.title, record.list[1], #record:raw(), record:decode().title })
      end }]] }, "mine")
    local stars = ("*"):rep(#sentry.token)
    assert.same({ ('%s,"seen":["is %s it","%s",%d,"is %s it"]}'):format(body:sub(1, -2), stars, stars, #body, stars) },
      result.records())
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
    return ([[return { name = "mine", path = "projects/{organization}/{project}/issues/", primary_key = "id", schema = %s }]])
      :format(schema)
  end

  it("that records depart from is told of once, each field, and nothing is dropped", function()
    local held = json.decode(connector.truth(scenario, "issues")[1])
    local parts = {}
    for name in pairs(held) do if name ~= "title" then parts[#parts + 1] = name .. " = {}" end end
    local schema = "{ properties = { " .. table.concat(parts, ",") .. ", status = { type = 'integer' } } }"
    local result = read(scenario, { mine = mine(schema) }, "mine")
    assert.equal(7, #result.records())
    local lines = {}
    for line in connector.logs(result, "WARN"):gmatch "[^\n]+" do lines[#lines + 1] = line:match "the field.*schema.*" end
    table.sort(lines)
    assert.same({
      "the field 'status' is string, where the schema says integer; emitted as sent",
      "the field 'title' (string) is not in the schema; emitted as sent",
    }, lines)
  end)

  it("that many fields are not in is told of in twenty lines, and one for the others", function()
    local result = read(scenario, { mine = mine "{ properties = { id = { type = 'string' } } }" }, "mine")
    local count = 0
    for _ in pairs(json.decode(connector.truth(scenario, "issues")[1])) do count = count + 1 end
    local warnings = connector.logs(result, "WARN")
    assert.equal(20, select(2, warnings:gsub("the field '[^']*' %(%w+%) is not in the schema", "")))
    assert.matches((": %d more fields depart from the schema"):format(count - 21), warnings)
  end)

  it("that is none has no drift", function()
    local text = mine "nil"
    assert.is_nil(connector.logs(read(scenario, { mine = text }, "mine"), "WARN"):find "schema")
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
