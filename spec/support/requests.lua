--- What the lines of a scenario's log (FakeRequest) say together.
local clock = require "clock"
local json = require "json"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"

local requests = {}

--- How many of them were refused for a limit's sake.
---@param list FakeRequest[]
---@return integer
function requests.refused(list)
  local count = 0
  for _, request in ipairs(list) do count = count + (request.status == 429 and 1 or 0) end
  return count
end

--- A scenario's requests, when the log knows of each how it ended: that is written a moment after the client has it.
---@param scenario FakeScenario
---@param endpoint string?
---@return FakeRequest[]
function requests.ended(scenario, endpoint)
  return perigee.wait_until(function()
    local list = scenario.log(endpoint)
    for _, request in ipairs(list) do
      if not request.ended then return nil end
    end
    return list
  end)
end

--- The largest number of them that were under way at once; each must have ended.
---@param list FakeRequest[]
---@return integer
function requests.most_at_once(list)
  local moments, now, most = {}, 0, 0
  for _, request in ipairs(list) do
    moments[#moments + 1] = { request.time, 1 }
    moments[#moments + 1] = { assert(request.ended, "a request has not ended"), -1 }
  end
  table.sort(moments, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
  for _, moment in ipairs(moments) do
    now = now + moment[2]
    most = math.max(most, now)
  end
  return most
end

--- How many requests arrived in a later second than they were sent in: a loaded machine holds them up, and the governor
--- counted that window without them. One more may fall between the limiter's look at the clock and the log's.
---@param scenario FakeScenario
---@param archives string[] recordings of all runs that asked
---@return integer
function requests.slipped(scenario, archives)
  local sent, count = {}, 1
  for _, path in ipairs(archives) do
    for _, entry in ipairs(json.decode(files.read(path)).log.entries) do
      local second = clock.parse(entry.startedDateTime) // 1000000
      sent[second] = (sent[second] or 0) + 1
    end
  end
  for _, request in ipairs(scenario.log()) do
    local second = math.floor(request.time)
    if (sent[second] or 0) > 0 then sent[second] = sent[second] - 1 else count = count + 1 end
  end
  return count
end

return requests
