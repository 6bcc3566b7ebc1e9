-- What an earlier `read` printed, as its state: however large it is, and named where something is wrong with it.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local LOG = '{"type":"LOG","log":{"level":"INFO","message":"x"}}\n'
local RECORD = '{"type":"RECORD","record":{"stream":"releases","data":{"a":"%s"},"emitted_at":1}}\n'

-- A STATE line, such as perigee writes it or with more blanks.
local function state_of(stream, time, blanks)
  local line = ('{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"%s"},'):format(stream)
    .. ('"stream_state":{"dateCreated":"%s"}},"sourceStats":{"recordCount":1.0}}}\n'):format(time)
  return blanks and line:gsub('":', '": ') or line
end

local OLD = "2001-01-01T00:00:00Z"

teardown(perigee.cleanup)

describe("what read printed, as a state,", function()
  local place, own_state
  setup(function()
    place = sentry.scenario { data = { releases = 30 }, clock = { fixed = "2026-01-31T12:00:00Z" } }
    local first = connector.read(place, { { "releases", "incremental" } }, { config = { lookback_minutes = 0 } })
    assert.equal(30, #first.records())
    for _, line in ipairs(first.lines) do
      if line:find '^{"type":"STATE"' then own_state = line .. "\n" end
    end
  end)

  local function read(text)
    return connector.read(place, { { "releases", "incremental" } }, { state = text, config = { lookback_minutes = 0 } })
  end

  local function assert_resumed(text, message)
    local result = read(text)
    assert.equal(0, result.status, message .. ": " .. table.concat(result.lines, "\n"):sub(1, 500))
    assert.same({}, result.records(), message)
  end

  local function assert_refused(text, words)
    local result = read(text)
    assert.equal(1, result.status, words)
    assert.same({}, result.records())
    local told = connector.errors(result)
    assert.equal("config_error", told[1].failure_type)
    assert.is_truthy(told[1].message:find(words, 1, true), told[1].message)
  end

  it("may be larger than any document", function()
    local piece = { LOG }
    for _ = 1, 40 do
      piece[#piece + 1] = RECORD:format(("y"):rep(50000))
      piece[#piece + 1] = state_of("releases", OLD)
      piece[#piece + 1] = state_of("other", OLD)
    end
    local path = perigee.write(table.concat(piece):rep(40) .. own_state .. RECORD:format "z")
    local words = connector.words("read", place, { config = { lookback_minutes = 0 } })
    words[#words + 1] = "--catalog=" .. perigee.write_catalog { { "releases", "incremental" } }
    words[#words + 1] = "--state=" .. path
    local result = perigee.run(words)
    assert.equal(0, result.status, table.concat(result.lines, "\n"):sub(1, 500))
    assert.same({}, result.records())
  end)

  it("holds the last state of a stream last, whoever wrote it", function()
    assert_resumed(LOG .. state_of("releases", OLD) .. own_state, "as perigee does")
    assert_resumed(LOG .. state_of("releases", OLD, true) .. "\n" .. own_state, "with blanks, and an empty line")
    assert_resumed(state_of("releases", OLD) .. state_of("events", OLD) .. own_state, "states alone")
    assert_resumed(own_state, "one state alone")
  end)

  it("may be cut in a record, as a read that was killed leaves it", function()
    assert_resumed(LOG .. own_state .. RECORD:format(("y"):rep(500)):sub(1, 300), "cut")
    assert_resumed(LOG .. own_state .. '{"type":"RECORD","rec', "cut near its beginning")
  end)

  it("is named where a state is cut, text is mixed in, or none is there yet", function()
    assert_refused(LOG .. own_state .. own_state:sub(1, -20), "holds a STATE that is cut or has other text in it")
    assert_refused(LOG .. "perigee: some words\n" .. own_state, "line 2 is no message")
    assert_refused("warning: some words\n" .. LOG .. own_state, "line 1 is no message")
    assert_refused(LOG .. RECORD:format "x", "holds no STATE message yet; leave --state out")
    assert_refused(RECORD:format "x", "holds no STATE message yet; leave --state out")
  end)
end)
