--- Reads in shards: the processes of one read, and what they printed together.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"

local shards = {}

--- The arguments of one shard's read.
---@param scenario FakeScenario
---@param catalog string a file
---@param index integer
---@param count integer
---@param until_text string
---@param given given?
---@return table words
function shards.words(scenario, catalog, index, count, until_text, given)
  given = given or {}
  local words = connector.words("read", scenario, { config = given.config, state = given.state, words = {
    "--catalog", catalog, "--shard", ("%d/%d"):format(index, count), "--until", until_text, table.unpack(given.words or {}),
  } })
  return words
end

--- Reads in all of them, several at once.
---@return result[] results from 0
function shards.read(scenario, catalog, count, until_text, given)
  local list = {}
  for index = 0, count - 1 do list[index + 1] = shards.words(scenario, catalog, index, count, until_text, given) end
  local results = perigee.run_all(list, 4)
  return table.move(results, 1, count, 0, {})
end

--- The records of all of them.
---@param results result[]
---@param stream string
---@return string[]
function shards.records(results, stream)
  local all = {}
  for index = 0, #results do
    for _, text in ipairs(results[index].records(stream)) do all[#all + 1] = text end
  end
  return all
end

--- Joins what they printed, as a person does.
---@param results result[] from 0; false where a shard is missing
---@param words string[]?
---@return result
function shards.merge(results, words)
  local list = { "state", "merge" }
  for index = 0, #results do
    if results[index] then list[#list + 1] = perigee.write(table.concat(results[index].lines, "\n") .. "\n") end
  end
  for _, word in ipairs(words or {}) do list[#list + 1] = word end
  return perigee.run(list)
end

return shards
