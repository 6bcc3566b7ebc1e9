-- Responses that are files of rows (`format = "ndjson"`): each form is what a server sends, and what must come of it.
local connector = require "spec.support.connector"
local measured = require "spec.support.measured"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

local function lines(from, to, ending)
  local list = {}
  for id = from, to do list[#list + 1] = ('{"id":%d}%s'):format(id, ending or "\n") end
  return table.concat(list)
end

local NDJSON = 'format = "ndjson"'
local FEW, MANY = { 1, 2, 3 }, 2500
-- More bytes come than are there at once, so pages are taken before the cut is seen.
local LONG, CUT = 15000, 1400000
local PACKED = { ["Content-Type"] = "application/gzip" }

local function form(name, answer, more)
  local made = { name, stream = NDJSON, ids = FEW, answers = { items = answer } }
  for field, value in pairs(more or {}) do made[field] = value end
  return made
end

local function failing(name, answer, wrong, more)
  local made = form(name, answer, { ids = {}, wrong = wrong })
  for field, value in pairs(more or {}) do made[field] = value end
  return made
end

local forms = {
  form("lines", { text = lines(1, 3) }),
  form("lines without an end of the last one", { text = lines(1, 3):sub(1, -2) }),
  form("lines that end as on Windows, and blank ones", {
    text = "\r\n" .. lines(1, 2, "\r\n") .. " \t\r\n\n" .. lines(3, 3, "\r\n"),
  }),
  form("lines behind a byte order mark", { text = "\u{FEFF}" .. lines(1, 3) }),
  form("no line at all", { text = "" }, { ids = {} }),
  form("blank lines alone", { text = "\n\r\n \n" }, { ids = {} }),
  form("no content", { status = 204 }, { ids = {} }),
  form("null in a record's place", { text = '{"id":1}\nnull\n{"id":2}\n{"id":3}\n' }),
  form("wrapped records", { text = '{"_source":{"id":1}}\n{"_source":{"id":2},"_id":"x"}\n{"_source":{"id":3}}\n' },
    { stream = NDJSON .. ', unwrap = "_source"' }),
  form("gzip, by its type", { gzip = { lines(1, 3) }, headers = PACKED }),
  form("gzip, by its first bytes", { gzip = { lines(1, 3) } }),
  form("gzip of several members, cut within a line", {
    gzip = { lines(1, 1) .. '{"id"', "", ":2}\n" .. lines(3, 3) }, headers = PACKED,
  }),
  form("gzip as an encoding", { gzip = { lines(1, 3) }, headers = { ["Content-Encoding"] = "gzip" } }),
  form("gzip whose end alone is that of the connection", { gzip = { lines(1, 3) }, headers = PACKED, open = true }),
  form("rows that have no key, and are the same", { text = ('{"id":1}\n'):rep(3) },
    { stream = NDJSON .. ", primary_key = nil", ids = { 1, 1, 1 } }),
  failing("a last line that is cut", { text = lines(1, 3) .. '{"id":' },
    "row 4, byte 7: the text ends too early (it begins with: "),
  failing("two records on a line", { text = '{"id":1}{"id":2}\n' }, "nothing was expected after the value"),
  failing("a row that is no record", { text = "[1]\n" }, "a record must be an object"),
  failing("HTML", { text = "<html>\n" }, "a value was expected"),
  failing("UTF-16 that is cut", { latin1 = "\u{FF}\u{FE}{\0x" }, "the text is UTF-16, and is cut within a character"),
  failing("Latin-1", { latin1 = '{"id":1,"name":"\u{E9}"}\n' }, "not UTF-8"),
  failing("gzip that is cut, behind one of its members", { gzip = { lines(1, 3) }, cut = 30, headers = PACKED, open = true },
    "the file's gzip is cut: it ends too early"),
  failing("gzip of nothing", { text = "", headers = PACKED }, "the file's gzip is cut"),
  failing("bytes behind a gzip that are none", {
    latin1 = "\u{1F}\u{8B}\u{8}\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0xyz", headers = PACKED },
    "the file's gzip is corrupt"),
  failing("a length that nobody says", { text = lines(1, 3), open = true }, "the response does not say how long it is"),
  failing("a body that is cut", { text = lines(1, 3), cut = 20 }, " with 7 bytes "), -- words that libcurl of 7.88 and 8.14 share
  failing("another encoding", { text = lines(1, 3), headers = { ["Content-Encoding"] = "br" } },
    "the response is encoded as br, which was not asked for"),
  failing("a refusal", { status = 403, body = { detail = "no" } }, "does not allow this to the stream's `auth`"),
  { "pages that are lines, by a Link header", stream = NDJSON .. ", paging = { link = true }", ids = FEW, answers = {
    items = { text = lines(1, 2), headers = { Link = '<{base}/more>; rel="next"' } }, more = { gzip = { lines(3, 3) } } } },
  { "pages that are lines, by number", stream = NDJSON .. ', paging = { page = "p" }', ids = FEW, answers = {
    ["items?p=1"] = { text = lines(1, 2) }, ["items?p=2"] = { text = lines(3, 3) }, ["items?p=3"] = { text = "" } } },
}
local first_of_state = #forms + 1
local CURSOR = NDJSON .. ', cursor = { field = "id", type = "id" }'
for _, stream in ipairs { NDJSON, CURSOR, NDJSON .. ", primary_key = nil" } do
  forms[#forms + 1] = form("many", { { lines = MANY }, { lines = MANY }, { lines = MANY, salt = "other" } }, { stream = stream })
end
local several = #forms + 1
forms[several] = form("cut, then whole", { { lines = LONG, cut = CUT }, { lines = LONG } })
forms[several + 1] = form("cut, then another", { { lines = LONG, cut = CUT }, { lines = LONG, salt = "other" } })
forms[several + 2] = form("cut again and again", { lines = LONG, cut = CUT })
forms[several + 3] = form("a bad row later", { text = lines(1, 1500) .. "{\n" .. lines(1501, 3000) })

forms[several + 4] = form("large", { lines = 150000 })
forms[several + 5] = form("to be recorded", { lines = MANY })

-- A file for each slice of ids, of several pages, which come at the same time.
local SLICES, SLICE = 4, 2500
local sliced = { ["items"] = { text = "" } }
for from = 0, (SLICES - 1) * SLICE, SLICE do
  local after = math.max(from - 1, 0)
  sliced[("items?from=%d&to=%d"):format(after, from + SLICE)] = { lines = SLICE, after = after }
end
for ahead = 1, SLICES do
  sliced[("items?from=%d"):format(ahead * SLICE - 1)] = { text = lines(SLICES * SLICE, SLICES * SLICE) }
end
forms[several + 6] = { "in slices", ids = {}, answers = sliced, stream = NDJSON
  .. (', cursor = { field = "id", type = "id", start = "from", stop = "to", slice = %d }'):format(SLICE) }

local sanitized = require "spec.support.sanitized"

describe("a file of rows", function()
  local api, readings = scripted_api.serve(setup, teardown, forms, first_of_state - 1)

  for i = 1, first_of_state - 1 do
    it("may be " .. forms[i][1], function() scripted_api.assert_holds(forms[i], readings[i]) end)
  end

  local function assert_all(ids, count)
    assert.equal(count or MANY, #ids)
    for id = 1, #ids do assert.equal(id, ids[id]) end
  end

  it("comes in pages of a thousand rows, by one request, and each state goes on behind its rows", function()
    for i = first_of_state, several - 1 do
      local mode = forms[i].stream == CURSOR and "incremental" or "full_refresh"
      local reading = api.read(i, { mode = mode, words = { "--checkpoint-records=1" } })
      assert.is_true(reading.complete, connector.logs(reading.result))
      assert_all(reading.ids)
      assert.equal(1, #reading.asked)
      local states = reading.result.of "STATE"
      assert.is_true(#states >= 3, #states .. " states")
      local again = api.read(i, { mode = mode, state = { states[2] } })
      assert.is_true(again.complete, connector.logs(again.result))
      assert.equal(500, #again.ids)
      assert.equal(2001, again.ids[1])
      assert.equal(1, #again.asked)
      local other = api.read(i, { mode = mode, state = { states[2] } })
      assert.matches("the file no longer begins with the 2000 rows that were read of it", connector.logs(other.result), 1, true)
      assert.matches("the list is read from its top", connector.logs(other.result), 1, true)
      if i ~= first_of_state + 1 then assert_all(other.ids) end
      assert.is_true(other.complete, connector.logs(other.result))
    end
  end)

  it("is requested again where it is cut, and gone on with behind what was read, if it is the same", function()
    local reading = api.read(several)
    assert.is_true(reading.complete, connector.logs(reading.result))
    assert_all(reading.ids, LONG)
    assert.equal(2, #reading.asked)
    reading = api.read(several + 1)
    assert.is_false(reading.complete)
    assert.matches("the file no longer begins with the %d+000 rows that were read of it", reading.failure.message)
    reading = api.read(several + 2, { words = { "--retry-attempts=3" } })
    assert.is_false(reading.complete)
    assert.same({ true, 0 }, { #reading.ids > 0, #reading.ids % 1000 })
    assert_all(reading.ids, #reading.ids)
  end)

  it("ends with what is wrong with a row, and where, without another request", function()
    local reading = api.read(several + 3)
    assert.same({ 1000, 2, false }, { #reading.ids, #reading.asked, reading.complete })
    assert.matches("row 1501, byte 2: the text ends too early", reading.failure.message, 1, true)
  end)

  it("takes no more memory than before, however large it is", function()
    local result, kib = measured(api.words(several + 4, "read", { words = { "--max-body=4000000" } }))
    assert.equal(150000, #result.records(), connector.logs(result))
    if not sanitized then assert.is_true(kib < 40 * 1024, kib .. " KiB") end
  end)

  it("is recorded whole, where it is no larger than a body may be, and replayed", function()
    local har = perigee.new_path ".har"
    local recorded = api.read(several + 5, { words = { "--record", har } })
    assert.is_true(recorded.complete, connector.logs(recorded.result))
    local replayed = api.read(several + 5, { words = { "--replay", har } })
    assert.is_true(replayed.complete, connector.logs(replayed.result))
    assert.same({ recorded.ids, 0 }, { replayed.ids, #replayed.asked })
    recorded = api.read(several + 4, { words = { "--record", har, "--max-body=4000000" } })
    assert.is_false(recorded.complete)
    assert.matches("would not fit into a recording", recorded.failure.message, 1, true)
  end)

  it("is one of several at once, where the list is requested in slices", function()
    local reading = api.read(several + 6, { mode = "incremental" })
    assert.is_true(reading.complete, connector.logs(reading.result))
    table.sort(reading.ids)
    assert.equal(SLICES * SLICE, #reading.ids)
    for id = 1, SLICES * SLICE do assert.equal(id, reading.ids[id]) end
  end)

  it("is tried and checked by its first rows", function()
    assert.equal("SUCCEEDED", api.run(first_of_state, "check").of("CONNECTION_STATUS")[1].status)
    local result = api.run(first_of_state, "try", { words = { "mine", "--limit", "2" } })
    assert.equal(0, result.status, result.err)
  end)

  it("has no field in its script that looks into JSON", function()
    for more, words in pairs {
      ['records = "a"'] = "'records' has no meaning beside 'format'",
      ['paging = { page = "p", more = "more" }'] = "'paging.more' looks into JSON, and the response is ndjson",
      ["page_size = { size = 2 }"] = "'page_size' has no meaning for a file",
      ['cursor = { field = "at", ordered_by = "at" }'] = "'ordered_by' is of lists that are requested page by page",
    } do
      local contract = require "stream.contract"
      local script = ('return { name = "mine", base = "http://x.example/", path = "p", format = "ndjson", %s }'):format(more)
      local _, wrong = contract.check(load(script)(), "mine")
      assert.matches(words, wrong, 1, true)
    end
  end)
end)
