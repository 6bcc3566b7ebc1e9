-- Random records under random schemas, synced three times as both change: the table says what the records said last, by
-- SQLite's own reading of them. PERIGEE_SEED repeats a run, PERIGEE_LONG=1 makes it 60 trials and not 8.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local TRIALS = os.getenv "PERIGEE_LONG" == "1" and 60 or 8
local SEED = math.tointeger(tonumber(os.getenv "PERIGEE_SEED")) or os.time()
local SYNCS, RECORDS = 3, 30

local NAMES = { "a", "A", "b", "order", "select", "a b", 'q"q', "back\\slash", "", "é", "É", "_place", "_more", "_row", "rowid",
  "id2", "ID", "x.y", "x-y", "group", "f1", "F1", "f2", "[x]", "'", "`", ";", "1", "--", "%s" }
local TYPES = { "string", "integer", "number", "boolean", "array", "object" }

local function one_of(list) return list[math.random(#list)] end

local values -- each gives JSON text

local function value(depth) return one_of(values)(depth) end

local function list(depth)
  local items = {}
  for i = 1, depth < 3 and math.random(0, 3) or 0 do items[i] = value(depth + 1) end
  return "[" .. table.concat(items, one_of { ",", " , " }) .. "]"
end

local function object(depth)
  local members, seen = {}, {}
  for _ = 1, depth < 3 and math.random(0, 3) or 0 do
    local name = one_of(NAMES)
    if not seen[name] then members[#members + 1] = json.encode(name) .. one_of { ":", " : " } .. value(depth + 1) end
    seen[name] = true
  end
  return "{" .. table.concat(members, one_of { ",", ", " }) .. "}"
end

values = {
  function() return "null" end, function() return one_of { "true", "false" } end,
  function() return tostring(math.random(-1000, 1000)) end,
  function() return one_of { "9223372036854775807", "-9223372036854775808", "4611686018427387904" } end,
  function() return ("%.15g"):format((math.random() - 0.5) * 10 ^ math.random(-20, 20)):gsub("^(%-?%d+)$", "%1.0") .. "" end,
  function()
    return json.encode(one_of { "", "text", "it's", '"quoted"', "a\\b", "line\nbreak", "ünïcödé 😀", "12", "null", "{}" })
  end,
  function() return one_of { '"\\u00e9\\ud83d\\ude00"', '"\\/"', '"2026-01-31T10:00:00Z"', '"2026-01-31T10:00:00.5+02:00"' } end,
  list, object,
}

local function record(id)
  local members, seen = { '"id":' .. id }, {}
  for _ = 1, math.random(0, 12) do
    local name = one_of(NAMES)
    if not seen[name] then members[#members + 1] = json.encode(name) .. ":" .. value(0) end
    seen[name] = true
  end
  -- The key anywhere in it.
  local at = math.random(#members)
  members[1], members[at] = members[at], members[1]
  return "{" .. table.concat(members, ",") .. "}"
end

local function schema()
  local properties = {}
  for _ = 1, math.random(0, 8) do
    local types = one_of { one_of(TYPES), { "null", one_of(TYPES) }, { one_of(TYPES), one_of(TYPES) } }
    properties[one_of(NAMES)] = { type = types, format = one_of { nil, "date-time" } }
  end
  if math.random() < 0.5 then properties.id = { type = "integer" } end
  return json.encode { type = "object", properties = properties }
end

local SCRIPT = [==[
local json, page = require "json", require "page"
return {
  name = "fuzzed", primary_key = "id", cursor = { field = "id" }, schema = json.decode([====[SCHEMA]====]),
  read = function(context)
    for _, text in ipairs { PAGES } do
      context:emit(assert(page.of(text, { fields = { "id" }, key = { "id" } })))
      context:checkpoint { n = _ }
    end
  end,
}]==]

-- Values take the place of words, whatever is in them.
local function filled(by_word)
  return (SCRIPT:gsub("%u%u%u%u%u+", by_word))
end

local function quoted(text) return "[=====[" .. text .. "]=====]" end

describe("a sync of random records", function()
  local scenario
  setup(function()
    print(("sync_fuzz_spec: PERIGEE_SEED=%d"):format(SEED))
    scenario = sentry.scenario {}
  end)
  teardown(perigee.cleanup)

  local function run(file, text)
    return perigee.run(connector.words("sync", scenario, { words = { "--to", file, "--streams=fuzzed", "--scripts",
      own_streams.folder { fuzzed = text } } }))
  end

  local function trial(number)
    math.randomseed(SEED + number)
    local file, latest = ("%s/fuzz%d.db"):format(perigee.folder(), number), {}
    for _ = 1, SYNCS do
      local pages = {}
      for page = 1, 2 do
        local records = {}
        for i = 1, RECORDS / 2 do
          local id = math.random(RECORDS)
          records[i] = record(id)
          latest[id] = { text = records[i] }
        end
        pages[page] = quoted("[" .. table.concat(records, ",") .. "]")
      end
      local result = run(file, filled { SCHEMA = schema(), PAGES = table.concat(pages, ", ") })
      assert(result.status == 0, ("PERIGEE_SEED=%d: %s"):format(SEED + number - 1, result.err))
      local records = {}
      for _, one in pairs(latest) do records[#records + 1] = one end
      local ok, wrong = pcall(database.assert_holds, file, "fuzzed", "id", records)
      assert(ok, ("PERIGEE_SEED=%d: %s"):format(SEED + number - 1, wrong))
    end
    local fields = database.rows(file, "SELECT count(*), count(DISTINCT lower(\"column\")) FROM _perigee_columns")[1]
    assert.equal(fields[1], fields[2])
  end

  it("leaves a table of what they said last, whatever they and their schemas are", function()
    for number = 1, TRIALS do trial(number) end
  end)
end)
