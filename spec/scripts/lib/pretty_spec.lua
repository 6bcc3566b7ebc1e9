local connector = require "spec.support.connector"
local json = require "json"
local perigee = require "spec.support.perigee"
local pretty = require "lib.pretty"
local sentry = require "spec.support.sentry"

local plain = pretty.painter(false)

local function value(given, columns, depth) return table.concat(pretty.value(given, plain, columns or 100, depth), "\n") end
local function text(given, columns) return table.concat(pretty.json(given, plain, columns or 100), "\n") end

-- Without the white space between tokens.
local function squeezed(given)
  local parts, inside, at = {}, false, 1
  while at <= #given do
    local piece = given:match("^\\.", at) or given:sub(at, at)
    if piece == '"' then inside = not inside end
    if inside or not piece:find "%s" then parts[#parts + 1] = piece end
    at = at + #piece
  end
  return table.concat(parts)
end

describe("JSON that is shown", function()
  teardown(perigee.cleanup)

  it("has every token as it came", function()
    for _, given in ipairs {
      '{"b":1.10,"a":[9007199254740993,-0.0,1E+2,1700000000.123456],"b":2,"c":{},"d":[]}', "[]", "{}", '"x"', "null",
        "-1e-7",
      ' {"a" :[ true,false , null ]}', '{"\\u0041\\n":"caf\\u00e9 é"}', '[[[[[]]]],{"":""}]',
    } do
      assert.equal(squeezed(given), squeezed(text(given)))
      assert.equal(squeezed(given), squeezed(text(given, 5)))
    end
  end)

  it("has every token of odd records", function()
    local records = connector.truth(sentry.scenario { data = { events = 30, odd = true } }, "events")
    assert.equal(30, #records)
    for _, given in ipairs(records) do
      for number in squeezed(given):gmatch "[:,%[](%-?%d[%d.eE+-]*)[,}%]]" do
        assert.is_truthy(text(given):find(number, 1, true), number)
      end
    end
  end)

  it("stands on one line where it fits, and many short items to a line", function()
    assert.equal('{ "a": [1, 2], "b": {} }', text '{"a":[1,2],"b":{}}')
    assert.equal('{\n  "a": [\n    1, 2,\n    3\n  ]\n}', text('{"a":[1,2,3]}', 10))
  end)

  it("is cut within long strings, not within a character", function()
    local shown = text('"' .. ("é"):rep(400) .. '"')
    assert.is_truthy(utf8.len(shown))
    assert.matches("…\"%(802 bytes%)$", shown)
  end)
end)

describe("a value that is shown", function()
  it("is Lua as one would write it", function()
    assert.equal('{ 1, 2.0, "x", a = true, ["b-c"] = nil_ }', (value({ 1, 2.0, "x", a = true,
      ["b-c"] = 0 }):gsub("= 0 }", "= nil_ }")))
    assert.equal("[]", value(json.decode "[]"))
    assert.equal("{}", value {})
    assert.equal("null", value(json.null))
    assert.equal("inf", value(math.huge))
    assert.equal("9007199254740993", value(9007199254740993))
  end)

  it("cannot steer the terminal", function()
    for _, given in ipairs { "\27[2J", "a\7b", "\194\155", "\127" } do
      assert.is_nil((value(given) .. text('"' .. given .. '"') .. pretty.clean(given)):find "[\0-\9\11-\31\127]")
      assert.is_nil((value(given) .. pretty.clean(given)):find("\194\155", 1, true))
    end
  end)

  it("ends where it contains itself, or is deep or long", function()
    local itself = {}
    itself.x = itself
    assert.equal("{ x = { … itself } }", value(itself))
    assert.equal("{ { … 1 } }", value({ { { 1 } } }, 100, 1):gsub("%s+", " "))
    local long = {}
    for i = 1, 1000 do long[i] = i end
    assert.matches("… 800 more", value(long))
    assert.matches('"…%(1000 bytes%)', value(("x"):rep(1000)))
  end)

  it("is what its __tostring says, where it has one", function()
    assert.equal("shown so", value(setmetatable({ 1 }, { __tostring = function() return "shown so" end })))
  end)
end)

describe("what was raised", function()
  local function raised(message, frames)
    return pretty.raised(message .. "\nstack traceback:\n\t" .. table.concat(frames, "\n\t"))
  end

  it("is shown with the script's own frames, where there are several", function()
    local message, trace = raised("my/teams.lua:7: deep",
      { "[C]: in method 'filter'", "my/teams.lua:7: in function 'f'", "scripts/reading/walk.lua:1: in field 'x'",
        "my/teams.lua:9: in f",
        "(...tail calls...)", "scripts/worker.lua:9: in f" })
    assert.same({ "my/teams.lua:7: deep", "\tmy/teams.lua:7: in function 'f'\n\tmy/teams.lua:9: in f" }, { message, trace })
    message, trace = raised("my/teams.lua:7: deep", { "my/teams.lua:7: in f", "scripts/reading/walk.lua:1: in f" })
    assert.same({ "my/teams.lua:7: deep" }, { message, trace })
  end)

  it("is shown whole where perigee itself failed, and as it is without a traceback", function()
    local _, trace = raised("scripts/reading/walk.lua:7: deep", { "scripts/reading/walk.lua:7: in f", "[C]: in f" })
    assert.equal("\tscripts/reading/walk.lua:7: in f\n\t[C]: in f", "\t" .. trace:gsub("^%s+", ""))
    assert.same({ "bad" }, { pretty.raised "bad" })
  end)
end)

describe("rows that are shown", function()
  it("have columns as wide as their longest text, of which some stand at the right", function()
    local rows = { { "stream", "new", "from" }, { "größe", "1200", "" } }
    assert.same({ "stream   new    from", "größe    1200" }, pretty.columns(rows))
    assert.same({ "stream    new   from", "größe    1200" }, pretty.columns(rows, { [2] = true }))
  end)
end)
