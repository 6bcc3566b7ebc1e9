--- Reads from hostile servers, each case by a stream of one's own, in a child process, and by one of Sentry's, in the main one.
local measured = require "spec.support.measured"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local raw_server = require "spec.support.raw_server"

local hostile = { MAX_BODY = 4 << 20, streams = { own = "mine", sentry = "releases" } }

local AT_ONCE = 8 -- as many wait

local LIMITS = { "--retry-attempts=2", "--rate-limit-patience=0.3", "--outage-patience=0.1",
  ("--max-body=%d"):format(hostile.MAX_BODY) }

---@class HostileCase
---@field [1] string its name
---@field [2] string|RawStep[]|RawProgram the response; or what each connection does; or the first, the second …
---@field [3] "whole"? what must come: both rows
---@field told string|string[]? words of the error, where they must not; of several, one is told
---@field words string[]? further arguments
---@field stream string? fields of the own stream; Sentry's does not read the case then
---@field by "own"|"sentry"? the only one that reads it
---@field always boolean? each run of the specs has it
---@field rows integer? that come; of a read that fails, at most
---@field alpn string? over TLS, with this protocol
---@field requests integer? the most that it may cost, where that is not MOST

---@class HostileOutcome
---@field case HostileCase
---@field by "own"|"sentry"
---@field result result
---@field used Measured
---@field server {requests: integer, sent: integer, connections: integer}

local function program(case)
  local answer = case[2]
  if type(answer) == "string" then answer = { { request = case.alpn == "h2" and "2" or "1.1" }, { send = answer } } end
  if not answer.connections then answer = { connections = { answer } } end
  answer.alpn = case.alpn
  return answer
end

local function own(case, origin, words)
  local fields = case.stream or 'path = "items"'
  local text = ('return { name = "mine", base = "%s/", primary_key = "id", settle = false, %s }'):format(origin, fields)
  return own_streams.words("read", own_streams.folder { mine = text }, { words = words })
end

local function sentry(_, origin, words)
  local config = { auth_token = "sesame-1234", hostname = origin, organization = "acme", project = "web" }
  return own_streams.words("read", perigee.folder "nothing", { config = config, stream = hostile.streams.sentry, words = words })
end

local readers = { own = own, sentry = sentry }

local function words_of(case, by, port, ca)
  local origin = (case.alpn and "https" or "http") .. "://127.0.0.1:" .. port
  local words = table.move(LIMITS, 1, #LIMITS, 1, {})
  table.move(case.words or {}, 1, #(case.words or {}), #words + 1, words)
  local all = readers[by](case, origin, words)
  all.env = { SSL_CERT_FILE = case.alpn and ca or nil }
  return all
end

--- What is to be run: each case by both readers; or, as a sample, each third case by one of them, and those that found faults.
---@param cases HostileCase[]
---@param all boolean
---@return HostileOutcome[]
function hostile.plan(cases, all)
  local list = {}
  for i, case in ipairs(cases) do
    local only = case.by or case.stream and "own" or not all and (i % 2 == 0 and "own" or "sentry")
    for _, by in ipairs { "own", "sentry" } do
      local wanted = all or case.always or i % 3 == 0
      if wanted and (not only or only == by) then list[#list + 1] = { case = case, by = by } end
    end
  end
  return list
end

--- Reads them all, several at once, and notes what came of each.
---@param list HostileOutcome[]
function hostile.run(list)
  local programs, all = {}, {}
  for i, one in ipairs(list) do programs[i] = program(one.case) end
  local servers = raw_server.serve(programs)
  for i, one in ipairs(list) do all[i] = words_of(one.case, one.by, servers.ports[i], servers.ca) end
  local results, used = measured.all(all, AT_ONCE)
  local ended = servers.ended()
  servers.stop()
  for i, one in ipairs(list) do one.result, one.used, one.server = results[i], used[i], ended[i] end
end

return hostile
