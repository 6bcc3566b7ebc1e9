-- Responses in other encodings than UTF-8, as servers say by Content-Type, or by a mark. Python's codecs say what they hold.
local json = require "json"
local perigee = require "spec.support.perigee"
local scripted_api = require "spec.support.scripted_api"

-- All that is not ASCII and that windows-1252 has; characters of two and of four bytes of UTF-16.
local MAKE = [==[
import json
every = "".join(bytes([b]).decode("cp1252", "replace") for b in range(0x80, 0x100)).replace("�", "")
wide = "ä€漢😀" * 40000
def made(text, codec, mark=b""):
    return (mark + text.encode(codec)).decode("latin-1")
document = lambda text: json.dumps({"d": [{"id": 1, "t": text}]}, ensure_ascii=False)
cut = [{"id": i, "t": wide[i * 1000:i * 1000 + 1000]} for i in range(160)]
lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in cut)
table = lambda text: f"id,t\r\n1,{text}\r\n"
print(json.dumps({"every": every, "wide": wide, "bodies": {
    "json": {name: made(document(every), "cp1252") for name in ("ISO-8859-1", "windows-1252")},
    "json16": {"le": made(document(wide), "utf-16-le", b"\xff\xfe"), "be": made(document(wide), "utf-16-be")},
    "lines": made(lines, "utf-16-be", b"\xfe\xff"), "table": made(table(every), "cp1252"),
    "table16": made(table("ä😀"), "utf-16-le", b"\xff\xfe"), "utf8": made(document("ä"), "utf-8"),
    "koi8": made(document("б"), "koi8-r"), "control": made(document("\x81"), "latin-1"),
    "half": (b"\xff\xfe" + document("ä").encode("utf-16-le") + b"\x3d\xd8 \x00").decode("latin-1")}}))
]==]

local function made()
  local pipe = assert(io.popen("python3 - <<'END'\n" .. MAKE .. "\nEND"))
  local document = json.decode(pipe:read "a")
  pipe:close()
  return document
end

local python = made()
local bodies = python.bodies
local JSON, CSV, NDJSON = 'records = "d"', 'format = "csv"', 'format = "ndjson"'

-- A stream, a body's bytes and its Content-Type; what the records hold in `t`, or what is wrong.
local function form(name, stream, latin1, kind, wanted, more)
  local answer = { latin1 = latin1, headers = { ["Content-Type"] = kind } }
  for field, value in pairs(more or {}) do answer[field] = value end
  return { name, stream = stream, answers = { items = answer }, wanted = wanted }
end

local forms = {
  form("ISO 8859-1", JSON, bodies.json["ISO-8859-1"], "application/json; charset=ISO-8859-1", python.every),
  form("windows-1252, in quotes", JSON, bodies.json["windows-1252"], 'text/json;charset="Windows-1252"; x=1', python.every),
  form("a control character of ISO 8859-1", JSON, bodies.control, "application/json; charset=latin1", "\u{81}"),
  form("UTF-16 with a mark, of which nothing is said", JSON, bodies.json16.le, "application/json", python.wide),
  form("UTF-16 without a mark, of which it is said", JSON, bodies.json16.be, "application/json; charset=utf-16", python.wide),
  form("UTF-8 that is called ISO 8859-1", JSON, bodies.utf8, "application/json; charset=iso-8859-1", "ä"),
  form("UTF-8 that is called UTF-16", JSON, bodies.utf8, "application/json; charset=utf-16le", "ä"),
  form("a file of lines in UTF-16, of many pieces", NDJSON, bodies.lines, "application/x-ndjson", python.wide),
  form("a table in ISO 8859-1", CSV, bodies.table, "text/csv; charset=iso-8859-1", python.every),
  form("a table in UTF-16, as spreadsheets write one", CSV, bodies.table16, "text/csv", "ä😀"),
  form("a table in pages, in ISO 8859-1", CSV .. ', paging = { link = true }', bodies.table, "text/csv; charset=iso-8859-1",
    python.every),
  form("XML that says windows-1252, and whose response says ISO 8859-1", 'format = "xml", records = "l.d"',
    '<?xml version="1.0" encoding="windows-1252"?><l><d><id>1</id><t>\u{80}\u{E9}</t></d></l>', "text/plain; charset=iso-8859-1",
    "€é"),
  form("UTF-8 that is called another", JSON, bodies.utf8, "application/json; charset=koi8-r", "ä"),
  form("another encoding", JSON, bodies.koi8, "application/json; charset=KOI8-R", nil),
  form("a file in another encoding", NDJSON, bodies.koi8, "application/x-ndjson; charset=KOI8-R", nil),
  form("half of a character of UTF-16", JSON, bodies.half, "application/json", nil),
}
local OTHER = "in the encoding that its Content-Type names, and what is read is UTF-8, UTF-16, ISO-8859-1 and windows-1252"
local WRONG = {
  ["another encoding"] = OTHER, ["a file in another encoding"] = OTHER,
  ["half of a character of UTF-16"] = "the text is UTF-16, and half of a character stands in it",
}

describe("a response's encoding", function()
  local api, readings = scripted_api.serve(setup, teardown, forms)

  local function assert_holds(one, reading)
    local texts = {}
    for i, record in ipairs(reading.records) do texts[i] = json.decode(record).t end
    assert.equal(one.wanted or "", table.concat(texts))
    assert.equal(one.wanted ~= nil, reading.complete)
    if not one.wanted then assert.matches(WRONG[one[1]], reading.failure.message, 1, true) end
  end

  for i, one in ipairs(forms) do
    it("may be " .. one[1], function() assert_holds(one, readings[i]) end)
  end

  it("is no matter to a recording, which has all texts in UTF-8", function()
    for _, i in ipairs { 1, 5, 8, 9 } do
      local har = perigee.new_path ".har"
      assert_holds(forms[i], api.read(i, { words = { "--record", har } }))
      assert_holds(forms[i], api.read(i, { words = { "--replay", har } }))
    end
  end)
end)
