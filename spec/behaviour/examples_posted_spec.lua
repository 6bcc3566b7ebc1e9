-- The examples that send something, as they stand, at the address of a small server.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local posted_api = require "spec.support.posted_api"

describe("an example that sends something", function()
  local api
  setup(function() api = posted_api.start() end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)
  before_each(function() api.sent() end)

  -- Records as they went out, and what was sent for them.
  local function read(name, changes)
    local text = files.read(("examples/%s.lua"):format(name)):gsub("https://api.example.com", api.origin)
    for from, to in pairs(changes or {}) do text = text:gsub(from, to) end
    local secrets = { { name = name, value = "sesame-1234", host = api.origin } }
    local folder = own_streams.folder { [name] = text }
    local result = api.read(nil, { folder = folder, stream = name, config = { secrets = secrets } })
    assert.equal(0, result.status, connector.logs(result))
    return result.records(name), api.sent()
  end

  it("waits for an export, and reads its rows", function()
    local records, sent = read("exports", { ["tasks.sleep%(1%)"] = "tasks.sleep(0.01)" })
    assert.same({ '{"id": 1, "day": "2026-01-01"}', '{"id": 2, "day": "2026-01-02"}' }, records)
    local asked = {}
    for i, one in ipairs(sent) do asked[i] = ("%s %s %s"):format(one.method, one.target, one.body) end
    assert.same({ 'POST /exports {"report":"days"}', "GET /exports/1 ", "GET /exports/1 ", "GET /exports/1 ",
      "GET /exports/1/rows " }, asked)
    assert.equal("Bearer sesame-1234", sent[1].headers.Authorization)
  end)

  local function bodies(sent)
    local list = {}
    for i, one in ipairs(sent) do list[i] = json.decode(one.body) end
    return list
  end

  it("reads orders by GraphQL, each page after the cursor of the one before", function()
    local records, sent = read("orders", { ["= 50"] = "= 3" })
    assert.equal(7, #records)
    local pages = {}
    for i, one in ipairs(bodies(sent)) do pages[i] = json.encode(one.variables.page) end
    local once = { '{"first":3}', '{"after":"cursor-3","first":3}', '{"after":"cursor-6","first":3}' }
    assert.same(once, table.move(pages, 1, 3, 1, {}))
  end)

  it("reads documents by search_after, with the numbers as they came", function()
    local records, sent = read("documents", { ["= 500"] = "= 3" })
    assert.equal(7, #records)
    assert.is_nil(sent[1].body:find "search_after")
    assert.is_truthy(sent[2].body:find('"search_after":[9007199254740996,1.10,"d3"]', 1, true), sent[2].body)
    assert.is_truthy(sent[3].body:find('"search_after":[9007199254740999,1.10,"d6"]', 1, true), sent[3].body)
  end)
end)
