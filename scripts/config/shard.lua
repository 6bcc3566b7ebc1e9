-- The options --shard and --until: which of several processes this is, that read the same streams at the same time.
local clock = require "clock"
local digest = require "digest"

local shard = {}

local MOST, SECOND = 10000, 1000000
local HELP = "shards are told as 0/4, 1/4, 2/4 and 3/4"

---@class shard
---@field index integer from 0
---@field count integer
---@field before integer us; up to here all of them read
---@field seed string? of the keys in their states, one for all of them

-- What is wrong with --shard; or its two numbers.
local function read_pair(text)
  local index, count = text:match "^(%d+)/(%d+)$"
  index, count = math.tointeger(tonumber(index)), math.tointeger(tonumber(count))
  if not index or not count then return nil, ("--shard %s: this is no shard; %s"):format(text, HELP) end
  if count == 0 then return nil, ("--shard %s: there must be one shard at least; %s"):format(text, HELP) end
  if count > MOST then return nil, ("--shard %s: there may be %d shards at most"):format(text, MOST) end
  if index >= count then
    return nil, ("--shard %s: shards are counted from 0, so the last one is %d/%d"):format(text, count - 1, count)
  end
  return index, count
end

---How many shards share the limits of one token.
---@param options table of the command line
---@return integer
function shard.sharing(options)
  local index, count = read_pair(options.shard or "0/1")
  return not options.own_limits and index and count or 1
end

-- Nobody who writes records may know the seed of their keys, and all shards that have one token have the same.
local function seed_of(settings, before)
  if not settings.auth_token then return nil end
  return digest.base64(digest.hmac(settings.auth_token, "perigee shards " .. before):sub(1, 16))
end

---@param options table of the command line
---@param settings table the configuration
---@return shard? shard nil: all is ours
---@return string? wrong what the options say is wrong
function shard.of(options, settings)
  local until_text = options["until"]
  if not options.shard then
    return nil, until_text and "--until says up to when all shards read; without --shard 0/4 and the like it means nothing"
  end
  local index, count = read_pair(options.shard)
  if not index then return nil, count end
  if not until_text and count == 1 then return nil end
  if not until_text then
    return nil, ("--shard %s needs --until TIME, the same one for all %d shards, such as --until %s: what comes later is the "
      .. "next read's"):format(options.shard, count, clock.format(clock.now() // 3600000000 * 3600000000):sub(1, 19) .. "Z")
  end
  local before = clock.parse(until_text)
  if not before then return nil, ("--until %s is no time such as 2026-01-31T18:00:00Z"):format(until_text) end
  before = before // SECOND * SECOND -- as records have no finer times on many servers
  return { index = index, count = count, before = before, seed = seed_of(settings, before) }
end

return shard
