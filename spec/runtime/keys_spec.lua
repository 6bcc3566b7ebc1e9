-- The keys of records: judged by openssl, and by what builds of before there was a seed wrote.
local digest = require "digest"
local json = require "json"
local keys = require "keys"
local page = require "page"
local perigee = require "spec.support.perigee"
local own_streams = require "spec.support.own_streams"
local sentry = require "spec.support.sentry"

local SEED = digest.base64 "\0\1\2\3\4\5\6\7\8\9\10\11\12\13\14\15"
local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

-- Three records, and their keys as a build without a seed wrote them.
local ROWS = '[{"id":"7","t":"2026-01-02T00:00:00Z","stats":1},{"id":8,"t":"2026-01-01T00:00:00Z",'
  .. '"note":"\\u00e9 a longer text than eight bytes","stats":{"x":2}},{"other":true}]'
local OLD = {
  { { fields = { "id", "t" }, key = { "id" } }, { "ygHguI8L27JAGV4l", "nG9M6yrb93aCcA-D", "0Qoun7L3L5oZNneO" } },
  { { fields = { "id", "t" }, key = { "id", "t" } }, { "LiKjyDZhInnxNKTr", "qngGTeMMUhzaqE2A", "0Qoun7L3L5oZNneO" } },
}

teardown(perigee.cleanup)

-- What openssl makes of the bytes, as a key's text: 96 bits, most significant first, of a number in little endian.
local function by_openssl(text)
  local path = perigee.write(("\0"):rep(16) .. text, "hashed")
  local pipe = assert(io.popen("openssl mac -macopt size:16 -macopt c-rounds:1 -macopt d-rounds:3 -macopt "
    .. "hexkey:000102030405060708090a0b0c0d0e0f -in " .. path .. " SIPHASH"))
  local hex = pipe:read "l"
  assert(pipe:close())
  local bits, out = "", ""
  for byte in hex:gmatch "%x%x" do
    local value, eight = tonumber(byte, 16), ""
    for i = 7, 0, -1 do eight = eight .. (value >> i & 1) end
    bits = eight .. bits -- the last byte is the highest
  end
  for at = 1, 96, 6 do
    local digit = tonumber(bits:sub(at, at + 5), 2) + 1
    out = out .. DIGITS:sub(digit, digit)
  end
  return "~" .. out
end

