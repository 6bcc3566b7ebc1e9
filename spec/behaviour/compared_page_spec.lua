-- docs/compared.md: what it says of perigee is shown by specs that are there, under the names that it gives.
local files = require "spec.support.files"

describe("docs/compared.md", function()
  local rows, cells = {}, {}
  for line in files.read("docs/compared.md"):gmatch "[^\n]+" do
    if line:find "^| " then
      rows[#rows + 1] = line
      cells[#cells + 1] = select(2, line:gsub(" |", ""))
    end
  end

  it("leads from each yes of perigee to a spec that has that name", function()
    local shown = 0
    for i = 3, #rows do
      local word, path, name = rows[i]:match '^| [^|]+ | %[([^%]]+)%]%(%.%./([^ ]+) "([^"]+)"%) |'
      assert.is_truthy(word, rows[i]:sub(1, 100))
      local spec = files.read(path)
      assert.is_truthy(spec:find('"' .. name, 1, true), ("%s has no '%s'"):format(path, name))
      shown = shown + 1
    end
    assert.is_true(shown >= 20, shown)
  end)

  it("has a cell for each of those it compares in each row", function()
    for i, count in ipairs(cells) do assert.equal(cells[1], count, rows[i]:sub(1, 60)) end
  end)
end)
