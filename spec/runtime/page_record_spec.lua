-- What a script's hooks see of a record, and what they can make of it.
local json = require "json"
local page = require "page"

local function split(text, reads)
  return assert(page.of(text, { fields = { "id" }, key = { "id" }, reads = reads }))
end

-- What a transform makes of one record, as text.
local function changed(text, f)
  local made = split("[" .. text .. "]")
  made:transform(function(record) return f(record) end)
  return (made:record(1))
end

-- Texts whose strings hold what stands between values, backslashes before quotes among it, at every distance from the text's
-- beginning: where a value ends is found by blocks of bytes.
local function random_text(depth)
  local kind = math.random(depth > 0 and 4 or 2)
  if kind == 1 then return tostring(math.random(-9, 99999)) end
  local parts = {}
  if kind == 2 then
    for i = 1, math.random(0, 40) do
      parts[i] = ({ "[", "]", "{", "}", ",", ":", '\\"', "\\\\", "a", "é", "\\u005d", " " })[math.random(12)]
    end
    return '"' .. table.concat(parts) .. '"'
  end
  for i = 1, math.random(0, 5) do
    parts[i] = (kind == 3 and ('"%s":'):format(("k"):rep(math.random(0, 30))) or "") .. random_text(depth - 1)
  end
  local inside = table.concat(parts, math.random(3) == 1 and " , " or ",")
  return kind == 3 and "{" .. inside .. "}" or "[" .. inside .. "]"
end

describe("a record in a hook", function()
  it("is left without one field, and has all bytes of the others, whatever they hold", function()
    math.randomseed(11)
    for round = 1, 3000 do
      local before, cut, after = random_text(4), random_text(4), random_text(3)
      local text = ('{"before":%s,"cut":%s,"after":%s}'):format(before, cut, after)
      assert.equal(('{"before":%s,"after":%s}'):format(before, after),
        changed(text, function(record) return record:without "cut" end), round)
    end
  end)

  local text = '{"id":7,"title":"a\\u00e9 \\"b\\"","plain":"x","yes":true,"no":false,"nothing":null,"half":0.5,'
    .. '"big":9007199254740993,"list":[1,{"a":[]}],"set":"mine","a":1,"\\u0061":2}'
  local wanted = { id = 7, title = 'aé "b"', plain = "x", yes = true, no = false, half = 0.5, big = 9007199254740993, a = 2 }

  for _, how in ipairs { "searched for", "noted" } do
    it("gives each field its value, when it is " .. how, function()
      local reads = how == "noted" and { "title", "plain", "yes", "nothing", "big", "a", "set", "list" } or nil
      local seen = 0
      split("[" .. text .. ",{}]", reads):filter(function(record)
        seen = seen + 1
        if seen == 2 then
          for name in pairs(wanted) do assert.is_nil(record[name]) end
          return true
        end
        for name, value in pairs(wanted) do assert.equal(value, record[name], name) end
        assert.equal("integer", math.type(record.id))
        assert.equal(json.null, record.nothing)
        assert.equal(1, record.list[1])
        assert.equal("[]", json.encode(record.list[2].a))
        assert.is_nil(record.absent)
        assert.equal("mine", record:get "set")
        assert.is_function(record.set)
        return true
      end)
      assert.equal(2, seen)
    end)
  end

  it("can be had whole, as a table and as its bytes", function()
    split("[" .. text .. "]"):filter(function(record)
      assert.equal(text, record:raw())
      assert.equal("mine", record:decode().set)
      return true
    end)
  end)

  it("has later pages note the fields that are read, eight at most", function()
    local reads = {}
    split '[{"id":1}]':filter(function(record)
      for i = 1, 12 do local _ = record["f" .. i] or record["f" .. i] or record.id end
      return true
    end, nil, reads)
    assert.same({ "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8" }, reads)
  end)

  it("cannot be used after its hook, nor in a later call of it", function()
    local kept
    local rows = split '[{"id":1}]'
    rows:filter(function(record) kept = record return true end)
    for _, use in ipairs { function() return kept.id end, function() kept:set("a", 1) end, function() kept:decode() end } do
      assert.error_matches(use, "a record can be used only within its hook")
    end
    pcall(rows.filter, rows, function(record) kept = record error "oops" end)
    assert.error_matches(function() return kept.id end, "only within its hook")
    rows:close()
    assert.error_matches(function() return kept.id end, "only within its hook")
  end)

  it("is changed by set alone, and says so", function()
    assert.error_matches(function() changed("{}", function(record) record.a = 1 end) end, "record:set%('a', value%)")
  end)
end)