describe("a key", function()
  it("is what openssl makes of the text with the seed (SipHash-1-3, 128 bits)", function()
    assert.is_true(keys.use(SEED))
    assert.equal(SEED, keys.seed())
    for length = 0, 40 do
      local set, text = keys.set(1), ("perigee \0\255 reads"):rep(3):sub(1, length)
      set:add(text)
      assert.equal(by_openssl(text), set:list()[1])
    end
  end)

  it("is another with another seed, and no text is taken for a seed that is none", function()
    keys.use(SEED)
    local set = keys.set(10)
    set:add "7"
    assert.is_false(keys.use "short")
    assert.equal(SEED, keys.seed())
    assert.is_true(keys.use(digest.base64(("x"):rep(16))))
    assert.is_true(set:add "7")
    assert.equal(2, set:count())
  end)

  it("has a seed that nobody knows in each state, the same in all of a replay", function()
    local text = "print(require 'keys'.seed())"
    local first, second = perigee.interpret(text).lines[1], perigee.interpret(text).lines[1]
    assert.equal(16, #digest.from_base64(first))
    assert.are_not.equal(first, second)
    local place = sentry.scenario { data = { releases = 3 } }
    local archive = perigee.folder() .. "/seeds.har"
    local script = { seeded = [[return { name = "seeded", path = "organizations/{organization}/releases/",
      primary_key = "version", cursor = { field = "dateCreated" } }]] }
    local function seed_of(word)
      local result = own_streams.read(place, script, { "seeded", "incremental" }, { words = { word, archive } })
      local states = result.of "STATE"
      return states[#states].stream.stream_state.seed
    end
    local live = seed_of "--record"
    assert.equal(16, #digest.from_base64(live))
    assert.equal(seed_of "--replay", seed_of "--replay")
    assert.are_not.equal(live, seed_of "--replay")
  end)

  it("of a state is compared by that state's seed, which the next state carries on", function()
    local place = sentry.scenario { data = { releases = 3 } }
    local script = { plain = [[return { name = "plain", path = "organizations/{organization}/releases/",
      primary_key = "version", cursor = { field = "dateCreated" } }]] }
    local function read(state)
      local result = own_streams.read(place, script, { "plain", "incremental" }, { state = state })
      local states = result.of "STATE"
      return result, states[#states]
    end
    local result, state = read()
    assert.equal(3, #result.records())
    assert.equal("~", state.stream.stream_state.recent.keys[1]:sub(1, 1))
    local again, after = read { { type = "STATE", state = state } }
    assert.equal(0, #again.records())
    assert.equal(state.stream.stream_state.seed, after.stream.stream_state.seed)
    state.stream.stream_state.seed = nil -- its keys can be compared with none
    again = read { { type = "STATE", state = state } }
    assert.is_true(#again.records() > 0, json.encode(state))
  end)
end)

describe("keys of before there was a seed", function()
  local function read_page(settings) return page.of(ROWS, settings) end

  it("are met again, and remembered with the seed", function()
    for _, case in ipairs(OLD) do
      local settings, texts = case[1], case[2]
      local known, again = keys.set(10), keys.set(10)
      assert.is_true(known:load { texts[1], texts[3] })
      local one = read_page(settings)
      assert.equal(2, one:drop_known(known))
      one:remember_rows(again, known)
      assert.equal(2, again:count())
      for _, text in ipairs(again:list()) do assert.equal("~", text:sub(1, 1)) end
      assert.equal(2, read_page(settings):drop_known(again))
    end
  end)

  it("tell nothing of records that are compared by what they say: those go out once more, and none is missed", function()
    local known = keys.set(10)
    known:load(OLD[1][2])
    assert.equal(0, read_page({ fields = { "id", "t" }, key = { "id" }, changing = { "stats" } }):drop_known(known))
  end)

  it("say where a slice goes on", function()
    local near, other = keys.set(10), keys.set(10)
    near:load { OLD[1][2][1] }
    other:load { OLD[1][2][2] }
    assert.is_true(read_page(OLD[1][1]):joins(near))
    assert.is_false(read_page(OLD[1][1]):joins(other))
  end)

  it("stand beside others in one list, each known by its form", function()
    local set, again = keys.set(10), keys.set(10)
    set:load { OLD[1][2][2] }
    read_page(OLD[1][1]):remember(set, "all")
    local list = set:list()
    assert.equal(4, #list)
    assert.equal(OLD[1][2][2], list[1])
    assert.is_true(again:load(list))
    assert.same(list, again:list())
    for _, wrong in ipairs { "~" .. ("A"):rep(16), "~short", "~~nG9M6yrb93aCcA-D", "", "nG9M6yrb93aCcA-D~" } do
      assert.is_false(keys.set(10):load { wrong }, wrong)
    end
  end)
end)

describe("what a record says", function()
  -- The digest of a record without these members.
  local function digest_of(text, changing)
    local one, set = page.of("[" .. text .. "]", { fields = { "id" }, key = { "id" }, changing = changing }), keys.set(1)
    one:remember_rows(set, "all")
    return set:list()[1]
  end

  it("is the same with other values of what changes by itself, and without them, wherever they stand", function()
    local changing = { "stats", "life.stats", "list.seen", "first" }
    local plain = digest_of('{"id":1,"a":"b","life":{"x":1},"list":[{"y":1},{"y":2},3]}', changing)
    for _, text in ipairs {
      '{"id":1,"stats":{"a":[1,2]},"a":"b","life":{"x":1},"list":[{"y":1},{"y":2},3]}',
      '{"first":{},"id":1,"a":"b","life":{"stats":2,"x":1},"list":[{"seen":1,"y":1},{"y":2,"seen":"x"},3]}',
      '{"first":{},"stats":4,"id":1,"a":"b","life":{"x":1,"stats":{}},"list":[{"y":1,"seen":[]},{"seen":9,"y":2},3]}',
      '{"id":1,"a":"b","life":{"x":1},"list":[{"y":1},{"y":2},3] , "st\\u0061ts" : "x"}',
    } do
      assert.equal(plain, digest_of(text, changing), text)
    end
  end)

  it("is another with any other byte", function()
    local changing = { "stats", "life.stats" }
    local texts, seen = {
      '{"id":1,"a":"b"}', '{"id":1,"a":"c"}', '{"id":1,"a":"b","life":{}}', '{"id":1,"a":"b","life":{"x":1}}',
      '{"id":1,"a":"b","life":{"y":1}}', '{"id":1,"a":"b","life":2}', '{"id":1,"a":"b","stats2":1}', '{"a":"b","id":1}',
      '{"id":1,"a":{"stats":1}}', '{"id":1,"a":{"stats":2}}', '{"id":1,"life":[{"stats":1}],"a":"b"}',
      '{"id":1,"life":[],"a":"b"}',
    }, {}
    for _, text in ipairs(texts) do
      local one = digest_of(text, changing)
      assert.is_nil(seen[one], text)
      seen[one] = text
    end
  end)

  it("is the same however many members are left out around a text of any length", function()
    for length = 0, 40 do
      local text = ("x"):rep(length)
      assert.equal(digest_of(('{"id":1,"a":"%s"}'):format(text), { "b", "c", "d" }),
        digest_of(('{"b":[1],"id":1,"c":{},"a":"%s","d":2}'):format(text), { "b", "c", "d" }))
    end
  end)
end)
