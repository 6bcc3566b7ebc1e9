-- Servers that send what no server should: a table of answers, byte for byte. Each ends the read by itself, within bounds of
-- memory, of the processor and of requests: with all rows, or with one error that says what came and from where.
local connector = require "spec.support.connector"
local counted = require "spec.support.counted"
local hostile = require "spec.support.hostile.run"
local json = require "json"
local perigee = require "spec.support.perigee"

local MOST_KIB = (2 * hostile.MAX_BODY + (32 << 20)) // 1024 -- as spec/behaviour/memory_spec.lua has it
local MOST_SECONDS = 30 -- of the processor; a case takes a tenth of one
local MOST_REQUESTS = 8
local ROWS = 2

-- The sanitizers keep what was freed, and shadow all else.
local sanitized = (os.getenv "PERIGEE" or ""):find "sanitize" ~= nil
local all = os.getenv "PERIGEE_LONG" ~= nil

local function assert_bounded(outcome)
  local result, used, case = outcome.result, outcome.used, outcome.case
  assert(not result.signal, "signal " .. tostring(result.signal))
  assert(sanitized or used.kib <= MOST_KIB, used.kib .. " KiB")
  assert(sanitized or used.seconds <= MOST_SECONDS, used.seconds .. " s of the processor")
  assert(outcome.server.requests <= (case.requests or MOST_REQUESTS), outcome.server.requests .. " requests")
  for _, line in ipairs(result.lines) do assert(json.valid(line), "a line is no JSON: " .. line:sub(1, 200)) end
end

local function assert_whole(outcome)
  local result = outcome.result
  assert.equal(0, result.status, connector.failures(result))
  assert.equal(outcome.case.rows or ROWS, #result.records())
  assert.equal("COMPLETE", connector.last_status(result, hostile.streams[outcome.by]))
end

local function assert_told(outcome)
  local result, case = outcome.result, outcome.case
  assert.equal(1, result.status, #result.records() .. " records, and success")
  assert.is_true(#result.records() <= (case.rows or 0), #result.records() .. " records")
  local errors = connector.errors(result)
  assert.equal(1, #errors)
  local message = errors[1].message
  local says = false
  for _, words in ipairs(type(case.told) == "table" and case.told or { case.told }) do
    says = says or message:find(words, 1, true) ~= nil
  end
  assert(says, message)
  local where = message:find("127.0.0.1", 1, true) or message:find("the list", 1, true) -- of the error's stream
  assert(where, message .. " does not say where")
  assert.is_true(#message <= 1000, #message .. " bytes of a message")
end

local tables = { ["HTTP/1.1"] = "http1", ["a body"] = "bodies", ["what leads on"] = "lists", ["HTTP/2"] = "http2" }

for what, name in pairs(tables) do
  describe("a hostile server, by " .. what .. ":", function()
    local cases = require("spec.support.hostile." .. name)
    local outcomes = hostile.plan(cases, all)
    setup(function()
      hostile.run(outcomes)
      counted(#outcomes, "hostile answers")
    end)
    teardown(perigee.cleanup)

    for _, outcome in ipairs(outcomes) do
      it(("%s (%s)"):format(outcome.case[1], outcome.by), function()
        assert_bounded(outcome)
        local holds = outcome.case[3] == "whole" and assert_whole or assert_told
        holds(outcome)
      end)
    end
  end)
end
