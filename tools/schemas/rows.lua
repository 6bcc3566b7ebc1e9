-- The rows that are kept of each stream in the checkout: as few as show each field, and each kind of value in it, that any
-- payload had.
local files = require "tools.files"
local infer = require "try.infer"
local json = require "json"
local payloads = require "tools.schemas.payloads"
local thinned = require "tools.schemas.thinned"

local rows = {}

local FOLDER, MOST = "spec/fixtures/rows/", 12

local function file_of(name) return FOLDER .. name .. ".jsonl" end

---@class kept_row
---@field from string which payload it stood in
---@field text string its JSON

---@param name string of a stream
---@return kept_row[]
function rows.kept(name)
  local list = {}
  for line in (files.text(file_of(name)) or ""):gmatch "[^\n]+" do
    local from, text = line:match '^{"from":"([^"]*)","row":(.*)}$'
    list[#list + 1] = { from = assert(from, file_of(name) .. ": a line is no row"), text = text }
  end
  return list
end

---@param name string of a stream
---@return string[]
function rows.texts(name)
  local texts = {}
  for i, row in ipairs(rows.kept(name)) do texts[i] = row.text end
  return texts
end

local function note(seen, shape, place)
  for kind in pairs(shape.kinds) do seen[place .. ":" .. kind] = true end
  if shape.texts then seen[place .. (shape.plain and ":plain" or ":time")] = true end
  if shape.items then note(seen, shape.items, place .. "[]") end
  for name, member in pairs(shape.members or {}) do note(seen, member, place .. "." .. name) end
end

-- Each place in a row with the kind of value there.
local function traits_of(text)
  local shape, seen = infer.new(), {}
  infer.see(shape, assert(json.decode(text)))
  note(seen, shape, "")
  return seen
end

local function count_new(traits, known)
  local count = 0
  for trait in pairs(traits) do count = count + (known[trait] and 0 or 1) end
  return count
end

-- The one that shows most that is new; of several, the shortest, and the first of these.
local function best_of(candidates, known)
  local best, most = nil, 0
  for _, one in ipairs(candidates) do
    local count = count_new(one.traits, known)
    if count > most or count == most and best and #one.text < #best.text then best, most = one, count end
  end
  return best
end

---Few of these rows that show all that they show, as far as MOST rows go.
---@param list kept_row[]
---@return kept_row[]
function rows.choose(list)
  local candidates, known, chosen = {}, {}, {}
  for i, row in ipairs(list) do candidates[i] = { from = row.from, text = row.text, traits = traits_of(row.text) } end
  while #chosen < MOST do
    local best = best_of(candidates, known)
    if not best then break end
    for trait in pairs(best.traits) do known[trait] = true end
    chosen[#chosen + 1] = best
  end
  return chosen
end

local function parent_of(stream)
  local kept = type(stream.parent) == "string" and rows.kept(stream.parent)[1]
  return kept and json.decode(kept.text)
end

-- A server's answers to what the stream asks go before those to other questions at the same path.
local function rows_of(stream, all, say)
  local list, alike = {}, {}
  for _, payload in ipairs(all) do
    local records, wrong = payloads.records(stream, payload, parent_of(stream))
    if wrong then say(("%s: left out: %s"):format(stream.name, wrong)) end
    local is_alike = payloads.is_asked_alike(stream, payload)
    for _, text in ipairs(records or {}) do
      list[#list + 1] = { from = payload.from, folder = payload.folder, text = text, alike = is_alike }
      alike[payload.folder] = alike[payload.folder] or is_alike
    end
  end
  local kept = {}
  for _, row in ipairs(list) do kept[#kept + 1] = (row.alike or not alike[row.folder]) and row or nil end
  return kept
end

---Keeps the rows of these streams that folders of payloads hold, together with those that are kept of other folders.
---@param streams stream[]
---@param folders string[]
---@param say fun(text: string)
function rows.keep(streams, folders, say)
  local all, again = {}, {}
  for _, folder in ipairs(folders) do
    for _, one in ipairs(payloads.of(folder)) do all[#all + 1], again[one.folder] = one, true end
  end
  for _, stream in ipairs(streams) do
    local list, lines = rows_of(stream, all, say), {}
    local came = #list
    for _, row in ipairs(rows.kept(stream.name)) do
      if not again[row.from:match "^[^/]*"] then list[#list + 1] = row end
    end
    for i, row in ipairs(rows.choose(list)) do lines[i] = ('{"from":"%s","row":%s}\n'):format(row.from, thinned(row.text)) end
    if came > 0 then files.write(file_of(stream.name), table.concat(lines)) end
    say(("%s: %s"):format(stream.name, came > 0 and ("%d of %d rows kept"):format(#lines, #list) or "no rows came"))
  end
end

return rows
