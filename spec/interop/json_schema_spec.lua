-- The schemas of the streams, and the rows that real servers sent, judged by the Python package jsonschema.
local cjson = require "cjson"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local venv = require "spec.support.venv"

local function judged(schemas)
  local result = venv.run("json_schema", "json_schema.py", { schemas, "spec/fixtures/rows" })
  assert(result.status == 0, result.err:sub(-2000))
  return cjson.decode(result.lines[1])
end

describe("the package jsonschema", function()
  teardown(perigee.cleanup)

  it("finds each schema valid, and each kept row valid by it, but for a number of GlitchTip's", function()
    local found = judged "schemas"
    assert.is_true(found.judged >= 40, found.judged)
    for _, message in ipairs(found.wrong) do
      assert.matches("^events %(glitchtip/.*%$%.projectID: %d+ is not of type 'null', 'string'$", message)
    end
  end)

  it("finds a row that departs from its schema", function()
    local folder = perigee.folder "schemas"
    assert(os.execute(("cp schemas/*.json '%s'"):format(folder)))
    local text = files.read "schemas/teams.json":gsub('("slug": {"type": %["null", )"string"', '%1"integer"')
    perigee.write(text, "schemas/teams.json")
    assert.matches("teams %(.*%$%.slug: ", table.concat(judged(folder).wrong, "\n"))
  end)
end)
