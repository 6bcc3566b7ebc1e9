-- The list of a child that does not hold still, and ends where the server refuses a page: that refusal is no sign that its parent
-- has gone.
local json = require "json"
local scripted_api = require "spec.support.scripted_api"

-- As many answers as there are passes, each with another row.
local moving = {}
for i = 1, 9 do moving[i] = { body = json.array { { id = 3 }, { id = 100 + i } } } end

local forms = { {
  "pages that end with a 404",
  stream = 'parent = function() return { { id = 1 } } end, path = "of/{parent.id}", paging = { page = "page" }',
  answers = {
    ["of/1?page=1"] = { body = scripted_api.rows(1, 2) }, ["of/1?page=2"] = moving,
    ["of/1?page=3"] = { status = 404, body = { detail = "no such page" } },
  },
  ids = { 1, 2, 3, 101, 102, 103, 104, 105, 106, 107, 108 }, wrong = "the list changed in each of 8 passes",
} }

describe("a child's list", function()
  local _, readings = scripted_api.serve(setup, teardown, forms)

  it("that never holds still is a failure, whatever its last page was", function()
    scripted_api.assert_holds(forms[1], readings[1])
  end)
end)
