-- Servers that send what no server should: a table of answers, byte for byte. Each ends the read by itself, within bounds of
-- memory, of the processor and of requests: with all rows, or with one error that says what came and from where.
local bytes = require "spec.support.hostile.bytes"
local connector = require "spec.support.connector"
local counted = require "spec.support.counted"
local hostile = require "spec.support.hostile.run"
local http = require "http"
local json = require "json"
local perigee = require "spec.support.perigee"
local raw_server = require "spec.support.raw_server"

local MOST_KIB = (2 * hostile.MAX_BODY + (32 << 20)) // 1024 -- as spec/behaviour/memory_spec.lua has it
local MOST_SECONDS = 30 -- of the processor; a case takes a tenth of one
local MOST_REQUESTS = 8
local ROWS = 2

-- The sanitizers keep what was freed, and shadow all else.
local sanitized = require "spec.support.sanitized"
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

-- A response of each form, by the bytes that come of it: all of them, or an error.
describe("a response that is cut at each of its bytes", function()
  local step = all and 1 or 13
  local forms = {
    ["with a length"] = bytes.response(),
    ["in chunks"] = bytes.chunked() .. bytes.chunk(bytes.ROWS) .. "0\r\n\r\n",
    ["of gzip, up to the connection's end"] = bytes.bare("Content-Encoding: gzip\r\n", bytes.gzip(bytes.ROWS)),
    ["of JSON, up to the connection's end"] = bytes.bare "",
  }

  teardown(perigee.cleanup)

  local function cuts(answer, ending)
    local connections = {}
    for length = 0, #answer - 2, step do -- behind a last chunk, the last byte says nothing
      connections[#connections + 1] = { { request = "1.1" }, { send = answer:sub(1, length) }, ending }
    end
    return connections
  end

  for name, answer in pairs(forms) do
    for how, ending in pairs { closed = {}, reset = { reset = true } } do
      it(("%s, and then %s, is none"):format(name, how), function()
        local connections = cuts(answer, ending)
        local servers = raw_server.serve { { connections = connections } }
        local url, wrong = ("http://127.0.0.1:%d/"):format(servers.ports[1]), {}
        for i = 1, #connections do
          local response = http.get(url)
          local page = response and response:page {}
          if page then
            wrong[#wrong + 1] = (i - 1) * step
            page:close()
          end
        end
        servers.stop()
        counted(#connections, "hostile answers")
        assert.same({}, wrong)
      end)
    end
  end
end)

describe("a record of the year 9999", function()
  teardown(perigee.cleanup)

  it("hides none that comes after it", function()
    local function rows(...) return bytes.response("[" .. table.concat({ ... }, ",") .. "]") end
    local far = '{"id":1,"version":"1","dateCreated":"9999-12-31T00:00:00Z"}'
    local old = '{"id":2,"version":"2","dateCreated":"2026-01-01T00:00:00Z"}'
    local new = '{"id":3,"version":"3","dateCreated":"2026-01-02T00:00:00Z"}'
    local function connection(answer) return { { request = "1.1" }, { send = answer } } end
    local servers = raw_server.serve { { connections = { connection(rows(far, old)), connection(rows(far, new, old)) } } }
    local place, entry = { url = "http://127.0.0.1:" .. servers.ports[1] }, { "releases", "incremental" }
    local first = connector.read(place, { entry })
    local second = connector.read(place, { entry }, { state = connector.states(first) })
    servers.stop()
    assert.equal(0, first.status, connector.failures(first))
    assert.equal(0, second.status, connector.failures(second))
    assert.is_truthy(table.concat(second.records(), "\n"):find('"id":3', 1, true), "the third record is hidden")
  end)
end)
