-- The examples that send something, as they stand, at the address of a small server.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
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
    local words = { "read", "--config", perigee.write { secrets = secrets }, "--scripts", own_streams.folder { [name] = text },
      "--catalog", perigee.write_catalog { name } }
    table.move(connector.USUAL, 1, #connector.USUAL, #words + 1, words)
    local result = perigee.run(words)
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
end)
