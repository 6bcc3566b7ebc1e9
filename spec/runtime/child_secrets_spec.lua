-- What the process of a user's own stream holds of secrets that a server repeats: nothing, and what it reads, shows its
-- script and writes is what it would be if it had them.
local digest = require "digest"
local json = require "json"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"
local secret_search = require "spec.support.secret_search"

local VALUE = "sesame-1234" -- the secret of scripted_api
local sanitized = require "spec.support.sanitized"

-- Rows with each form of the secret, and their lines.
local function rows_of(spellings)
  local rows = {}
  for i, spelling in ipairs(spellings) do rows[i] = ('{"id":%d,"form":"a%sz"}'):format(i, spelling) end
  return rows
end

local spellings = {}
for name, spelling in pairs(secret_search.forms(VALUE)) do
  if not name:find "json" and not name:find "JSON" or name:find "number" then spellings[#spellings + 1] = spelling end
end
table.sort(spellings)
spellings[#spellings + 1] = "twice " .. VALUE .. VALUE .. " and " .. VALUE:sub(1, 8)

local ROWS = rows_of(spellings)
local PAGE = "[" .. table.concat(ROWS, ",") .. "]"

-- A file that is larger than what is unpacked at once, so that secrets lie across its borders.
local many = {}
for i = 1, 6000 do many[i] = ('{"id":%d,"form":"%s%s"}'):format(i, ("x"):rep(i % 97), spellings[i % #spellings + 1]) end

local PACKED = { ["Content-Encoding"] = "gzip" }
local SEEN = [[read = function(context)
  local document, first = context:get "items"
  local response = assert(require "http".get(first.url))
  context:emit { id = 1, text = response:text(), header = response:header "x-echo", form = document[1].form,
    bytes = response.bytes, hmac = require "digest".hex(require "digest".hmac(context.config.secrets.key, "text")) }
end]]

local forms = {
  { "a page", stream = "", answers = { items = { text = PAGE } }, records = ROWS },
  { "a page that is gzip", stream = "", answers = { items = { gzip = { PAGE }, headers = PACKED } }, records = ROWS },
  { "a file of rows", stream = 'path = "items.ndjson", format = "ndjson"',
    answers = { ["items.ndjson"] = { text = table.concat(many, "\n") } }, records = many },
  { "a packed file of rows", stream = 'path = "items.ndjson.gz", format = "ndjson"',
    answers = { ["items.ndjson.gz"] = { gzip = { table.concat(many, "\n", 1, 3000) .. "\n", table.concat(many, "\n", 3001) } } },
    records = many },
  { "a page whose records a script looks at, which it sees masked", records = ROWS, answers = { items = { text = PAGE } },
    stream = 'filter = function(record) return record.form:find("***", 1, true) ~= nil end' },
  { "a file of rows whose gzip breaks off into much else", stream = 'path = "items.gz", format = "ndjson"', records = {},
    answers = { ["items.gz"] = { latin1 = "\u{1f}\u{8b}\b\0\0\0\0\0\0\u{3}" .. ("\u{ff}"):rep(3 << 20) } },
    wrong = "the file's gzip is corrupt" },
  { "a page that its script looks at", stream = SEEN, answers = { items = { text = ('[{"form":"%s"}]'):format(VALUE),
    headers = { ["x-echo"] = "so " .. VALUE } } } },
}

describe("a secret that a server repeats", function()
  local api, readings = scripted_api.serve(setup, teardown, forms, 6)

  for i, form in ipairs(forms) do
    if form.records then
      it("is in the records as the server sent it: " .. form[1], function()
        scripted_api.assert_holds(form, readings[i])
      end)
    end
  end

  it("is shown to a script as its handle", function()
    local reading = api.read(7)
    local seen = json.decode((assert(reading.records[1], reading.failure and reading.failure.message)))
    assert.equal('[{"form":"<secret:value>"}]', seen.text)
    assert.equal("so <secret:value>", seen.header)
    assert.equal("<secret:value>", seen.form)
    assert.equal(#VALUE + 13, seen.bytes)
    assert.equal(digest.hex(digest.hmac(VALUE, "text")), seen.hmac)
  end)
end)

describe("a secret that a format spells in its own way", function()
  local value = [[p&q"1234\xC3\xA9<z]]
  value = value:gsub("\\x(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end)
  local masked = 'filter = function(record) return record.form:find("*", 1, true) ~= nil end'
  local in_json = '{"id":"1","form":"' .. value:gsub('"', '\\"') .. '"}'
  local spelled = {
    { "XML", stream = 'format = "xml", records = "rows.row", ' .. masked, answers = { items = { text =
      ("<rows><row><id>1</id><form>%s</form></row></rows>"):format((value:gsub("&", "&amp;"):gsub("<", "&lt;"))) } } },
    { "CSV", stream = 'format = "csv", ' .. masked,
      answers = { items = { text = 'id,form\n1,"' .. value:gsub('"', '""') .. '"\n' } } },
    { "ISO 8859-1", stream = masked, answers = { items = { latin1 = "[" .. in_json .. "]",
      headers = { ["Content-Type"] = "application/json; charset=iso-8859-1" } } } },
  }
  local api = scripted_api.serve(setup, teardown, spelled, 0)

  for i, form in ipairs(spelled) do
    it("is masked in " .. form[1] .. " for its script, and goes out in records", function()
      local config = { secrets = { { name = "key", value = value, host = api.base(i):match "^%a+://[^/]+" } } }
      assert.same({ in_json }, api.read(i, { config = config }).records)
    end)
  end
end)

describe("the memory of the process of a user's own stream", function()
  local library
  local api = scripted_api.serve(setup, teardown, forms, 0)

  setup(function()
    library = perigee.folder() .. "/child_hole.so"
    assert(os.execute(("cc -O2 -shared -fPIC -w -o '%s' spec/support/hardening/child_hole.c -ldl"):format(library)))
  end)

  -- Basic, too, as a header's value.
  local function sought()
    local list = { VALUE, VALUE:reverse(), digest.hex(VALUE), digest.base64("Bearer " .. VALUE):sub(12, 20) }
    for i, one in ipairs(list) do
      list[i] = one:gsub(".", function(c) return string.char(c:byte() ~ 0x2a) end)
    end
    return table.concat(list, " ")
  end

  local function look(hole, i, verb)
    -- Without its limits it can read the list of its memory.
    local env = { LD_PRELOAD = library, HOLE = hole, HOLE_LOOKS_FOR = sought(), PERIGEE_HARDENING = "off" }
    return api.run(i, verb, { env = env }).err
  end

  for i, form in ipairs(forms) do
    if not form.wrong then
      it("holds it in no form when it reads " .. form[1], function()
        if sanitized then return pending "nothing can be preloaded beside the address sanitizer" end
        assert.equal("look on: 0\n", look("look on", i, "read"))
      end)
    end
  end

  it("holds none in check and discover either, where the parent's does", function()
    if sanitized then return pending "nothing can be preloaded beside the address sanitizer" end
    for _, verb in ipairs { "check", "discover" } do assert.equal("look on: 0\n", look("look on", 1, verb)) end
    assert.matches("^look on in the parent: [1-9]", look("look on in the parent", 1, "read"))
  end)
end)
