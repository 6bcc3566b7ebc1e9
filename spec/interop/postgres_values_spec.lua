-- What a record is as a row of PostgreSQL, for each odd value, name and key; read by psql.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local postgres = require "spec.support.postgres"
local sentry = require "spec.support.sentry"
local stored_streams = require "spec.support.stored_streams"

local FFFD = "\u{FFFD}"

local script, quoted, SCRIPT = stored_streams.odd, stored_streams.quoted, stored_streams.ODD

local function schema_of(properties)
  return ('primary_key = "id", schema = json.decode([===[{"type":"object","properties":%s}]===]),'):format(properties)
end

describe("a row of PostgreSQL", function()
  local scenario
  setup(function()
    postgres.start()
    scenario = sentry.scenario {}
  end)
  teardown(function()
    postgres.stop()
    perigee.cleanup()
  end)
  local count = 0

  local function new_schema()
    count = count + 1
    return "odd" .. count
  end

  local function sync(schema, text, ...)
    local words = { "--to", postgres.address(), "--schema", schema, "--streams=odd", "--scripts",
      own_streams.folder { odd = text }, ... }
    return perigee.run(connector.words("sync", scenario, { words = words }))
  end

  -- Stores pages of records with the key `id`.
  local function store(pages, parts, keys, ...)
    local schema = new_schema()
    local result = sync(schema, script(parts or 'primary_key = "id",', keys or '"id"', pages), ...)
    assert.equal(0, result.status, result.err)
    return schema, table.concat(result.lines, "\n")
  end

  local function types(schema)
    local list = {}
    for _, row in ipairs(postgres.rows([[SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
      WHERE attrelid = 'odd'::regclass AND attnum > 0 ORDER BY attnum]], schema)) do
      if row[1]:sub(1, 1) ~= "_" then list[#list + 1] = row[1] .. " " .. row[2] end
    end
    return list
  end

  -- One value of each record, in a column that the schema declares so: that column, and the one beside it.
  local function values(declared, json_values)
    local rows = {}
    for i, value in ipairs(json_values) do rows[i] = ('{"id":%d,"v":%s}'):format(i, value) end
    local schema = store({ "[" .. table.concat(rows, ",") .. "]" },
      schema_of(('{"id":{"type":"integer"},"v":%s}'):format(declared)))
    local has_text = postgres.value("SELECT count(*) FROM pg_attribute WHERE attname = 'v__text'", schema) ~= 0
    local beside = has_text and "v__text" or "NULL"
    if postgres.value("SELECT count(*) FROM _perigee_columns WHERE \"column\" = 'v__text'", schema) == 0 then beside = "NULL" end
    local list = {}
    local query = ("SELECT coalesce(v::text, 'NULL'), coalesce(%s, 'NULL') FROM odd ORDER BY id"):format(beside)
    for i, row in ipairs(postgres.rows(query, schema)) do
      list[i] = row[2] == "NULL" and row[1] or row[1] .. " beside " .. row[2]
    end
    return list
  end

  it("has a type for each kind that the schema declares", function()
    local schema = store({ '[{"id":1}]' }, schema_of [[{"id":{"type":"integer"},"a":{"type":["null","string"]},
      "b":{"type":"number"},"c":{"type":"boolean"},"d":{"type":"string","format":"date-time"},"e":{"type":"array"},
      "f":{"type":["object","null"]},"g":{"type":["string","integer"]},"h":{"type":["integer","number"]},"i":{}}]])
    assert.same({ "id bigint", "a text", "b numeric", "c boolean", "d timestamp with time zone", "e json", "f json", "g text",
      "h numeric" }, types(schema))
  end)

  it("has whole numbers in a bigint where they fit, and else the text of their digits beside it", function()
    assert.same({ "0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808",
      "NULL beside 9223372036854775808", "NULL beside -9223372036854775809", "NULL beside -0", "NULL beside 1.0",
      "NULL beside 1e3", "NULL beside true", "NULL beside 7", "NULL beside [1, 2]", "NULL" },
      values('{"type":"integer"}', { "0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "-9223372036854775809", "-0", "1.0", "1e3", "true", '"7"', "[1, 2]", "null" }))
  end)

  it("has other numbers in a numeric, exactly, and beside it what that would not keep", function()
    local long = "3." .. ("14159"):rep(150)
    assert.same({ "0.1", "1700000000.1234567890123", "1.50", "1000", "0." .. ("0"):rep(399) .. "1", long,
      "123456789012345678901234567890", "0.0", "NULL beside -0.0", "NULL beside 1e200000", "NULL beside 1e-200000",
      "NULL beside 1e99999999999", "NULL beside 1.5" },
      values('{"type":"number"}', { "0.1", "1700000000.1234567890123", "1.50", "1e3", "1e-400", long,
        "123456789012345678901234567890", "0.0", "-0.0", "1e200000", "1e-200000", "1e99999999999", '"1.5"' }))
  end)

  it("has times in a timestamptz, in UTC, and beside it texts that are finer, or no time", function()
    assert.same({ "2026-01-31 10:00:00+00", "2026-01-31 08:00:00.5+00", "2026-01-31 00:00:00+00",
      "NULL beside 2026-01-31T10:00:00.1234567Z", "NULL beside soon", "NULL beside ", "NULL beside 17", "NULL",
      "0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00", "NULL beside 0000-01-01T00:00:00Z" },
      values('{"type":"string","format":"date-time"}', { '"2026-01-31T10:00:00Z"', '"2026-01-31T10:00:00.500+02:00"',
        '"2026-01-31"', '"2026-01-31T10:00:00.1234567Z"', '"soon"', '""', "17", "null", '"0001-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59.999999Z"', '"0000-01-01T00:00:00Z"' }))
  end)

  it("has times in UTC also in a column that was made a timestamp without a zone, whatever the session's is", function()
    local parts = schema_of '{"id":{"type":"integer"},"at":{"type":"string","format":"date-time"}}'
    local text = script(parts, '"id"', { '[{"id":1,"at":"2026-01-31T10:00:00Z"}]' })
    local schema = store({ '[{"id":1}]' }, parts)
    postgres.rows("ALTER TABLE odd ALTER at TYPE timestamp; ALTER ROLE postgres SET timezone = 'Asia/Tokyo'", schema)
    local result = sync(schema, text)
    postgres.rows "ALTER ROLE postgres RESET timezone"
    assert.equal(0, result.status, result.err)
    assert.same({ { "2026-01-31 10:00:00" } }, postgres.rows("SELECT at FROM odd", schema))
  end)

  it("has booleans as such, and an empty text as one", function()
    assert.same({ "true", "false", "NULL", "NULL beside 1", "NULL beside true" },
      values('{"type":"boolean"}', { "true", "false", "null", "1", '"true"' }))
    assert.same({ "", "NULL" }, values('{"type":"string"}', { '""', "null" }))
  end)

  it("has arrays and objects byte for byte, also those that PostgreSQL's functions refuse", function()
    local odd = { "[]", "{}", "[1.50, 1e3]", '{"b": 1,"a":[null , true],"b":2.0}', '["\\ud83d\\ude00 \\u00e9 \\ud800 \\u0000"]',
      ("["):rep(60) .. ("]"):rep(60) }
    local expected = { table.unpack(odd) }
    odd[#odd + 1], expected[#expected + 1] = '"text"', "NULL beside text"
    assert.same(expected, values('{"type":["array","object"]}', odd))
  end)

  it("has texts unescaped; half a surrogate pair and NUL become U+FFFD, and are counted", function()
    local schema, printed = store { '[{"id":1,"v":"\\ud83d\\ude00 \\u00e9 é 😀 \\/ \\" \\\\"},{"id":2,"v":"\\ud800"},'
      .. '{"id":3,"v":"a\\u0000b\\uDFFFc"},{"id":4,"v":"\\ufffd"},{"id":5,"v":"tab\\tline\\nend\\r\\\\N"}]' }
    assert.same({ { '😀 é é 😀 / " \\' }, { FFFD }, { "a" .. FFFD .. "b" .. FFFD .. "c" }, { FFFD }, { "tab\tline\nend\r\\N" } },
      postgres.rows("SELECT v FROM odd ORDER BY id", schema))
    assert.matches("U%+FFFD stands in 2 values", printed)
  end)

  it("gets columns as fields come, of the type of their first value, and a new one beside where that changes", function()
    local schema, printed = store({ '[{"id":1,"n":null},{"id":2,"n":5}]', '[{"id":3,"n":"x","new":0.5}]' },
      schema_of '{"id":{"type":"integer"}}')
    assert.same({ "id bigint", "n bigint", "n__text text", "new numeric" }, types(schema))
    assert.same({ { "", "", "" }, { "5", "", "" }, { "", "x", "0.5" } },
      postgres.rows("SELECT n, n__text, new FROM odd ORDER BY id", schema))
    assert.matches('odd: new column "n" %(integer%)', printed)
    assert.matches('odd: column "n" is bigint; other values %(string%) stand in the new column "n__text"', printed)
    assert.same({ { "id", "id", "integer" }, { "n", "n", "string or integer" }, { "n", "n__text", "string" },
      { "new", "new", "number" } },
      postgres.rows("SELECT field, \"column\", type FROM _perigee_columns ORDER BY field, number", schema))
    -- The next run finds both; a view forbids to change the type of a column, and is in nobody's way.
    postgres.rows("CREATE VIEW mine AS SELECT * FROM odd", schema)
    local parts = schema_of '{"id":{"type":"integer"},"n":{"type":"boolean"}}'
    assert.equal(0, sync(schema, script(parts, '"id"', { '[{"id":3,"n":7},{"id":4,"n":true},{"id":5,"z":1}]' })).status)
    assert.same({ { "7", "", "" }, { "", "true", "" }, { "", "", "1" } },
      postgres.rows("SELECT n, n__text, z FROM odd ORDER BY id", schema))
  end)

  it("takes no new field, no other kind and no value that needs a new column where --freeze is given", function()
    local parts = schema_of '{"id":{"type":"integer"},"v":{"type":"integer"}}'
    local schema = store({ '[{"id":1,"v":1}]' }, parts)
    for record, message in pairs {
      ['{"id":2,"other":1}'] = "a record has the new field 'other' %(integer%), and %-%-freeze allows no such change",
      ['{"id":2,"v":"x"}'] = "a record has another kind of value in 'v' %(string%), and %-%-freeze",
      ['{"id":2,"v":9223372036854775808}'] = "a record has a value that fits no column in 'v' %(integer%), and %-%-freeze",
    } do
      local frozen = sync(schema, script(parts, '"id"', { "[" .. record .. "]" }), "--freeze")
      assert.equal(1, frozen.status)
      assert.matches(message, frozen.err)
    end
    assert.same({ "id bigint", "v bigint" }, types(schema))
    assert.same({ { "1", "1" } }, postgres.rows("SELECT id, v FROM odd", schema))
  end)

  it("has names in lower case that SQL takes, whatever the fields are called", function()
    local names = { "order", "camelCase", "CamelCase", "_place", "_row", "xmin", "ctid", "n", "n__text", 'q\\"q', "b\\\\s", "é",
      ("long"):rep(30) .. "1", ("long"):rep(30) .. "2", ("ü"):rep(40), "", "a b" }
    local members = {}
    for i, name in ipairs(names) do members[i] = ('"%s":%d'):format(name, i) end
    local schema = store { '[{"id":0,' .. table.concat(members, ",") .. '},{"id":1,"n":"x"}]' }
    local found = {}
    for _, row in ipairs(postgres.rows("SELECT field, \"column\" FROM _perigee_columns WHERE type <> 'string' ORDER BY number",
      schema)) do
      if row[1] ~= "id" then
        assert.is_true(#row[2] <= 63, row[2])
        found[#found + 1] = postgres.name(row[2])
      end
    end
    assert.same({ '"order"', '"camelcase"', '"camelcase_2"', '"_place_2"', '"_row_2"', '"xmin_2"', '"ctid_2"', '"n"', '"n__text"',
      '"q""q"', '"b\\s"', '"é"' }, { table.unpack(found, 1, 12) })
    local row = postgres.rows(("SELECT %s, n__text_2 FROM odd ORDER BY id"):format(table.concat(found, ", ")), schema)
    local expected = {}
    for i = 1, #names do expected[i] = tostring(i) end
    expected[#expected + 1] = ""
    assert.same(expected, row[1])
    assert.equal("x", row[2][#names + 1])
  end)

  it("has a column for a field whose name begins like those of perigee's tables, or is one of its columns", function()
    local schema = store { '[{"id":1,"_perigee_x":2,"_Perigee_X":3,"_number":4},{"id":null,"_number":5}]' }
    assert.same({ { "2", "3", "4" }, { "", "", "5" } },
      postgres.rows("SELECT _perigee_x, _perigee_x_2, _number_2 FROM odd ORDER BY id", schema))
  end)

  it("leaves alone a column that the table's owner has added, and puts a field of that name into another one", function()
    local parts = 'primary_key = "id", cursor = { field = "id" },'
    local schema = store({ '[{"id":1}]' }, parts)
    postgres.rows("ALTER TABLE odd ADD mine text, ADD note integer; UPDATE odd SET mine = 'kept', note = 3", schema)
    local text = script(parts, '"id"', { '[{"id":1,"mine":"x","note":"y"},{"id":2,"Mine":"z"}]' })
    for _ = 1, 2 do
      local result = sync(schema, text)
      assert.equal(0, result.status, result.err)
      assert.same({ { "kept", "3", "x", "y", "" }, { "", "", "", "", "z" } },
        postgres.rows("SELECT mine, note, mine_2, note_2, mine_3 FROM odd ORDER BY id", schema))
    end
  end)

  it("puts into _more what is beyond 320 fields, which fit whatever they hold, and takes a record of 20 MB", function()
    local function fields(to, value)
      local list = {}
      for i = 1, to do list[i] = ('"f%d":%s'):format(i, value) end
      return table.concat(list, ",")
    end
    local short = ('[{"id":1,%s}]'):format(fields(400, '"' .. ("x"):rep(23) .. '"'))
    local beside = ('[{"id":3,%s}]'):format(fields(319, "true"))
    local long = '("[{\\"id\\":2,%s}]"):format(' .. [[(function() local list = {}
      for i = 1, 400 do list[i] = ('"f%d":"%s"'):format(i, ("y"):rep(3000)) end
      return table.concat(list, ",") end)())]]
    local declared = schema_of(('{"id":{"type":"integer"},%s}'):format(fields(200, '{"type":"integer"}')))
    local text = script(declared, '"id"', { "FIRST", "SECOND", "THIRD" })
    for word, page in pairs { FIRST = quoted(short), SECOND = long, THIRD = quoted(beside) } do
      text = text:gsub("%[====%[" .. word .. "%]====%]", (page:gsub("%%", "%%%%")))
    end
    local schema = new_schema()
    local made = sync(schema, text)
    assert.equal(0, made.status, made.err)
    local _, printed = store { ('[{"id":1,%s}]'):format(fields(400, "1")) }
    assert.matches("more than 320 fields: the others stand in the column _more, as JSON", printed)
    assert.same({ { "23", "23", "23", "81" }, { "3000", "3000", "3000", "81" }, { "4", "4", "", "0" } },
      postgres.rows([[SELECT length(f1__text), length(f319), length(_more ->> 'f400'),
      (SELECT count(*) FROM json_object_keys(_more)) FROM odd ORDER BY id]], schema))
    local large = SCRIPT:gsub("PARTS", 'primary_key = "id",'):gsub("PAGES", [['[{"id":1,"v":"' .. ("x"):rep(20 << 20) .. '"}]']])
      :gsub("KEYS", '"id"')
    local other = new_schema()
    local result = sync(other, large, "--script-memory=300000000")
    assert.equal(0, result.status, result.err)
    assert.equal(20 << 20, postgres.value("SELECT length(v) FROM odd", other))
  end)

  it("takes the place of the row of its key, the last of a batch counting, and is never found by a null one", function()
    local schema = store { '[{"id":1,"v":1},{"id":null,"v":2},{"v":3},{"id":null,"v":2},{"id":2,"v":0},{"id":2,"v":9}]',
      '[{"id":1,"v":4},{"id":"1","v":5}]' }
    assert.same({ { "1", "4" }, { "1", "5" }, { "2", "9" }, { "", "2" }, { "", "2" }, { "", "3" } },
      postgres.rows("SELECT id, v FROM odd ORDER BY id, v", schema))
  end)

  it("is told apart by all fields of its key, also long ones, and what U+FFFD stands for", function()
    local long = ("k"):rep(5000)
    local schema = store({ '[{"a":1,"b":"x","v":1},{"a":1,"b":"y","v":2},{"a":1,"b":"x","v":3},{"a":2,"b":"\\ud800","v":4},'
      .. '{"a":2,"b":"\\udfff","v":5},{"a":2,"b":"\\ud800","v":6},{"a":3,"b":"' .. long .. '1","v":7},{"a":3,"b":"' .. long
      .. '2","v":8},{"a":3,"b":"' .. long .. '1","v":9},{"a":4,"b":"x/=y","v":10},{"a":"4/x","b":"y","v":11},'
      .. '{"a":"=4","b":"z","v":12},{"a":4,"b":"z","v":13},{"a":"4","b":"\\u007a","v":14},{"a":"4","b":"z","v":15}]' },
      'primary_key = { "a", "b" },', '"a", "b"')
    assert.same({ { "2" }, { "3" }, { "5" }, { "6" }, { "8" }, { "9" }, { "10" }, { "11" }, { "12" }, { "13" }, { "15" } },
      postgres.rows("SELECT v FROM odd ORDER BY v", schema))
  end)

  it("of a stream without a key is numbered in time that grows with the rows alone", function()
    local equal = ('{"v":1},'):rep(8000):sub(1, -2)
    local schema = store({ "[" .. equal .. "]", "[" .. equal .. "]" }, "", "")
    assert.same({ { "16000", "16000" } }, postgres.rows("SELECT count(*), count(DISTINCT _row) FROM odd", schema))
  end)

  it("stands once for each equal record of a stream without a key, however often that is read", function()
    local text = script("", "", { '[{"v":1,"before":0},{"v":1,"before":0},{"v":2,"_earlier":3}]', '[{"v":1,"before":0}]' })
    local schema = new_schema()
    for _ = 1, 2 do
      local result = sync(schema, text)
      assert.equal(0, result.status, result.err)
      assert.same({ { "1", "3" }, { "2", "1" } },
        postgres.rows("SELECT v, count(DISTINCT _row) FROM odd GROUP BY v ORDER BY v", schema))
    end
  end)

  it("is told apart by another key once its table was dropped, and not before", function()
    local schema = store { '[{"id":1,"other":7}]' }
    local text = script('primary_key = "other",', '"other"', { '[{"id":2,"other":7}]' })
    assert.matches("told apart by %(id%) so far, and the stream now names %(other%); drop the table", sync(schema, text).err)
    postgres.rows("DROP TABLE odd", schema)
    local result = sync(schema, text)
    assert.equal(0, result.status, result.err)
    assert.same({ { "2", "7" } }, postgres.rows("SELECT id, other FROM odd", schema))
  end)

  it("has a view of pairs also where its key has a name of the view's, and where the column was made one of jsonb", function()
    local parts = [[primary_key = "key", schema = json.decode('{"properties":{"key":{"type":"string"},"tags":{"type":"array",]]
      .. [["items":{"properties":{"key":{},"value":{}}}}}}'),]]
    local text = script(parts, '"key"', { '[{"key":"k","tags":[{"key":"a","value":"b"}]}]' })
    local schema = new_schema()
    for _, change in ipairs { "", "DROP VIEW odd_tags; ALTER TABLE odd ALTER tags TYPE jsonb" } do
      postgres.rows(change, schema)
      local result = sync(schema, text)
      assert.equal(0, result.status, result.err)
      assert.same({ { "k", "a", "b" } }, postgres.rows("SELECT row_key, key, value FROM odd_tags", schema))
    end
  end)

  it("leaves out what the server keeps secret, also one level down", function()
    local schema = store { '[{"id":1,"securityToken":"s-1","options":{"sentry:token":"s-2", "x":1},'
      .. '"list":[{"sentry:token":0}]}]' }
    assert.same({ { '{"x":1}' } }, postgres.rows("SELECT options FROM odd", schema))
    assert.same({ "id text", "options json", "list json" }, types(schema))
  end)
end)
