-- A key or a cursor field that no record has, as where it is misspelt.
local connector = require "spec.support.connector"
local scripted_api = require "spec.support.scripted_api"

local rows = scripted_api.rows

local ERROR = '{"error":"quota exceeded"}\n'

local forms = {
  { "a misspelt primary key", stream = "primary_key = 'idd'", answers = { items = { body = rows(1, 3) } },
    warned = "no record of the page has 'idd', which the stream's `primary_key` names (did you mean 'id'?), so rows cannot be "
      .. "told apart by it; emitted as sent", sent = 3 },
  { "a misspelt cursor field", stream = "cursor = { field = 'att' }", answers = { items = { body = rows(1, 3) } },
    warned = "no record of the page has 'att', which the stream's `cursor.field` names (did you mean 'at'?), so an incremental "
      .. "read cannot tell by it what is new; emitted as sent", sent = 3 },
  { "a key that some records lack", stream = "", answers = { items = { text = '[{"id":1},{"x":2}]' } },
    warned = "1 of a page's 2 records has no 'id'; emitted as sent", sent = 2 },
  { "lines that lack the key", stream = "format = 'ndjson'",
    answers = { items = { { text = ERROR }, { text = ERROR }, { text = '{"id":1}\n' } } },
    wrong = "no record of the page has 'id', which the stream's `primary_key` names, so rows cannot be told apart by it: it is "
      .. 'another file, or a message; the first is {"error":"quota exceeded"}', sent = 0 },
  { "lines of which some lack the key", stream = "format = 'ndjson'", answers = { items = { text = '{"x":1}\n{"id":2}\n' } },
    warned = "1 of a page's 2 records has no 'id'", sent = 2 },
  { "lines that get their key by a transform", stream = "format = 'ndjson', transform = function(record) "
    .. "return record:set('id', record.x) end", answers = { items = { text = '{"x":1}\n' } }, sent = 1 },
}

describe("a field that records lack", function()
  local api, readings = scripted_api.serve(setup, teardown, forms)

  for i, form in ipairs(forms) do
    it("is told of: " .. form[1], function()
      local reading = readings[i]
      local logs = connector.logs(reading.result, "WARN")
      assert.equal(form.sent, #reading.records)
      assert.equal(form.wrong == nil, reading.complete)
      if form.wrong then assert.matches(form.wrong, reading.failure.message, 1, true) end
      if form.warned then assert.matches(("mine%d: %s"):format(i, form.warned), logs, 1, true) end
    end)
  end

  it("may be that of a server in trouble: lines are requested again", function()
    assert.same({ 1 }, api.read(4).ids)
  end)
end)
