-- The image's SBOM against image/inventory, without an image: what is new is told, and how to accept it.
local inventory = require "spec.support.image.inventory"

local LIST = "# a comment\npackage libz1\nfile /usr/lib/*/libz.so.1 libz1\nfile /usr/share/doc/*/copyright *\nfile /opt/** -\n"

local function package(name) return { SPDXID = "SPDXRef-" .. name, name = name } end

-- An image of these files, {path, package}, in order.
local function sbom_of(packages, paths)
  local sbom = { packages = { package "image" }, files = {}, relationships = {} }
  for _, name in ipairs(packages) do table.insert(sbom.packages, package(name)) end
  for i, one in ipairs(paths) do
    sbom.files[i] = { SPDXID = "SPDXRef-File-" .. i, fileName = "." .. one[1] }
    sbom.relationships[i] = { spdxElementId = "SPDXRef-File-" .. i,
      relatedSpdxElement = "SPDXRef-" .. (one[2] or "image"), relationshipType = one[2] and "GENERATED_FROM" or "DESCRIBES" }
  end
  return sbom
end

local KNOWN = { { "/usr/lib/x86_64-linux-gnu/libz.so.1", "libz1" }, { "/usr/share/doc/libz1/copyright", "libz1" },
        { "/opt/a/b" } }

local function with(...)
  local list = table.move(KNOWN, 1, #KNOWN, 1, {})
  for _, one in ipairs { ... } do list[#list + 1] = one end
  return list
end

describe("the inventory of the image", function()
  it("allows what it lists, by patterns of one name or of any path", function()
    assert.is_nil(inventory.difference(sbom_of({ "libz1" }, KNOWN), LIST))
  end)

  it("names a file, a package and an owner that are new, as the lines to add", function()
    for line, sbom in pairs {
      ["file /usr/bin/curl libz1"] = sbom_of({ "libz1" }, with { "/usr/bin/curl", "libz1" }),
      ["file /usr/lib/a/b/libz.so.1 libz1"] = sbom_of({ "libz1" }, with { "/usr/lib/a/b/libz.so.1", "libz1" }),
      ["file /usr/lib/x/libz.so.1 -"] = sbom_of({ "libz1" }, with { "/usr/lib/x/libz.so.1" }),
      ["package libevil1"] = sbom_of({ "libz1", "libevil1" }, KNOWN),
    } do
      local message = inventory.difference(sbom, LIST)
      assert.is_truthy(message and message:find("add these lines to it:\n" .. line .. "\n", 1, true), message)
    end
  end)

  it("names a row that nothing matches any more, to be taken out", function()
    local message = inventory.difference(sbom_of({ "libz1" }, KNOWN), LIST .. "package gone\nfile /bin/sh -\n")
    assert.is_truthy(message:find("take these out:\npackage gone\nfile /bin/sh -", 1, true), message)
  end)

  it("has rows of its two kinds alone", function()
    assert.is_true(#inventory.rows(require("spec.support.files").read(inventory.PATH)) > 50)
    assert.error_matches(function() inventory.rows "file /bin/sh" end, "no row of the inventory: file /bin/sh")
  end)
end)
