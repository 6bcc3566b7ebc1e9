-- What is said of refusals by servers of other APIs: what happened, and what to do.
local connector = require "spec.support.connector"
local scripted_api = require "spec.support.scripted_api"

local rows = scripted_api.rows
local LIMIT = { message = "You have exceeded a secondary rate limit" }

local forms = {
  { "a limit that is waited for", stream = "",
    says = "allows no more requests for now (status 403: You have exceeded a secondary",
    never = "`auth`", sent = 2,
    answers = { items = { { status = 403, headers = { ["Retry-After"] = "0" }, body = LIMIT }, { body = rows(1, 2) } } } },
  { "a 403 that tells of a limit in words alone", stream = "", answers = { items = { status = 403, body = LIMIT } },
    wrong = "statuses = { retry = { 403 } } in the stream has it tried again" },
  { "a 403 that tells of none", stream = "", answers = { items = { status = 403, body = { message = "no" } } },
    wrong = "does not allow this to the stream's `auth` (status 403: no)" },
  { "a parent that has gone", stream = "path = 'of/{parent.id}', parent = function() return { { id = 7 }, { id = 8 } } end",
    answers = { ["of/7"] = { status = 404, body = { error = "gone" } }, ["of/8"] = { body = rows(1, 2) } },
    says = "the parent 7 has gone since it was listed, and is left out (status 404 of of/7)", never = "no such path",
    sent = 2 },
  { "an id that is too large", stream = "cursor = { field = 'id', type = 'id' }",
    answers = { items = { text = '[{"id":18446744073709551600}]' } },
    wrong = "the stream's `cursor.type` is 'id', a whole number below 2^63" },
  { "a total that is too high", stream = "paging = { page = 'p', total = 'n' }, records = 'r'",
    answers = { ["items?p=1"] = { body = { n = 9, r = rows(1, 2) } }, ["items?p=2"] = { body = { n = 9, r = rows(1, 0) } } },
    wrong = "where that number is not exact, leave `total` out" },
  { "a text that is not UTF-8", stream = "format = 'csv'", answers = { items = { latin1 = "id,a\n1,\u{E9}\n" } },
    wrong = "the server has to say so, as charset of its Content-Type" },
}

describe("a refusal says what is the matter", function()
  local _, readings = scripted_api.serve(setup, teardown, forms)

  for i, form in ipairs(forms) do
    it("of " .. form[1], function()
      local reading = readings[i]
      local logs = connector.logs(reading.result)
      local told = {}
      for line in logs:gmatch "[^\n]+" do
        if line:find(("mine%d: "):format(i), 1, true) then told[#told + 1] = line end
      end
      local text = table.concat(told, "\n")
      assert.equal(form.wrong == nil, reading.complete, text)
      if form.sent then assert.equal(form.sent, #reading.records) end
      if form.wrong then assert.matches(form.wrong, reading.failure.message, 1, true) end
      if form.says then assert.matches(form.says, text, 1, true) end
      if form.never then assert.is_nil(text:find(form.never, 1, true), text) end
    end)
  end
end)
