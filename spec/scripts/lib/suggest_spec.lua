local suggest = require "lib.suggest"

describe("the name that was meant", function()
  it("is the most alike, whatever its letters' case, where one is alike at all", function()
    local names = { "events", "issues", "releases" }
    for given, meant in pairs { isues = "issues", Event = "events", relaeses = "releases" } do
      assert.equal(meant, suggest.nearest(given, names))
      assert.equal((" (did you mean '%s'?)"):format(meant), suggest.hint(given, names))
    end
    for _, given in ipairs { "zzz", "teams_of_all", "e" } do
      assert.is_nil(suggest.nearest(given, names))
      assert.equal("", suggest.hint(given, names))
    end
    assert.is_nil(suggest.nearest("issues", {}))
  end)

  it("is found by scripts under the name that the module had", function()
    assert.equal("issues", require "nearest"("isues", { "events", "issues" }))
  end)
end)
