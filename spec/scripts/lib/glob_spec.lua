-- Patterns of names, as `project` has them. What matches is what Python's fnmatch says of the same pairs.
local glob = require "lib.glob"

describe("a pattern of names", function()
  it("matches what a shell's does", function()
    local names = { "", "web", "web-1", "web-frontend", "a.b", "aXb", "we", "%d", "1" }
    for pattern, matched in pairs {
      ["*"] = names, web = { "web" }, ["web*"] = { "web", "web-1", "web-frontend" }, ["web-?"] = { "web-1" },
      ["*-*e*d"] = { "web-frontend" }, ["*b"] = { "web", "a.b", "aXb" }, ["a.b"] = { "a.b" }, ["%d"] = { "%d" },
      ["?"] = { "1" }, ["**"] = names, [""] = { "" }, ["*web*-*"] = { "web-1", "web-frontend" },
    } do
      local found = {}
      for _, name in ipairs(names) do
        if glob(pattern, name) then found[#found + 1] = name end
      end
      assert.same(matched, found, pattern)
    end
  end)

  -- Found by fuzz/scripts.c: as a pattern of Lua's this takes longer than anybody waits.
  it("takes no more steps than both lengths multiplied", function()
    assert.is_false(glob(("*a"):rep(30) .. "b", ("a"):rep(3000)))
    assert.is_true(glob(("*a"):rep(30), ("a"):rep(3000)))
  end)
end)
