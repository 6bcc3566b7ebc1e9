-- Files of CSV: what a server sends, and what must come of it. Python's own reader is the judge of random rows.
local json = require "json"
local scripted_api = require "spec.support.scripted_api"

local CSV = 'format = "csv"'

local function form(name, text, records, more)
  local made = { name, stream = CSV, records = records, answers = { items = { text = text } } }
  for field, value in pairs(more or {}) do made[field] = value end
  return made
end

local function failing(name, text, wrong, more)
  local made = form(name, text, {}, more)
  made.wrong = wrong
  return made
end

local ONE_TWO = { '{"id":"1","a":"x"}', '{"id":"2","a":""}' }
local SHORT = "the row has fewer fields than the header row has names"
local LONG = "the row has more fields than the header row has names"

local forms = {
  form("rows below a header row, all texts", "id,a\n1,x\n2,\n", ONE_TWO),
  form("a last row without its end, and ends of lines as on Windows", "id,a\r\n1,x\r\n2,", ONE_TWO),
  form("blank lines", "\n\nid,a\n\n1,x\r\n\r\n2,\n\n", ONE_TWO),
  form("a byte order mark", "\u{FEFF}id,a\n1,x\n2,\n", ONE_TWO),
  form("another delimiter", "id;a\n1;x\n2;\n", ONE_TWO, { stream = 'format = { "csv", delimiter = ";" }' }),
  form("tabs", "id\ta\n1\tx\n2\t\n", ONE_TWO, { stream = [[format = { "csv", delimiter = "\t" }]] }),
  form("quotes, delimiters and lines in quotes", 'id,a\n"1","x ""y"", z\r\n\n"\n', { [[{"id":"1","a":"x \"y\", z\r\n\n"}]] }),
  form("blanks, which are a part of a field", "id, a\n 1 ,\tx \n", { [[{"id":" 1 "," a":"\tx "}]] }),
  form("characters of all lengths", "id,ä€😀\n1,\u{10FFFF}\n", { '{"id":"1","ä€😀":"\u{10FFFF}"}' }),
  form("names that are empty, or came before", "id,,id,\n1,2,3,4\n", { '{"id":"1","column_2":"2","id_3":"3","column_4":"4"}' }),
  form("a header row alone", "id,a\n", {}),
  form("one column", 'id\n1\n""\n', { '{"id":"1"}', '{"id":""}' }),
  form("an empty page behind the last one", "id\n1\n", { '{"id":"1"}', '{"id":"2"}' }, {
    stream = CSV .. ', paging = { page = "p" }', answers = { ["items?p=1"] = { text = "id\n1\n" },
      ["items?p=2"] = { text = "id\n2\n" }, ["items?p=3"] = { text = "" } },
  }),
  form("gzip", nil, ONE_TWO, { answers = { items = { gzip = { "id,a\n1,", "x\n2,\n" } } } }),
  failing("a row that is too short", "id,a\n1,x\n2\n", "row 2: " .. SHORT),
  failing("a row that is too long", "id,a\n1,x,y\n", "row 1: " .. LONG),
  failing("nothing", "", "the file is empty: it has no header row"),
  failing("quotes that nobody closes", 'id,a\n1,"x\n', "the file is cut: it ends within quotes"),
  failing("a quote within a field", 'id,a\n1,5" pipe\n', "row 1: a quote stands where none may"),
  failing("a text behind quotes", 'id,a\n1,"x"y\n', "row 1: a quote stands where none may"),
  failing("names that cannot be told apart", "id_3,id,id\n", "two columns of the header row have one name"),
  failing("HTML", "<html>busy</html>\n", "the response is HTML, XML or JSON, and no CSV",
    { stream = CSV .. ", primary_key = nil" }),
  failing("a list of JSON", "[]", "the response is HTML, XML or JSON, and no CSV", { stream = CSV .. ", primary_key = nil" }),
  failing("a message", "Try again later\n", "the header row has no column 'id', which the stream's key or cursor is"),
  failing("Latin-1", nil, "row 1: the text is not UTF-8", { answers = { items = { latin1 = "id,a\n1,\u{E9}\n" } } }),
  failing("UTF-16 without a mark", nil, "a zero byte stands in the text, which may be UTF-16",
    { answers = { items = { latin1 = "i\0d\0\n\0" } } }),
}

-- Random rows as Python's writer or hands may write them, and how its reader reads them.
local MAKE = [[
import csv, io, json, random, sys
random.seed(int(sys.argv[1]))
made = []
while len(made) < 150:
    columns = random.randint(1, 5)
    alphabet = random.choice(["ab", 'a",\n\r ', 'x"\t;', "é€😀,\"", "\\'a,"])
    def field(): return "".join(random.choice(alphabet) for _ in range(random.choice([0, 1, 2, 5, 40])))
    out = io.StringIO(newline="")
    quoting, ending = random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), random.choice(["\n", "\r\n"])
    writer = csv.writer(out, quoting=quoting, lineterminator=ending)
    writer.writerow(["c%d" % i for i in range(columns)])
    for _ in range(random.randint(0, 6)): writer.writerow([field() for _ in range(columns)])
    text = out.getvalue()
    if random.random() < 0.3: text = text[:random.randint(0, len(text))]
    try: rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error: rows = None
    if not rows or any(len(row) != len(rows[0]) for row in rows) or len(set(rows[0])) != len(rows[0]): rows = None
    made.append({"text": text, "rows": rows})
print(json.dumps(made))
]]

local function random_forms()
  local pipe = assert(io.popen("python3 - 7 <<'END'\n" .. MAKE .. "\nEND"))
  local made = json.decode(pipe:read "a")
  pipe:close()
  return made
end

describe("a file of CSV", function()
  local _, readings = scripted_api.serve(setup, teardown, forms)

  for i, one in ipairs(forms) do
    it("may hold " .. one[1], function() scripted_api.assert_holds(one, readings[i]) end)
  end

  it("is read as Python's own reader does, whatever its fields hold, and refused where that refuses it", function()
    local made, whole = random_forms(), 0
    local answers = {}
    for n, one in ipairs(made) do
      answers[n] = { n, stream = CSV .. ", primary_key = nil", answers = { items = { text = one.text } } }
    end
    local server = scripted_api.start(answers)
    local result = server.read_all()
    server.stop()
    for n, one in ipairs(made) do
      local got = result[n]
      if one.rows == json.null or one.rows == nil then
        assert.is_false(got.complete, one.text)
      else
        assert.is_true(got.complete, one.text)
        assert.equal(#one.rows - 1, #got.records, one.text)
        whole = whole + #got.records
        for r, text in ipairs(got.records) do
          local record = json.decode(text)
          for c, name in ipairs(one.rows[1]) do assert.equal(one.rows[r + 1][c], record[name], one.text) end
        end
      end
    end
    assert.is_true(whole > 200, whole .. " rows")
  end)
end)
