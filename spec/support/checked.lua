--- What a check said, as specs expect it.
local assert = require "luassert"
local connector = require "spec.support.connector"

local checked = {}

--- What must stand in the message, and the status that goes with it.
---@param scenario FakeScenario
---@param given given?
---@param wanted string[] texts
---@param status string? default: FAILED
---@return string message
---@return result
function checked.assert_told(scenario, given, wanted, status)
  local got, message, result = connector.check(scenario, given)
  assert.equal(0, result.status)
  assert.equal(status or "FAILED", got, message)
  for _, words in ipairs(wanted) do
    assert.is_truthy(message:find(words, 1, true), ("'%s' does not say '%s'"):format(message, words))
  end
  return message, result
end

return checked
