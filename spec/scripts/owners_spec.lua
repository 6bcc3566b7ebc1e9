-- One owner for each meaning: what only these scripts may say, or call.
local files = require "spec.support.files"

local SENTRY = "scripts/sentry/"

local owners = {
  { "runs the script of a stream", "stream_scripts%.load", { "scripts/stream/loader.lua" } },
  { "has a stream's worker do a job", '"stream%.worker"', { "scripts/stream/registry.lua" } },
  { "checks a stream's table", "contract%.check", { "scripts/stream/loader.lua", "scripts/stream/contract.lua" } },
  { "says which streams there are", "stream_scripts%.list",
    { "scripts/stream/registry.lua", "scripts/config/custom_streams.lua", "scripts/new.lua" } },
  { "names the default API", 'require "sentry', { SENTRY, "scripts/api/default.lua" } },
  { "knows the variables of Sentry's tools", "SENTRY_%u", { SENTRY } },
  { "knows Sentry's addresses", "api/0", { SENTRY } },
  { "takes a status out of a message", "status 4", {} },
  { "takes a scope out of a message", 'match "lacks', {} },
}

local function scripts()
  local list = {}
  local pipe = assert(io.popen "find scripts -name '*.lua' | sort")
  for path in pipe:lines() do list[#list + 1] = path end
  pipe:close()
  return list
end

describe("of all scripts", function()
  for _, case in ipairs(owners) do
    local what, pattern, allowed = table.unpack(case)
    it(("%s, %s"):format(#allowed == 0 and "none" or "one owner", what), function()
      local others = {}
      for _, path in ipairs(scripts()) do
        local is_owner = false
        for _, owner in ipairs(allowed) do is_owner = is_owner or path:sub(1, #owner) == owner end
        if not is_owner and files.read(path):find(pattern) then others[#others + 1] = path end
      end
      assert.same({}, others)
    end)
  end
end)
