-- Lists that are asked for with a JSON body, as streams declare it.
local body = require "api.body"
local connector = require "spec.support.connector"
local contract = require "stream.contract"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local posted_api = require "spec.support.posted_api"

describe("the body of a list's request", function()
  it("has values in place of names in braces, at any depth, each as it is", function()
    local template = { a = "{cursor}", b = { { c = "{size}" }, "{page}", "x{cursor}", "{ orders { id } }" }, d = "{parent.id}",
      e = json.array(), f = {}, g = json.null, h = "{organization}" }
    local names = { ["{cursor}"] = true, ["{size}"] = true, ["{page}"] = true }
    local values = { organization = "acme", parent = { id = json.number "18446744073709551615" } }
    local query = { ["{cursor}"] = body.raw '[1.10, "ü"]', ["{size}"] = 50, other = 1 }
    assert.equal('{"a":[1.10, "ü"],"b":[{"c":50},"x{cursor}","{ orders { id } }"],"d":18446744073709551615,"e":[],"f":{},'
      .. '"g":null,"h":"acme"}', (body.fill(template, names, query, values)))
    assert.same({ other = 1 }, query)
    query = { ["{cursor}"] = "a\"b", ["{page}"] = 2 }
    template = { a = "{cursor}", b = { { c = "{size}" }, "{page}" } }
    assert.equal('{"a":"a\\"b","b":[{},2]}', (body.fill(template, names, query, values)))
  end)

  it("lacks no name in silence, and no secret stands in it", function()
    local _, missing = body.fill({ a = "{curser}" }, {}, {}, { organization = "acme" })
    assert.equal("the body needs 'curser', which is not there", missing)
    local _, secret = body.fill({ a = "{secrets.key}" }, {}, {}, { secrets = { key = "<secret:key>" } })
    assert.equal("the body needs 'secrets.key', which is a secret: those go where `auth` says", secret)
  end)

  it("is declared with a place for each parameter in braces", function()
    local function wrong(fields)
      local given = { name = "mine", path = "x", base = "https://api.example.com/" }
      for name, value in pairs(fields) do given[name] = value end
      return select(2, contract.check(given, "mine"))
    end
    assert.is_nil(wrong { body = { a = "{cursor}" }, paging = { cursor = "{cursor}", next = "next" } })
    assert.equal([['body' has no value "{cursor}", which is where {cursor} goes]],
      wrong { body = { a = "{curser}" }, paging = { cursor = "{cursor}", next = "next" } })
    assert.equal("{size} is a value of a 'body', and there is none", wrong { page_size = { ["{size}"] = 5 } })
    assert.matches([['method' must be "POST", or GET, PUT,]], wrong { method = "DELETE" })
    assert.matches("'body' has no meaning beside 'read'", wrong { body = {}, read = function() end })
  end)
end)

describe("a list that is asked for with a body", function()
  local api
  setup(function() api = posted_api.start() end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)
  before_each(function() api.sent() end)

  local LIST = [[return { name = "mine", primary_key = "id", base = "{origin}/", path = "%s", %s }]]

  local function read(path, fields, given) return api.read(LIST:format(path, fields), given) end

  local function bodies()
    local list = {}
    for i, sent in ipairs(api.sent()) do list[i] = sent.body end
    return list
  end

  it("is read page by page by numbers, offsets and functions, too", function()
    for paging, wanted in pairs {
      ['paging = { page = "{page}" }, body = { page = "{page}", size = "{size}" }, page_size = { ["{size}"] = 3 }'] =
        { '{"page":1,"size":3}', '{"page":2,"size":3}', '{"page":3,"size":3}' },
      ['paging = { offset = "{from}" }, body = { from = "{from}", size = "{size}" }, page_size = { ["{size}"] = 3 }'] =
        { '{"from":0,"size":3}', '{"from":3,"size":3}', '{"from":6,"size":3}' },
      ['paging = function(response, page) return page:count() == 3 and { ["{cursor}"] = (page:value "page") + 1 } or nil end, '
        .. 'body = function() return { page = "{cursor}", size = 3 } end'] =
        { '{"size":3}', '{"page":2,"size":3}', '{"page":3,"size":3}' },
    } do
      local result = read("counted", paging .. ', records = "rows"')
      assert.equal(0, result.status, connector.logs(result))
      assert.equal(7, #result.records())
      assert.same(wanted, table.move(bodies(), 1, 3, 1, {}))
    end
  end)

  it("goes on where it was cut, from a value of any kind", function()
    local fields = 'body = { size = "{size}", search_after = "{cursor}" }, page_size = { ["{size}"] = 2 }, '
      .. 'records = "hits.hits", primary_key = "_id", paging = { cursor = "{cursor}", last = "sort" }, '
      .. 'cursor = { field = "at", ordered_by = "at" }'
    local script = ('return { name = "mine", base = "{origin}/", path = "search", %s }'):format(fields)
    local first = api.read(script, { mode = "incremental", words = { "--checkpoint-records=2" } })
    assert.equal(0, first.status, connector.logs(first))
    local half
    for _, line in ipairs(first.lines) do half = half or line:find "STATE.*9007199254740995" and line or nil end
    assert.is_truthy(half, "no state holds the place of a page")
    api.sent()
    local again = { mode = "incremental", words = { "--state", perigee.write(half) } }
    local second = api.read(script, again)
    assert.equal(0, second.status, connector.logs(second))
    assert.same({ '{"size":2}', '{"search_after":[9007199254740995,1.10,"d2"],"size":2}' }, table.move(bodies(), 1, 2, 1, {}))
  end)

  it("is sent again where it fails, recorded, and replayed by its body", function()
    local file = perigee.new_path ".har"
    local fields = 'body = { page = "{page}", size = 3 }, paging = { page = "{page}" }, records = "rows"'
    local folder = own_streams.folder { mine = (LIST:format("shaky", fields):gsub("{origin}", api.origin)) }
    local first = api.read(nil, { folder = folder, words = { "--record", file } })
    assert.equal(0, first.status, connector.logs(first))
    local again = api.read(nil, { folder = folder, words = { "--replay", file } })
    assert.same({ 0, first.records() }, { again.status, again.records() })
    assert.equal(7, #again.records())
  end)

  it("ends INCOMPLETE where GraphQL says in a good response that something is missing", function()
    local fields = 'body = { query = "{ rows { id } }" }, records = "data.rows"'
    for path, words in pairs { partial = "field 'total' is gone", none = "denied" } do
      local message = own_streams.error_of(read("errors/" .. path, fields), "mine")
      assert.is_truthy(message:find("the response has errors: " .. words, 1, true), message)
    end
  end)

  it("names POST in what try tells, and plans it", function()
    local fields = 'body = { page = "{page}", size = "{size}" }, page_size = { ["{size}"] = 3 }, paging = { page = "{page}" }, '
      .. 'records = "rows"'
    for _, word in ipairs { "--limit=2", "--plan" } do
      local result = api.run("try", LIST:format("counted", fields), { words = { "mine", word } })
      assert.equal(0, result.status, result.err)
      local told = table.concat(result.lines, "\n")
      assert.is_truthy(told:find("POST /counted", 1, true), told)
    end
  end)
end)
