-- Input states in every form that exists: what is understood is gone on from, what means no state is none, and what can
-- be neither is refused before a record of any stream.
local clock = require "clock"
local connector = require "spec.support.connector"
local json = require "json"
local keys = require "keys"
local page = require "page"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local CURSORS = { events = "dateCreated", issues = "lastSeen", releases = "dateCreated" }
local STREAMS = { "events", "issues", "releases" }
local ENTRIES = { { "events", "incremental" }, { "issues", "incremental" }, { "releases", "incremental" } }
local DATA = { events = 12, issues = 10, releases = 8 }

local scenario, held, from, all

local function read(state, given)
  given = given or {}
  return connector.read(given.scenario or scenario, given.entries or ENTRIES, {
    state = state, config = given.config or { lookback_minutes = 0 },
  })
end

-- The time of a stream's middle record: half of the records lie at or after it.
local function middle(stream)
  local times = {}
  for _, record in ipairs(held[stream]) do times[#times + 1] = clock.parse(record.cursor) end
  table.sort(times)
  return times[#times // 2 + 1]
end

local function since(stream, us)
  local list = {}
  for _, record in ipairs(held[stream]) do
    if clock.parse(record.cursor) >= us then list[#list + 1] = record.text end
  end
  return list
end

-- What a state says of a list without an order: which of its records were sent, not from where on they were not.
local function sent_before(stream)
  local texts, set = {}, keys.set(100)
  for _, record in ipairs(held[stream]) do
    if clock.parse(record.cursor) < from[stream] then texts[#texts + 1] = record.text end
  end
  local list = page.of("[" .. table.concat(texts, ",") .. "]", { fields = { "version", "dateCreated" },
    key = { "version", "dateCreated" }, changing = require "sentry.changing"[stream] })
  list:remember_rows(set, "all")
  list:close()
  return { keys = json.array(set:list()) }
end

local function cursor_of(stream)
  local state = { [CURSORS[stream]] = clock.format(from[stream]) }
  if stream == "releases" then state.recent, state.seed = sent_before(stream), keys.seed() end
  return state
end

local function message(stream, value)
  return { type = "STREAM", stream = { stream_descriptor = { name = stream }, stream_state = value } }
end

local function messages()
  local list = {}
  for i, stream in ipairs(STREAMS) do list[i] = message(stream, cursor_of(stream)) end
  return list
end

local function by_name()
  local states = {}
  for _, stream in ipairs(STREAMS) do states[stream] = cursor_of(stream) end
  return states
end

setup(function()
  scenario = sentry.scenario { data = DATA }
  held, from, all = {}, {}, {}
  for _, stream in ipairs(STREAMS) do
    held[stream] = connector.held(scenario, stream)
    from[stream] = middle(stream)
    all[stream] = connector.truth(scenario, stream)
  end
end)
teardown(perigee.cleanup)

local function assert_read(result, wanted, what)
  assert.equal(0, result.status, what .. ": " .. connector.logs(result))
  for _, stream in ipairs(STREAMS) do
    assert.is_nil(connector.difference(wanted[stream], result.records(stream)), ("%s: %s"):format(what, stream))
  end
end

describe("a state is gone on from", function()
  local function new_ones()
    local wanted = {}
    for _, stream in ipairs(STREAMS) do wanted[stream] = since(stream, from[stream]) end
    return wanted
  end

  local forms = {
    ["messages of the streams"] = messages,
    ["messages in their envelopes, as they were printed"] = function()
      local list = messages()
      for i, one in ipairs(list) do list[i] = { type = "STATE", state = one } end
      return list
    end,
    ["messages without a type"] = function()
      local list = messages()
      for _, one in ipairs(list) do one.type = nil end
      return list
    end,
    ["a GLOBAL message"] = function()
      local streams = {}
      for i, one in ipairs(messages()) do streams[i] = one.stream end
      return { { type = "GLOBAL", global = { shared_state = json.null, stream_states = streams } } }
    end,
    ["a GLOBAL message that stands alone"] = function()
      local streams = {}
      for i, one in ipairs(messages()) do streams[i] = one.stream end
      return { type = "GLOBAL", global = { stream_states = streams } }
    end,
    ["a LEGACY message"] = function() return { { type = "LEGACY", data = by_name() } } end,
    ["a LEGACY message that stands alone"] = function() return { type = "LEGACY", data = by_name() } end,
    ["one object of all streams, as before there were messages"] = by_name,
    ["one object that holds streams which are not read, and keys of others"] = function()
      local states = by_name()
      states.gone, states.events.cursor_id, states.issues.extra = { at = "x" }, 5, { 1, { 2 } }
      return states
    end,
    ["messages of which the last of a stream counts"] = function()
      local list = { message("events", { dateCreated = "2020-01-01T00:00:00Z" }), message("gone", { a = 1 }) }
      for _, one in ipairs(messages()) do list[#list + 1] = one end
      return list
    end,
  }
  for name, form in pairs(forms) do
    it(name, function() assert_read(read(json.encode(form())), new_ones(), name) end)
  end

  it("what an earlier read printed, whole or the lines of states alone", function()
    local lines = { '{"type":"LOG","log":{"level":"INFO","message":"x"}}', '{"type":"RECORD","record":{}}' }
    for _, one in ipairs(messages()) do
      lines[#lines + 1] = json.encode(message(one.stream.stream_descriptor.name, { dateCreated = "2020-01-01T00:00:00Z" }))
      lines[#lines] = '{"type":"STATE","state":' .. lines[#lines] .. "}"
      lines[#lines + 1] = '{"type":"STATE","state":' .. json.encode(one) .. "}"
    end
    local whole = table.concat(lines, "\n") .. "\n"
    assert_read(read(whole), new_ones(), "whole")
    assert_read(read(table.concat(lines, "\n", 3)), new_ones(), "states alone")
    for _, other in ipairs { table.concat(lines, "\n", 1, 2), whole .. "{}", whole:sub(1, -5) } do
      local result = read(other)
      assert.equal(1, result.status, other)
      assert.same({}, result.records())
    end
  end)

  it("times in all forms that servers and releases wrote", function()
    local second = from.issues // 1000000 * 1000000
    local forms_of_time = {
      ["%sZ"] = 0, ["%s.0Z"] = 0, ["%s.536Z"] = 536000, ["%s.946777Z"] = 946777, ["%s+00:00"] = 0, ["%s.536+0000"] = 536000,
      ["%s"] = 0, ["%s.946777+00:00"] = 946777,
    }
    for form, fraction in pairs(forms_of_time) do
      local text = form:format(clock.format(second):sub(1, 19))
      local result = read({ message("issues", { lastSeen = text }) }, { entries = { { "issues", "incremental" } } })
      assert.is_nil(connector.difference(since("issues", second + fraction), result.records()), text)
    end
    local east = clock.format(second + 7200 * 1000000):sub(1, 19) .. "+02:00"
    local result = read({ message("issues", { lastSeen = east }) }, { entries = { { "issues", "incremental" } } })
    assert.is_nil(connector.difference(since("issues", second), result.records()), east)
  end)

  it("times in the future, as the present, with a warning for each stream", function()
    for _, text in ipairs { "2100-01-01T00:00:00.0Z", "9999-12-31T23:59:59.999999Z" } do
      local states = { events = { dateCreated = text }, issues = { lastSeen = text }, releases = { dateCreated = text } }
      local result = read(json.encode(states))
      assert_read(result, { events = {}, issues = {}, releases = all.releases }, text)
      local _, warnings = connector.logs(result, "WARN"):gsub("the state lies in the future", "")
      assert.equal(3, warnings)
    end
  end)

  it("its own place alone: else all is read, with a warning", function()
    local first = read("[]")
    local other = sentry.scenario { data = DATA }
    local states = connector.states(first)
    for _, one in ipairs(states) do one.stream.stream_state.of.host = "sentry.example" end
    local result = read(states, { scenario = other })
    assert.equal(12 + 10 + 8, #result.records())
    local _, warnings = connector.logs(result, "WARN"):gsub("the state is of another host %(sentry.example%)", "")
    assert.equal(3, warnings)
  end)
end)

describe("there is no state", function()
  local files = {
    "null", "[]", "{}", '"None"', '""', "[ ]\n", '{"type":"LEGACY","data":{}}', '[{"type":"LEGACY","data":null}]',
    '{"type":"GLOBAL","global":{"stream_states":[]}}',
  }
  for _, text in ipairs(files) do
    it("where the file holds " .. text:gsub("\n", " "), function() assert_read(read(text), all, text) end)
  end

  for _, own in ipairs { "null", "{}", '"None"', '""', '{"lastSeen":null}', '{"lastSeen":""}', '{"lastSeen":"None"}' } do
    it("where a stream's is " .. own, function()
      local forms = {
        ('[{"type":"STREAM","stream":{"stream_descriptor":{"name":"issues"},"stream_state":%s}}]'):format(own),
        ('[{"type":"LEGACY","data":{"issues":%s}}]'):format(own), ('{"issues":%s}'):format(own),
      }
      for _, text in ipairs(forms) do assert_read(read(text), all, text) end
    end)
  end

  it("for a stream that has no cursor, whatever stands there", function()
    local entries = { { "project_detail", "full_refresh" } }
    for _, value in ipairs { "{}", '{"id":"2"}', '{"__ab_no_cursor_state_message":true}' } do
      assert.equal(1, #read(('{"project_detail":%s}'):format(value), { entries = entries }).records())
    end
  end)
end)

-- What cannot be understood, and what the message must name beside the stream.
local refused = {
  { '{"lastSeen":"yesterday"}', "lastSeen" },
  { '{"lastSeen":"2026-02-30T00:00:00Z"}', "2026-02-30" },
  { '{"lastSeen":1700000000}', "lastSeen" },
  { '{"lastSeen":["2026-01-01T00:00:00Z"]}', "lastSeen" },
  { '{"dateCreated":"2026-01-01T00:00:00Z"}', "has no 'lastSeen', but dateCreated" },
  { '{"last_seen":"2026-01-01T00:00:00Z","x":1}', "has no 'lastSeen', but last_seen, x" },
  { '{"lastSeen":"2026-01-01T00:00:00Z","marks":5}', "marks" },
  { '{"lastSeen":"2026-01-01T00:00:00Z","marks":{"lastSeen":"soon"}}', "marks.lastSeen" },
  { '{"lastSeen":"2026-01-01T00:00:00Z","recent":{"keys":[5]}}', "recent" },
  { '{"walk":{"top":{"lastSeen":"2026-01-01T00:00:00Z"}}}', "walk" },
  { '{"walk":{"gaps":[{"lo":{"lastSeen":true}}]}}', "walk.gaps[0].lo" },
  { '{"walk":{"gaps":[{"at":7}]}}', "walk.gaps[0].at" },
  { '{"walk":{"gaps":[{"hi":"later"}]}}', "walk.gaps[0].hi" },
}

describe("a state is refused before a record of any stream", function()
  for _, case in ipairs(refused) do
    it("where that of one is " .. case[1], function()
      for _, mode in ipairs { "incremental", "full_refresh" } do
        local before = #scenario.log()
        local path = perigee.write(('{"issues":%s}'):format(case[1]))
        local words = connector.words("read", scenario, { words = { "--state", path } })
        words[#words + 1] = "--catalog=" .. perigee.write_catalog { { "events", mode }, { "issues", mode }, { "isues", mode } }
        local result = perigee.run(words)
        assert.equal(1, result.status)
        assert.same({}, result.records())
        assert.equal(before, #scenario.log())
        local told = connector.errors(result)
        assert.equal(1, #told)
        assert.equal("config_error", told[1].failure_type)
        for _, words_of in ipairs { path, "'issues'", case[2] } do
          assert.is_truthy(told[1].message:find(words_of, 1, true), ("'%s' does not say %s"):format(told[1].message, words_of))
        end
      end
    end)
  end

  it("but not for a stream that is unknown, or whose script is broken: that one fails, and the others go on", function()
    local folder = perigee.folder "broken"
    perigee.write("return 5 +", "broken/broken.lua")
    perigee.write("return { name = 'odd' }", "broken/odd.lua")
    local state = '{"broken":{"x":1},"odd":{"x":1},"gone":{"x":1},"issues":{"lastSeen":"2020-01-01T00:00:00Z"}}'
    local entries = {}
    for i, stream in ipairs { "broken", "odd", "gone", "issues" } do entries[i] = { stream, "incremental" } end
    local result = connector.read(scenario, entries, { state = state, words = { "--scripts", folder } })
    assert.equal(1, result.status)
    assert.equal(10, #result.records "issues")
    for _, stream in ipairs { "broken", "odd", "gone" } do
      assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, stream))
      assert.equal(1, #connector.errors(result, stream))
    end
  end)

  it("and not for one of a stream that is not read at all", function()
    local result = read('{"events":{"dateCreated":"never"}}', { entries = { { "issues", "incremental" } } })
    assert.equal(0, result.status)
    assert.equal(10, #result.records())
  end)

  it("and not where all are of streams that are not read, or no longer there: one warning names them", function()
    local gone = '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"gone"},"stream_state":{"a":1}}}]'
    for state, named in pairs { [gone] = "gone", ['{"events":{"dateCreated":"2020-01-01T00:00:00Z"},"gone":{}}'] = "events" } do
      local result = read(state, { entries = { { "issues", "incremental" } } })
      assert.equal(0, result.status)
      assert.equal(10, #result.records())
      local warnings = connector.logs(result, "WARN")
      local _, count = warnings:gsub("holds states of " .. named .. " alone, of which none is read", "")
      assert.equal(1, count, warnings)
    end
  end)

  it("where it is a recording, another protocol's, or anything else that names no stream", function()
    local camel = '{"streamDescriptor":{"name":"issues"},"streamState":{"lastSeen":"2026-01-01T00:00:00Z"}}'
    for text, words in pairs {
      ['{"log":{"version":"1.2","entries":[]}}'] = "is a recording (an HTTP Archive), and no state",
      ['{"bookmarks":{"issues":{"lastSeen":"2026-01-01T00:00:00Z"}}}'] = "is a state of Singer's",
      ['{"type":"STATE","value":{"bookmarks":{"issues":{}}}}'] = "is a state of Singer's",
      ["[" .. camel .. "]"] = "in the camelCase of Airbyte's API (it has streamDescriptor)",
      ['{"stateType":"stream","streamState":[' .. camel .. "]}"] = "in the camelCase of Airbyte's API (it has streamState)",
      ['[{"type":"STREAM","stream":' .. camel .. "}]"] = "in the camelCase of Airbyte's API (it has streamDescriptor)",
      ['{"name":{"a":1},"version":{"b":2}}'] = "is no state, for none of its names is that of a stream: name, version",
    } do
      local before = #scenario.log()
      local result = read(text)
      assert.equal(1, result.status, text)
      assert.same({}, result.records())
      assert.equal(before, #scenario.log())
      local told = connector.errors(result)
      assert.equal(1, #told)
      assert.equal("config_error", told[1].failure_type)
      assert.is_truthy(told[1].message:find(words, 1, true), told[1].message)
    end
  end)
end)
