-- Child streams whose primary key tells nothing of the parent.
local connector = require "spec.support.connector"
local scripted_api = require "spec.support.scripted_api"

local rows = scripted_api.rows
local PARENTS = "parent = function() return { { id = 7 }, { id = 8 } } end, path = 'of/{parent.id}', "
local MANY = "parent = function() local all = {} for id = 1, 30 do all[id] = { id = id } end return all end, "
  .. "path = 'of/{parent.id}', "

local function answers(seven, eight) return { ["of/7"] = { body = seven }, ["of/8"] = { body = eight } } end

local function each()
  local all = {}
  for id = 1, 30 do all["of/" .. id] = { body = rows(1, 3) } end
  return all
end

local CLASH = 'have records of one key (%s), and a table keeps one of them, for nothing in the key tells of the parent; '
  .. 'write add = { parent_id = "{parent.id}" }, and primary_key = { "parent_id", %s }'

local forms = {
  { "a key that two parents' records have", stream = PARENTS, answers = answers(rows(1, 3), rows(3, 5)),
    warned = CLASH:format("id 3", '"id"') },
  { "the same for many parents", stream = MANY, answers = each(), warned = 'primary_key = { "parent_id", "id" }' },
  { "a key of two fields that tell nothing of the parent", stream = PARENTS .. "primary_key = { 'at', 'id' }",
    answers = answers(rows(1, 40), rows(40, 60)),
    warned = CLASH:format('at "2026-01--9T00:00:00Z", id 40', '"at", "id"') },
  { "a key with a field of the parent", stream = PARENTS .. "primary_key = { 'of', 'id' }, add = { of = '{parent.id}' }",
    answers = answers(rows(1, 3), rows(1, 3)) },
  { "a key that a transform makes of the parent", stream = PARENTS .. "transform = function(record, context) "
    .. "return record:set('id', context.parent.id .. '/' .. record.id) end", answers = answers(rows(1, 3), rows(1, 3)) },
  { "records that a filter leaves out", stream = PARENTS .. "filter = function(record, context) "
    .. "return record.id ~= 3 or context.parent.id == 7 end", answers = answers(rows(1, 3), rows(3, 5)) },
  { "records without a key", stream = PARENTS .. "primary_key = nil", answers = answers(rows(1, 3), rows(1, 3)) },
}

describe("a child stream is read", function()
  local _, readings = scripted_api.serve(setup, teardown, forms)

  for i, form in ipairs(forms) do
    it((form.warned and "with one warning, of " or "without a warning, of ") .. form[1], function()
      local logs = connector.logs(readings[i].result, "WARN")
      local told = select(2, logs:gsub(("mine%d: the parents "):format(i), "%0"))
      assert.equal(form.warned and 1 or 0, told, logs)
      if form.warned then assert.matches(form.warned, logs, 1, true) end
    end)
  end
end)