describe("a filter", function()
  it("holds back what it is false for, which stays kept for keys and states", function()
    local rows = split '[{"id":1,"level":"error"},{"id":2,"level":"info"},{"id":3}]'
    assert.equal(2, rows:filter(function(record) return record.level == "error" end))
    assert.equal(3, rows:kept())
    local out = {}
    for i = 1, 3 do out[i] = select(2, rows:record(i)) end
    assert.same({ true, false, false }, out)
  end)

  it("is not asked about records that are dropped already, nor undone by a second hook", function()
    local rows, asked = split '[{"id":1},{"id":2}]', {}
    local known = require("keys").set(10)
    split '[{"id":1}]':remember(known, "all")
    rows:drop_known(known)
    rows:filter(function(record) asked[#asked + 1] = record.id return false end)
    rows:transform(function(record) asked[#asked + 1] = record.id return record end)
    assert.same({ 2 }, asked)
  end)

  it("is handed the context", function()
    split "[{}]":filter(function(_, context) assert.equal("acme", context.config.organization) return true end,
      { config = { organization = "acme" } })
  end)

  it("that returns nothing is an error that names its line, and so is one that raises", function()
    local rows = split "[{}]"
    local _, nothing = pcall(function() rows:filter(function() end) end)
    assert.matches("^[^:]*record_spec.lua:%d+: this filter returned nothing", nothing)
    local _, message = pcall(rows.filter, rows, function() error "oops" end)
    assert.is_truthy(message:find "record_spec.lua:%d+: oops")
  end)

  it("that closes its page harms nothing", function()
    local rows = split "[{},{}]"
    assert.error_matches(function() rows:filter(function() rows:close() return true end) end, "closed by its own hook")
  end)

  it("cannot wait, and says so", function()
    local tasks = require "tasks"
    local rows = split "[{}]"
    assert.error_matches(function() rows:filter(function() tasks.sleep(0) return true end) end, "cannot be called in a filter")
  end)
end)

describe("a transform", function()
  local cases = {
    { "replaces a value", '{ "a" : 1.10 , "b":[] }', '{ "a" : "x" , "b":[] }', function(r) return r:set("a", "x") end },
    { "adds a field at the end", '{"a":1.10 }', '{"a":1.10,"b":{"c":null} }',
      function(r) return r:set("b", { c = json.null }) end },
    { "adds one to an empty record", "{ }", '{"b":1 }', function(r) return r:set("b", 1) end },
    { "leaves one of a name that comes twice", '{"a":1,"b":2,"\\u0061":3}', '{"b":2,"\\u0061":9}',
      function(r) return r:set("a", 9) end },
    { "takes out the first", '{ "a":1, "b":2}', '{ "b":2}', function(r) return r:without "a" end },
    { "takes out one in the middle", '{"a":1 , "b":2 ,"c":3}', '{"a":1 ,"c":3}', function(r) return r:without "b" end },
    { "takes out the last", '{"a":1, "b":2 }', '{"a":1 }', function(r) return r:without "b" end },
    { "takes out all of a name", '{"a":1,"a":2,"b":3,"a":4}', '{"b":3}', function(r) return r:without "a" end },
    { "takes out the only one", '{"a":1,"a":2}', "{}", function(r) return r:without "a" end },
    { "leaves what it does not touch", '{"n":[0,-0,1E400,9007199254740993],"s":"\\/\\ud800"}', nil, function(r) return r end },
    { "takes out what is not there", '{"a":{"b":1}}', nil, function(r) return r:without "b" end },
    { "chains", '{"a":1,"b":2}', '{"b":3,"c":4}', function(r) return r:without("a"):set("b", 3):set("c", 4) end },
    { "reads what it has set", '{"a":1}', '{"a":2,"b":3}', function(r) r:set("a", 2) return r:set("b", r.a + 1) end },
    { "reads no field that it took out", '{"id":1,"b":2}', '{"b":2,"c":true}',
      function(r) r:without "id" return r:set("c", r.id == nil) end },
    { "quotes names", "{}", '{"a\\"b":1}', function(r) return r:set('a"b', 1) end },
    { "returns a table in its place", '{"a":1}', '{"b":[]}', function() return { b = json.array() } end },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local made = changed(case[2], case[4])
      assert.equal(case[3] or case[2], made)
      assert.is_true(json.valid(made))
    end)
  end

  it("agrees with a table that is changed in the same way, whatever is done", function()
    math.randomseed(7)
    local names = { "a", "b", "c", "d", "e" }
    for _ = 1, 500 do
      local model, before = {}, {}
      for i = 1, math.random(0, 4) do
        local name = names[math.random(#names)]
        before[i] = ('%s"%s"%s:%d'):format((" "):rep(math.random(0, 1)), name, (" "):rep(math.random(0, 1)), i)
        model[name] = i
      end
      local made = changed("{" .. table.concat(before, ",") .. (" "):rep(math.random(0, 1)) .. "}", function(record)
        for _ = 1, math.random(1, 6) do
          local name, value = names[math.random(#names)], math.random(100)
          if math.random(2) == 1 then record:set(name, value) model[name] = value
          else record:without(name) model[name] = nil end
          for _, one in ipairs(names) do assert.equal(model[one], record[one]) end
        end
        return record
      end)
      assert.same(model, json.decode(made))
    end
  end)

  it("may hold records back by false, but must not forget to return", function()
    local rows = split '[{"id":1},{"id":2}]'
    rows:transform(function(record) return record.id == 1 and record end)
    assert.is_true((select(2, rows:record(1))))
    assert.is_false((select(2, rows:record(2))))
    local _, nothing = pcall(changed, "{}", function() end)
    assert.matches("^[^:]*record_spec.lua:%d+: this transform must return", nothing)
    assert.error_matches(function() changed("{}", function() return { 1 } end) end, "returned a list")
    assert.error_matches(function() changed("{}", function(r) return r:set("a", print) end) end, "a function cannot be JSON")
    assert.error_matches(function() changed("{}", function(r) return r:set("a", nil) end) end, "json.null is null")
  end)

  it("changes neither times nor keys, which are those that the server sent", function()
    local rows = assert(page.of('[{"id":1,"t":"2026-01-01T00:00:00Z"}]', { fields = { "id", "t" }, key = { "id" } }))
    local known, newest = require("keys").set(10), rows:newest "t"
    rows:transform(function(record) return record:set("t", "2030-01-01T00:00:00Z"):set("id", 2) end)
    assert.equal(newest, rows:newest "t")
    rows:remember(known, "kept")
    assert.equal(1, split '[{"id":1}]':drop_known(known) + 0)
  end)
end)

describe("drift", function()
  it("notes each field that is not declared so, once, of what goes out", function()
    local rows = split '[{"id":1,"a":"x","n":1.5},{"id":"s","a":null,"b":[]},{"id":2,"c":1}]'
    rows:filter(function(record) return record.id ~= 2 end)
    local found = {}
    assert.equal(2, rows:drift({ id = 4, a = 16, n = 4 }, found))
    assert.same({ "n", "id", "a", "b", n = "number", id = "string", a = "null", b = "array" }, found)
  end)

  it("looks at one record only, where that is asked for, and at none of an empty page", function()
    local rows, found = split '[{"a":1},{"b":1},{"c":1}]', {}
    assert.equal(1, rows:drift({}, found, 4))
    assert.same({ "b", b = "integer" }, found)
    assert.equal(0, split "[]":drift({}, found, 4))
  end)

  it("is bounded, for a server may make names without end", function()
    local parts, found = {}, {}
    for i = 1, 200 do parts[i] = ('"f%d":1'):format(i) end
    split("[{" .. table.concat(parts, ",") .. "}]"):drift({}, found)
    assert.equal(50, #found)
  end)
end)
