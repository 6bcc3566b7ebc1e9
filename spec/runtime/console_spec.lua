-- What a person sees at a terminal: what a server or a script writes must not steer it.
local connector = require "spec.support.connector"
local console = require "console"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local STEERING = "\27[2J\27]0;title\7 \194\155 31m \226\128\174 \226\129\166 \216\156 \r\8\127"

local function assert_tame(text)
  assert.is_nil(text:find "[\0-\8\11-\31\127]")
  for _, mark in ipairs { "\194\155", "\226\128\174", "\226\129\166", "\216\156" } do
    assert.is_nil(text:find(mark, 1, true))
  end
end

local function config_of(scenario) return perigee.write_config(sentry.config(scenario)) end

describe("a text for a terminal", function()
  it("has escapes in place of control characters, C1 codes and marks of direction", function()
    assert.equal([[\x1B[2J\x1B]0;title\x07 \u{9B} 31m \u{202E} \u{2066} \u{61C} \x0D\x08\x7F]], console.clean(STEERING))
  end)

  it("has escapes in place of bytes that are no UTF-8, and of longer forms of characters", function()
    assert.equal([[\x9B31m \xC0\x9B \xE2\x82]], console.clean "\x9B31m \xC0\x9B \xE2\x82")
  end)

  it("has escapes in place of halves of a surrogate pair, which UTF-8 has no form for (RFC 3629, 3)", function()
    assert.equal([[\xED\xA0\x80 \xED\xBF\xBF]], console.clean "\xED\xA0\x80 \xED\xBF\xBF")
    assert.equal("\u{D7FF} \u{E000}", console.clean "\u{D7FF} \u{E000}")
  end)

  it("keeps all else", function()
    local text = "a\tb\nc é ∑ 😀 \u{10FFFF}"
    assert.equal(text, console.clean(text))
    assert.equal("", console.clean "")
  end)
end)

describe("what a server writes", function()
  local scenario
  setup(function()
    scenario = sentry.scenario { data = { issues = 3 }, faults = {
      { fault = "status", status = 404, detail = STEERING .. " gone", path = "events" },
    } }
  end)
  teardown(perigee.cleanup)

  it("steers no terminal by lines of errors", function()
    local words = { "try", "events", "--config", config_of(scenario) }
    for _, word in ipairs(connector.USUAL) do words[#words + 1] = word end
    local result = perigee.run(words)
    assert.matches("error: .*\\x1B%[2J.*\\u{202E}.* gone", result.err)
    assert_tame(result.err)
  end)
end)

describe("a line of perigee's about its own words", function()
  teardown(perigee.cleanup)

  it("steers no terminal", function()
    local result = perigee.run { STEERING }
    assert.equal(2, result.status)
    assert.matches("perigee: unknown verb: \\x1B%[2J", result.err)
    assert_tame(result.err)
  end)
end)
