-- What a record is as a row of SQLite, for each odd value, name and key; read by the sqlite3 program.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local stored_streams = require "spec.support.stored_streams"

local FFFD = "\u{FFFD}"

local script, SCRIPT = stored_streams.odd, stored_streams.ODD

describe("a row of SQLite", function()
  local scenario
  setup(function() scenario = sentry.scenario {} end)
  teardown(perigee.cleanup)

  local function sync(file, text, ...)
    local words = { "--to", file, "--streams=odd", "--scripts", own_streams.folder { odd = text }, "--json", ... }
    return perigee.run(connector.words("sync", scenario, { words = words }))
  end

  -- Stores pages of records with the key `id`.
  local function store(pages, parts, keys, ...)
    local file = perigee.new_path ".db"
    local result = sync(file, script(parts or 'primary_key = "id",', keys or '"id"', pages), ...)
    assert.equal(0, result.status, result.err)
    return file, result
  end

  -- One value of each record, with its kind; of a double the bits.
  local function values(json_values)
    local rows = {}
    for i, value in ipairs(json_values) do rows[i] = ('{"id":%d,"v":%s}'):format(i, value) end
    local file = store { "[" .. table.concat(rows, ",") .. "]" }
    local list = {}
    for i, row in ipairs(database.rows(file, [[SELECT typeof(v),
      CASE typeof(v) WHEN 'real' THEN hex(ieee754_to_blob(v)) ELSE v END FROM odd ORDER BY id]])) do
      list[i] = row[1] .. " " .. row[2]
    end
    return list
  end

  local function real(number)
    return "real " .. (">d"):pack(number):gsub(".", function(byte) return ("%02X"):format(byte:byte()) end)
  end

  it("has whole numbers as such where they fit, and else as the text of their digits", function()
    assert.same({ "integer 0", "integer -1", "integer 9007199254740993", "integer 9223372036854775807",
      "integer -9223372036854775808", "text 9223372036854775808", "text -9223372036854775809", "text 18446744073709551615",
      "text 123456789012345678901234567890", "text -0" },
      values { "0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "-9223372036854775809", "18446744073709551615", "123456789012345678901234567890", "-0" })
  end)

  it("has other numbers as doubles where they say the same, and as text where they do not", function()
    assert.same({ real(0.1), real(1700000000.123456), real(1.0), real(1000.0), real(0.0), "text 0.1000000000000000055",
      "text 1700000000.1234567890123", "text 1E400", "text -0.0", "text 1e-400", real(4.9406564584124654e-324),
      "text 3.14159265358979323846", real(1.7976931348623157e308) },
      values { "0.1", "1700000000.123456", "1.0", "1e3", "0.0", "0.1000000000000000055", "1700000000.1234567890123", "1E400",
        "-0.0", "1e-400", "4.9406564584124654e-324", "3.14159265358979323846", "1.7976931348623157e308" })
  end)

  it("has booleans as 1 and 0, null and an absent field as NULL, and an empty text as one", function()
    assert.same({ "integer 1", "integer 0", "null ", "text " }, values { "true", "false", "null", '""' })
    local file = store { '[{"id":1,"v":1},{"id":2}]' }
    assert.equal(1, database.value(file, "SELECT count(*) FROM odd WHERE v IS NULL"))
  end)

  it("has arrays and objects byte for byte", function()
    local odd = { "[]", "{}", '[1.50, 1e3,\\u0061]', '{"b": 1,"a":[null , true],"b":2.0}', '["\\ud83d\\ude00 \\u00e9 \\ud800"]' }
    odd[3] = '[1.50, 1e3]'
    local expected = {}
    for i, text in ipairs(odd) do expected[i] = "text " .. text end
    assert.same(expected, values(odd))
  end)

  it("has texts unescaped; half a surrogate pair and NUL become U+FFFD, and are counted", function()
    local rows = '[{"id":1,"v":"\\ud83d\\ude00 \\u00e9 é 😀 \\/ \\" \\\\"},{"id":2,"v":"\\ud800"},'
      .. '{"id":3,"v":"a\\u0000b\\uDFFFc"},' .. '{"id":4,"v":"\\ufffd"}]'
    local file, result = store { rows }
    assert.same({ { '😀 é é 😀 / " \\' }, { FFFD }, { "a" .. FFFD .. "b" .. FFFD .. "c" }, { FFFD } },
      database.rows(file, "SELECT v FROM odd ORDER BY id"))
    assert.matches('"replaced":2,', result.lines[1])
    assert.is_nil(result.err:find "emitted as sent")
  end)

  it("has the last of a field that comes twice, also where it is written with escapes", function()
    local file = store { '[{"id":1,"v":"first","\\u0076":"second","v":"last"}]' }
    assert.same({ { "last" } }, database.rows(file, "SELECT v FROM odd"))
  end)

  it("has a column for each name: of SQL's, with quotes, empty, of ours, and those that differ by case", function()
    local file = store { '[{"id":1,"order":1,"a\\"b":2,"":3,"_place":4,"ID":5,"Order":6,"_row":7,"nul\\u0000":8,'
      .. '"rowid":9,"é":10}]' }
    local expected = {}
    for number, field in ipairs { "order", 'a"b', "", "_place", "ID", "Order", "_row", "nul" .. FFFD, "rowid", "é" } do
      expected[field] = number
    end
    local fields = database.rows(file, [[SELECT field, "column" FROM _perigee_columns WHERE field <> 'id']])
    assert.equal(10, #fields)
    for _, row in ipairs(fields) do
      assert.equal(expected[row[1]], database.value(file, ("SELECT %s FROM odd"):format(database.name(row[2]))), row[1])
    end
    assert.equal("order,Order_2,ID_2", table.concat({ fields[1][2], fields[6][2], fields[5][2] }, ","))
  end)

  it("has a column for a field whose name begins like those of perigee's tables", function()
    local file = store { '[{"id":1,"_perigee_x":2,"_perigee":3,"_Perigee_X":4,"_number":5}]' }
    assert.same({ { "2", "3", "4", "5" } }, database.rows(file, "SELECT _perigee_x, _perigee, _Perigee_X_2, _number FROM odd"))
  end)

  it("leaves alone a column that the table's owner has added, and puts a field of that name into another one", function()
    local parts = 'primary_key = "id", cursor = { field = "id" },'
    local file = store({ '[{"id":1}]' }, parts)
    database.rows(file, "ALTER TABLE odd ADD mine TEXT; UPDATE odd SET mine = 'kept'")
    local text = script(parts, '"id"', { '[{"id":1,"mine":7},{"id":2,"Mine":8}]' })
    for _ = 1, 2 do
      local result = sync(file, text)
      assert.equal(0, result.status, result.err)
      assert.same({ { "kept", "7", "" }, { "", "", "8" } },
        database.rows(file, "SELECT mine, mine_2, Mine_3 FROM odd ORDER BY id"))
    end
  end)

  it("has times of declared fields in UTC with six digits, and what is none, or finer, as it came", function()
    local times = { "2026-01-31T10:00:00Z", "2026-01-31T10:00:00.5+02:00", "2026-01-31T10:00:00-0330", "2026-01-31",
      "2026-01-31 10:00:00.123456", "2026-01-31T10:00:00.1234567Z", "2026-01-31T10:00:00.1234560Z", "yesterday", "" }
    local rows = {}
    for i, time in ipairs(times) do rows[i] = ('{"id":%d,"at":"%s"}'):format(i, time) end
    local schema = [[primary_key = "id", schema = { type = "object", properties = {
      id = { type = "integer" }, at = { type = { "null", "string" }, format = "date-time" } } },]]
    local file = store({ "[" .. table.concat(rows, ",") .. "]" }, schema)
    local got = {}
    for i, row in ipairs(database.rows(file, "SELECT at FROM odd ORDER BY id")) do got[i] = row[1] end
    assert.same({ "2026-01-31T10:00:00.000000Z", "2026-01-31T08:00:00.500000Z", "2026-01-31T13:30:00.000000Z",
      "2026-01-31T00:00:00.000000Z", "2026-01-31T10:00:00.123456Z", "2026-01-31T10:00:00.1234567Z",
      "2026-01-31T10:00:00.123456Z", "yesterday", "" }, got)
    assert.equal("date-time", database.value(file, "SELECT type FROM _perigee_columns WHERE field = 'at'"))
  end)

  it("lets a column hold other kinds later, loses nothing of what stands there, and says so", function()
    local file, result = store { '[{"id":1,"v":12345678901234567890}]', '[{"id":2,"v":"7"},{"id":3,"v":[1]}]',
      '[{"id":4,"new":1.5}]' }
    assert.same({ { "text", "12345678901234567890" }, { "text", "7" }, { "text", "[1]" }, { "null", "" } },
      database.rows(file, "SELECT typeof(v), v FROM odd ORDER BY id"))
    assert.equal("string or integer or array", database.value(file, "SELECT type FROM _perigee_columns WHERE field = 'v'"))
    assert.equal(0, result.status)
    local before = database.value(file, "SELECT group_concat(type) FROM _perigee_columns")
    local frozen = sync(file, script('primary_key = "id",', '"id"', { '[{"id":9,"other":1}]' }), "--freeze")
    assert.equal(1, frozen.status)
    assert.matches("error: odd: a record has the new field 'other' %(integer%), and %-%-freeze allows no such change", frozen.err)
    assert.equal(before, database.value(file, "SELECT group_concat(type) FROM _perigee_columns"))
    assert.equal(4, database.value(file, "SELECT count(*) FROM odd"))
  end)

  it("knows a column of fractions by the word number, so that --freeze sees another kind in it", function()
    local parts = [[primary_key = "id", schema = { type = "object", properties = { id = { type = "integer" } } },]]
    local file = store({ '[{"id":1,"x":1.5,"n":2}]', '[{"id":2,"n":0.5}]' }, parts)
    assert.same({ { "n", "number" }, { "x", "number" } }, database.rows(file,
      "SELECT field, type FROM _perigee_columns WHERE field <> 'id' ORDER BY field"))
    assert.equal(0, sync(file, script(parts, '"id"', { '[{"id":3,"x":7,"n":1e3}]' }), "--freeze").status)
    assert.matches("another kind of value in 'x' %(string%)",
      sync(file, script(parts, '"id"', { '[{"id":4,"x":"1.5"}]' }), "--freeze").err)
    assert.matches("the new field 'y' %(number%)", sync(file, script(parts, '"id"', { '[{"id":5,"y":0.5}]' }), "--freeze").err)
  end)

  it("takes 1,800 columns, then a hundred more, puts what is beyond 1,900 into _more, and a record of 20 MB", function()
    local fields = {}
    for i = 1, 2500 do fields[i] = ('"f%d":%d'):format(i, i) end
    local file = store { '[{"id":1,' .. table.concat(fields, ",", 1, 1800) .. "}]",
      '[{"id":2,' .. table.concat(fields, ",") .. "}]" }
    assert.same({ { "1000", "" }, { "1000", "2500" } }, database.rows(file,
      [[SELECT f1000, json_extract(_more, '$.f2500') FROM odd ORDER BY id]]))
    assert.equal(2500 - 1899, database.value(file, "SELECT count(*) FROM odd, json_each(_more)"))
    local large = SCRIPT:gsub("PARTS", 'primary_key = "id",'):gsub("PAGES", [['[{"id":1,"v":"' .. ("x"):rep(20 << 20) .. '"}]']])
      :gsub("KEYS", '"id"')
    local other = perigee.new_path ".db"
    local result = sync(other, large, "--script-memory=300000000")
    assert.equal(0, result.status, result.err)
    assert.equal(20 << 20, database.value(other, "SELECT length(v) FROM odd"))
  end)

  it("gets many columns by one statement while its table has no row, and nothing that its owner has made for it", function()
    local pages = { '[{"id":1,"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9}]' }
    local last = [[SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_table_info('odd') ORDER BY cid DESC LIMIT 2)]]
    assert.equal("_row _place", (database.value(store(pages), last))) -- of columns that are added, ours come before them
    local empty = store { "[]" }
    database.rows(empty, "CREATE INDEX mine ON odd (id)")
    assert.equal(0, sync(empty, script('primary_key = "id",', '"id"', pages)).status)
    assert.equal(1, database.value(empty, "SELECT count(*) FROM sqlite_master WHERE name = 'mine'"))
    assert.equal("i h", database.value(empty, last))
    assert.same({ { "1", "9" } }, database.rows(empty, "SELECT id, i FROM odd"))
  end)

  it("takes the place of the row of its key, and is never found by a null one", function()
    local file = store { '[{"id":1,"v":1},{"id":null,"v":2},{"v":3},{"id":null,"v":2}]', '[{"id":1,"v":4},{"id":"1","v":5}]' }
    assert.same({ { "", "2" }, { "", "2" }, { "", "3" }, { "1", "4" }, { "1", "5" } },
      database.rows(file, "SELECT id, v FROM odd ORDER BY id, v"))
    assert.equal(5, database.value(file, "SELECT count(*) FROM (SELECT DISTINCT id, typeof(id), _place, _row FROM odd)"))
  end)

  it("is told apart by all fields of its key, also by what U+FFFD stands for", function()
    local file = store({ '[{"a":1,"b":"x","v":1},{"a":1,"b":"y","v":2},{"a":1,"b":"x","v":3},{"a":2,"b":"\\ud800","v":4},'
      .. '{"a":2,"b":"\\udfff","v":5},{"a":2,"b":"\\ud800","v":6}]' }, 'primary_key = { "a", "b" },', '"a", "b"')
    assert.same({ { "3" }, { "2" }, { "6" }, { "5" } }, database.rows(file, "SELECT v FROM odd ORDER BY rowid"))
  end)

  it("stands once for each equal record of a stream without a key, however often that is read", function()
    local text = script("", "", { '[{"v":1},{"v":1},{"v":2}]', '[{"v":1}]' })
    local file = perigee.new_path ".db"
    for _ = 1, 2 do
      local result = sync(file, text)
      assert.equal(0, result.status, result.err)
      assert.same({ { "1", "3" }, { "2", "1" } }, database.rows(file, "SELECT v, count(DISTINCT _row) FROM odd GROUP BY v"))
    end
  end)

  it("is told apart by another key once its table was dropped, and not before", function()
    local file = store { '[{"id":1,"other":7}]' }
    local text = script('primary_key = "other",', '"other"', { '[{"id":2,"other":7}]' })
    assert.matches("told apart by %(id%) so far, and the stream now names %(other%); drop the table", sync(file, text).err)
    database.rows(file, "DROP TABLE odd")
    local result = sync(file, text)
    assert.equal(0, result.status, result.err)
    assert.same({ { "2", "7" } }, database.rows(file, "SELECT id, other FROM odd"))
  end)

  it("of a stream without a key is numbered in time that grows with the rows alone, whatever its fields are called", function()
    local file = perigee.new_path ".db"
    local result = sync(file, [[local page = require "page"
      return { name = "odd", cursor = { field = "earlier" }, read = function(context)
        local text = "[" .. ('{"earlier":1,"w":2},'):rep(4000):sub(1, -2) .. "]"
        for n = 1, 10 do
          context:emit(assert(page.of(text, { fields = {} })))
          context:checkpoint { n = n }
        end
      end }]])
    assert.equal(0, result.status, result.err)
    assert.same({ { "40000", "40000" } }, database.rows(file, "SELECT count(*), count(DISTINCT _row) FROM odd"))
  end)

  it("leaves out what the server keeps secret, also one level down", function()
    local file = store { '[{"id":1,"securityToken":"s-1","options":{"sentry:token":"s-2", "x":1},'
      .. '"list":[{"sentry:token":0}],"written":{"\\u0073entry:toke\\u006e":"s-2","":0},"webhook\\u0053ecret":"s-2"}]' }
    assert.same({ { '{"x":1}', '{"":0}' } }, database.rows(file, "SELECT options, written FROM odd"))
    assert.equal(0, database.value(file, "SELECT count(*) FROM pragma_table_info('odd') WHERE name = 'securityToken'"))
    assert.is_nil(database.read(file):find("s-2", 1, true))
  end)

  it("leaves out a secret one level down also of a field that stands in _more", function()
    local fields = {}
    for i = 1, 1900 do fields[i] = ('"f%d":0'):format(i) end
    local file = store { '[{"id":1,' .. table.concat(fields, ",") .. ',"options":{"sentry:token":"s-3", "x":1}}]' }
    assert.same({ { '{"f1900":0,"options":{"x":1}}' } }, database.rows(file, "SELECT _more FROM odd"))
    assert.is_nil(database.read(file):find("s-3", 1, true))
  end)

  it("is not there of a script that fails, whose traceback --debug alone shows", function()
    local broken = 'return { name = "odd", read = function() error "it broke" end }'
    local plain, debug = sync(perigee.new_path ".db", broken).err, sync(perigee.new_path ".db", broken, "--debug").err
    assert.matches("error: odd: the script of the stream 'odd' failed: [^\n]*it broke\n$", plain)
    assert.matches("it broke\nstack traceback:\n", debug)
  end)

  it("waits over a cut for those that are to replace all with it, also where the schema names more fields by then", function()
    local file = store { '[{"id":7}]' }
    local function half(number, fields, records, ending)
      local text = ([[local page = require "page"
        return { name = "odd", primary_key = "id", cursor = { field = "at" }, schema = { properties = { id = {}, %s } },
          read = function(context)
            if (context.state or { half = 0 }).half ~= %d then error "the state is another one" end
            context:emit(assert(page.of('%s', { fields = { "id" }, key = { "id" } })))
            context:checkpoint { half = %d }
            %s
          end }]]):format(fields, number - 1, records, number, ending)
      return sync(file, text, "--full=odd")
    end
    assert.equal(1, half(1, "more = {}", '[{"id":1,"more":"a"}]', 'error "cut"').status)
    assert.equal("7", database.rows(file, "SELECT id FROM odd")[1][1])
    local result = half(2, "more = {}, More = {}, another = {}", '[{"id":2,"More":"b","another":1}]', "")
    assert.equal(0, result.status, result.err)
    assert.same({ { "1", "a", "", "" }, { "2", "", "b", "1" } },
      database.rows(file, "SELECT id, more, More_2, another FROM odd ORDER BY id"))
  end)

  -- A read that is cut behind its first page, and then one that comes to its end.
  local function cut_and_read(file, parts, first, whole)
    local text = [[local page = require "page"
      return { name = "odd", %s read = function(context)
        context:emit(assert(page.of('%s', { fields = { %s }, key = { %s } })))
        context:checkpoint { half = 1 }
        %s
      end }]]
    local key = parts:find "primary_key" and '"id"' or ""
    assert.equal(1, sync(file, text:format(parts, first, key, key, 'error "cut"')).status)
    local result = sync(file, text:format(parts, whole, key, key, ""))
    assert.equal(0, result.status, result.err)
  end

  it("is not there of a read that was cut, where the next one begins anew: with a key, or without one", function()
    local keyed, keyless = perigee.new_path ".db", perigee.new_path ".db"
    cut_and_read(keyed, 'primary_key = "id",', '[{"id":1},{"id":2}]', '[{"id":2},{"id":3}]')
    assert.same({ { "2" }, { "3" } }, database.rows(keyed, "SELECT id FROM odd ORDER BY id"))
    cut_and_read(keyless, "", '[{"id":1},{"id":1}]', '[{"id":1},{"id":1},{"id":3}]')
    assert.same({ { "1" }, { "1" }, { "3" } }, database.rows(keyless, "SELECT id FROM odd ORDER BY id"))
  end)

  it("is of a stream of which the file tells that it was not read to its end, and why", function()
    local file = store { '[{"id":1}]' }
    assert.equal(1, sync(file, script('primary_key = "id",', '"id"', { '[{"id":2,"new":1}]' }), "--freeze").status)
    assert.same({ { "complete", "", "" }, { "incomplete", "1", "1" } }, database.rows(file, [[SELECT result,
      message LIKE 'a record has the new field ''new'' %', ended >= began AND message <> '' FROM _perigee_syncs]]))
  end)
end)
