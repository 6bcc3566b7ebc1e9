--- What the image holds, by its SBOM, against what may be in it, by image/inventory.
local files = require "spec.support.files"

local inventory = { PATH = "image/inventory" }

---@class InventoryRow
---@field kind "package"|"file"
---@field name string of the package; of a file a pattern of its path, in which * is a part of a name and ** any path
---@field owner string? of a file, the package; "*": any; "-": none
---@field text string as it stands

local function pattern_of(name)
  local text = name:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*%*", "\0"):gsub("%*", "[^/]+"):gsub("%z", ".+")
  return "^" .. text .. "$"
end

--- The rows of a list; raises at one that is none.
---@param text string
---@return InventoryRow[]
function inventory.rows(text)
  local rows = {}
  for line in text:gmatch "[^\n]+" do
    local kind, name, owner = line:match "^(%l+)%s+(%S+)%s*(%S*)$"
    if line:sub(1, 1) ~= "#" then
      assert(kind == "package" and owner == "" or kind == "file" and owner ~= "", "no row of the inventory: " .. line)
      rows[#rows + 1] = { kind = kind, name = name, owner = owner, text = line, pattern = pattern_of(name) }
    end
  end
  return rows
end

-- What the SBOM says that is there, as rows.
local function held(sbom)
  local list, named, owners = {}, {}, {}
  for _, package in ipairs(sbom.packages) do
    named[package.SPDXID] = package.name
    if package.name ~= "image" then list[#list + 1] = { kind = "package", name = package.name } end
  end
  for _, relation in ipairs(sbom.relationships) do
    if relation.relationshipType == "GENERATED_FROM" then owners[relation.spdxElementId] = named[relation.relatedSpdxElement] end
  end
  for _, file in ipairs(sbom.files) do
    list[#list + 1] = { kind = "file", name = file.fileName:sub(2), owner = owners[file.SPDXID] or "-" }
  end
  return list
end

local function allows(row, one)
  if row.kind ~= one.kind or not one.name:find(row.pattern) then return false end
  return row.kind == "package" or row.owner == one.owner or row.owner == "*" and one.owner ~= "-"
end

--- What is there and not listed, and what is listed and not there; nil: nothing.
---@param sbom table decoded
---@param text string? of the list, where it is not image/inventory
---@return string? message with what to do
function inventory.difference(sbom, text)
  local rows, used, new, gone = inventory.rows(text or files.read(inventory.PATH)), {}, {}, {}
  for _, one in ipairs(held(sbom)) do
    local known = false
    for _, row in ipairs(rows) do
      if allows(row, one) then known, used[row] = true, true end
    end
    if not known then new[#new + 1] = ("%s %s %s"):format(one.kind, one.name, one.owner or ""):gsub(" $", "") end
  end
  for _, row in ipairs(rows) do
    if not used[row] then gone[#gone + 1] = row.text end
  end
  if #new + #gone == 0 then return nil end
  return ("The image differs from %s. Where that is meant, add these lines to it:\n%s\nand take these out:\n%s"):format(
    inventory.PATH, table.concat(new, "\n"), table.concat(gone, "\n"))
end

return inventory
