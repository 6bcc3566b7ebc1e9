-- What one script does for all others, found by its call (house_spec.lua holds the rules of the whole house).
local tree = require "spec.support.tree"

local owners = {
  { "runs the script of a stream", "stream_scripts%.load%f[%W]", "scripts/stream/loader.lua" },
  { "checks a stream's table", "[^n] contract%.check%f[%W]", "scripts/stream/loader.lua" },
  { "has a stream's worker do a job", '"stream%.worker"', "scripts/stream/registry.lua" },
  { "says which streams there are", "names, %w+, shipped, %w+ = stream_scripts%.list%f[%W]", "scripts/stream/registry.lua" },
  { "says that there is no such stream", "there is no stream", "scripts/stream/loader.lua" },
}

describe("of all scripts, one alone", function()
  for _, case in ipairs(owners) do
    it(case[1], function()
      local paths = {}
      for _, found in ipairs(tree.find(tree.files("scripts", "%.lua$"), case[2])) do paths[#paths + 1] = found.path end
      assert.same({ case[3] }, paths)
    end)
  end
end)
