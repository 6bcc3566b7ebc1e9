local cjson = require "cjson"
local json = require "json"

-- Not valid, with what the message says.
local function refused(text, message)
  local value, why, code = json.decode(text)
  assert.is_nil(value, text)
  assert.equal("malformed", code, text)
  assert.equal(message or why, why, text)
  assert.same({ nil, why, code }, { json.valid(text) }, text)
  return why
end

local function nested(levels)
  return ("["):rep(levels) .. ("]"):rep(levels)
end

describe("json.decode", function()
  it("keeps integers whole and tells them from floats", function()
    local list = json.decode "[9007199254740993, -9223372036854775808, 9223372036854775807, 0, 1.0, 1e2, 1700000000.123456]"
    local expected = { 9007199254740993, math.mininteger, math.maxinteger, 0, 1.0, 100.0, 1700000000.123456 }
    assert.equal(#expected, #list)
    for i, number in ipairs(expected) do
      assert.equal(number, list[i])
      assert.equal(math.type(number), math.type(list[i]))
    end
  end)

  it("keeps the sign of a zero", function()
    assert.equal(-math.huge, 1 / json.decode "-0.0")
  end)

  it("tells null from nothing", function()
    assert.equal(json.null, json.decode "null")
    assert.same({ a = json.null }, json.decode '{"a":null}')
    assert.is_nil(json.decode "{}".a)
  end)

  it("counts the last of two members of one name, and takes any name", function()
    assert.same({ a = 2, [""] = 3, ["a\0b"] = 4 }, json.decode '{"a":1,"\\u0061":2,"":3,"a\\u0000b":4}')
  end)

  it("reads every escape", function()
    assert.equal('"\\/\b\f\n\r\té😀', json.decode [["\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00"]])
  end)

  it("gives U+FFFD for half a surrogate pair, which UTF-8 cannot hold", function()
    assert.equal("a\u{FFFD}b", json.decode '"a\\ud800b"')
    assert.equal("\u{FFFD}\u{FFFD}", json.decode '"\\udc00\\ud800"')
    assert.equal("\u{FFFD}\u{1F600}", json.decode '"\\ud83d\\ud83d\\ude00"')
  end)

  it("passes over white space around every token", function()
    assert.same({ a = { 1, {} } }, json.decode "\t{ \"a\"\r\n:\t[ 1 ,\n{ } ] }\n ")
  end)

  it("names line and column of what is wrong, counted in characters", function()
    refused('{"a": 1,\n "é": é}', "line 2, column 7: a value was expected")
    refused('["€", €]', "line 1, column 7: a value was expected")
    refused("[1,\r\n\n  2 3]", "line 3, column 5: a comma or ] was expected")
    refused('{"a" 1}', "line 1, column 6: a colon was expected")
    refused('{"a":1 "b":2}', "line 1, column 8: a comma or } was expected")
    refused("{1:2}", "line 1, column 2: a key in quotes was expected")
    refused("{} {}", "line 1, column 4: nothing was expected after the value")
    refused("", "line 1, column 1: the text is empty")
    refused(" \n", "line 2, column 1: the text ends too early")
  end)

  it("refuses a text that ends anywhere before its end", function()
    local text = '{"a": [1.5e+3, "\\u00e9", {"b": null}, true, -0.25e-1]}'
    assert.is_true(json.valid(text))
    for length = 0, #text - 1 do refused(text:sub(1, length)) end
  end)

  it("refuses what lua-cjson takes although it is no JSON", function()
    for _, text in ipairs { "[NaN]", "[-nan]", "[Infinity]", "[-Infinity]", "[inf]", "[0x10]", "[-0x1p3]", "[01]", "[00]",
      "[-01]", "[+1]", "[1.]", "[1.e3]", '["\t"]', '["\n"]', '["\x01"]', '["\xff"]', '["\xc0\x80"]', '["\xed\xa0\x80"]' } do
      assert.is_true(pcall(cjson.decode, text), text)
      refused(text)
    end
  end)

  it("refuses what else is no JSON", function()
    for _, text in ipairs { "[1,]", '{"a":1,}', "[,1]", ".5", "-", "1e", "1e+", "'a'", "nul", "truex", "tRue", "// a\n1", "\0",
      "1\0", "[1]]", "{]", "[}", '{"a"}', '{,}', "\u{FEFF}{}", '"\\x41"', '"\\u12g4"', '"\\', '"\\u12', "[1 2]", "[\v1]" } do
      refused(text)
    end
  end)

  it("refuses bytes that are not UTF-8, wherever in a string they stand", function()
    for _, bytes in ipairs { "\x80", "\xbf", "\xc1\xbf", "\xc3", "\xe2\x82", "\xe0\x80\xaf", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
      "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe" } do
      for _, before in ipairs { 0, 1, 13, 14, 15, 16, 31 } do
        local why = refused('"' .. ("x"):rep(before) .. bytes .. '"')
        assert.equal(("line 1, column %d: the text is not UTF-8"):format(before + 2), (why:gsub(";.*", ""))) -- and a hint
      end
    end
    local edges = "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"
    assert.equal(edges, json.decode('"' .. edges .. '"'))
  end)

  it("takes 200 levels and no more", function()
    assert.is_true(json.valid(nested(200)))
    refused(nested(201), "line 1, column 201: the nesting is too deep")
    refused('{"a":' .. nested(200) .. "}")
  end)
end)

describe("json.encode", function()
  it("writes names in order, so that equal tables are equal texts", function()
    local expected = '{"":0,"a":1,"a\\u0000b":4,"b":{"c":2,"d":3}}'
    assert.equal(expected, json.encode { b = { d = 3, c = 2 }, a = 1, [""] = 0, ["a\0b"] = 4 })
  end)

  it("writes numbers that read back as the same number of the same kind", function()
    for _, number in ipairs { 0, -1, math.maxinteger, math.mininteger, 0.1, 1 / 3, 1e300, 5e-324, 2 ^ 53, 2.0 } do
      local again = json.decode(json.encode(number))
      assert.equal(number, again)
      assert.equal(math.type(number), math.type(again))
    end
    assert.equal("[9007199254740993,0.1,1.0,-0.0]", json.encode { 9007199254740993, 0.1, 1.0, -0.0 })
  end)

  it("keeps empty arrays, empty objects and nulls apart, also those it decoded", function()
    assert.equal('{"a":[],"b":{},"c":null}', json.encode { a = json.array(), b = {}, c = json.null })
    local text = '{"a":[],"b":{},"c":[null,[],{}]}'
    assert.equal(text, json.encode(json.decode(text)))
    local marked = json.array { 1, 2 }
    assert.equal("[1,2]", json.encode(marked))
    marked[1], marked[2] = nil, nil
    assert.equal("[]", json.encode(marked))
  end)

  it("escapes what must be and leaves the rest as it is", function()
    assert.equal([["\" \\ / \b\f\n\r\t\u0000\u001f]] .. "\x7f é 😀\"", json.encode '" \\ / \b\f\n\r\t\0\x1f\x7f é 😀')
  end)

  it("writes U+FFFD for each byte that is not UTF-8, so that the text is always JSON", function()
    assert.equal('"a\u{FFFD}b\u{FFFD}\u{FFFD}"', json.encode "a\xffb\xe2\x82")
    assert.is_true(json.valid(json.encode "\xed\xa0\x80"))
  end)

  it("takes as many levels as can be decoded, and no more", function()
    assert.equal(nested(200), json.encode(json.decode(nested(200))))
    local deep = json.array()
    for _ = 1, 200 do deep = { deep } end
    assert.error_matches(function() json.encode(deep) end, "nested more than 200 levels deep")
  end)

  it("refuses a table that holds itself", function()
    local loop = {}
    loop.a = { b = { loop } }
    assert.error_matches(function() json.encode(loop) end, "nested more than 200 levels deep, or in itself")
  end)

  it("refuses what JSON cannot hold, and says what that is", function()
    for _, case in ipairs {
      { math.huge, "JSON has no number for inf" },
      { 0 / 0, "JSON has no number for %-?nan" },
      { print, "a function cannot be JSON" },
      { { a = io.stdout }, "a userdata cannot be JSON" },
      { { a = coroutine.create(print) }, "the field 'a' is a thread, which cannot be JSON" },
      { { { b = { c = print } } }, "the field 'c' is a function, which cannot be JSON" },
    } do
      assert.error_matches(function() json.encode(case[1]) end, case[2])
    end
    assert.error_matches(function() json.encode(nil) end, "a nil cannot be JSON")
    assert.error_matches(function() json.encode() end, "value expected")
  end)

  it("refuses a table of which something would be left out", function()
    assert.error_matches(function() json.encode { 1, 2, x = 3 } end, "an array with gaps, or with names")
    assert.error_matches(function() json.encode { 1, nil, nil, 4 } end, "an array with gaps, or with names")
    assert.error_matches(function() json.encode { [2] = 2 } end, "one is a number")
    assert.error_matches(function() json.encode { [true] = 2 } end, "one is a boolean")
  end)
end)

describe("json.array", function()
  it("marks a table, whose mark cannot be reached", function()
    local list = { 1 }
    assert.equal(list, json.array(list))
    assert.is_false(getmetatable(list))
    assert.error_matches(function() json.array "text" end, "table expected")
  end)
end)

-- What a hook meets that takes a field for a text, without a look at whether it is null.
describe("json.null", function()
  it("is named by whoever takes it for a text, a number or a table", function()
    local null = json.null
    for _, use in ipairs {
      function() return null.title end, function() return null:find "x" end, function() return "a" .. null end,
      function() return #null end, function() return null < 1 end, function() return null + 1 end, function() return (null()) end,
    } do assert.error_matches(use, "^null stands here %(json.null%), which is no text, number or table") end
    assert.error_matches(function() return ("x").rep(null, 2) end, "string expected, got null %(json.null%)")
  end)

  it("is told from all else as ever, and cannot be changed", function()
    assert.is_true(json.decode "[null]"[1] == json.null)
    assert.is_false(json.null == nil)
    assert.equal("userdata", type(json.null))
    assert.is_false(getmetatable(json.null))
  end)
end)

describe("what json.decode is told to keep", function()
  local function kept(text, ...) return json.decode(text, { ... }) end

  it("is not taken apart, and goes out with the bytes that it came with", function()
    local value = kept('{"of": 1, "a": { "b" : 1.50, "c":[9007199254740993.0 ,{ }]}, "d": {"e": 2}}', "a")
    assert.is_true(json.is_text(value.a))
    assert.equal('{ "b" : 1.50, "c":[9007199254740993.0 ,{ }]}', tostring(value.a))
    assert.same({ e = 2 }, value.d)
    assert.equal('{"a":{ "b" : 1.50, "c":[9007199254740993.0 ,{ }]},"d":{"e":2},"of":1}', json.encode(value))
    assert.equal(1.5, json.decode(value.a).b)
    assert.is_true(json.valid(value.a))
    assert.equal("[9007199254740993.0 ,{ }]", json.slice(value.a, "c"))
  end)

  it("is named by paths, of which a * is each element or member, and an escaped name is the same name", function()
    local text = '[{"stream":{"state":{"x":1}}},{"stre\\u0061m":{"state":{"x":2}}},{"other":{"state":{"x":3}}}]'
    local list = kept(text, "*.stream.state", "nowhere")
    assert.same({ '{"x":1}', '{"x":2}' }, { tostring(list[1].stream.state), tostring(list[2].stream.state) })
    assert.same({ state = { x = 3 } }, list[3].other)
    local parts = kept('{"projects":{"a.b":{"x":1},"c":{"x":2}},"seed":"s"}', "projects.*", 'projects["a.b"]')
    assert.equal('{"x":1} {"x":2}', tostring(parts.projects["a.b"]) .. " " .. tostring(parts.projects.c))
  end)

  it("are objects that have members, and nothing else", function()
    local text = '{"a":{},"b":[{}],"c":null,"d":"{}","e":1}'
    local value = kept(text, "*")
    assert.same({ {}, { {} }, json.null, "{}", 1 }, { value.a, value.b, value.c, value.d, value.e })
    for _, one in ipairs { {}, "{}", json.null, 1, json.number "1e400" } do assert.is_false(json.is_text(one)) end
  end)

  it("may be made of a table", function()
    local made = json.text { b = { 1 }, a = json.null }
    assert.is_true(json.is_text(made))
    assert.equal('{"a":null,"b":[1]}', tostring(made))
    assert.error_matches(function() json.text { 1 } end, "an object was expected, and this is an array")
    assert.error_matches(function() json.text "{}" end, "table expected")
  end)

  it("is refused where it is named by no path", function()
    for _, paths in ipairs { { "" }, { "a." }, { 1 }, "a" } do
      assert.is_false(pcall(json.decode, "{}", paths))
    end
  end)
end)
