-- The files of shards' states: which shards and streams they are of, whether they belong together, and what is missing.
local airbyte = require "airbyte"
local join_stream = require "state.join_stream"
local json = require "json"
local project_parts = require "reading.project_parts"
local project_states = require "state.project_states"
local shards = require "reading.shards"
local state = require "config.state"

local join = {}

local WHOLE = "%s: the state of the stream '%s' is of no shard; `read --state` takes it as it is"
local MIXED = "%s: the states of '%s' and '%s' are of different shards, or up to different times; each file holds what one shard "
  .. "printed"
local OTHERS = "%s is of shard %s up to %s, and %s of shard %s up to %s: only states of the shards of one read can be joined"
local TWICE = "%s and %s are both of shard %s"
local ABSENT = "shard %s is missing%s: name the file of its states, too; or, where it has failed for good, give --missing gaps, "
  .. "which leaves what it was to read to the next read"
local OPEN = "shard %s is missing%s: what it was to read stays open, and the next read brings it"

---@class shard_file
---@field path string
---@field index integer
---@field count integer
---@field of string
---@field until_text string
---@field streams {name: string, namespace: string?, state: table}[]

-- One shard's file.
local function read_file(path)
  local states, message = state.read(path)
  if not states then return nil, message end
  local file = { path = path, streams = state.list(states) }
  if not file.streams[1] then return nil, path .. ": holds no state" end
  for _, one in ipairs(file.streams) do
    local marker = shards.marker(one.state)
    if not marker then return nil, WHOLE:format(path, one.name) end
    file.of, file.until_text = file.of or marker.of, file.until_text or marker["until"]
    if marker.of ~= file.of or marker["until"] ~= file.until_text then
      return nil, MIXED:format(path, file.streams[1].name, one.name)
    end
  end
  local index, count = file.of:match "^(%d+)/(%d+)$"
  file.index, file.count = math.tointeger(tonumber(index)), math.tointeger(tonumber(count))
  if not file.index or not file.count or file.index >= file.count then
    return nil, ("%s: %s is no shard"):format(path, file.of)
  end
  return file
end

-- All files, by the number of their shard.
local function read_files(paths)
  local first, by_index = nil, {}
  for _, path in ipairs(paths) do
    local file, message = read_file(path)
    if not file then return nil, message end
    first = first or file
    if file.count ~= first.count or file.until_text ~= first.until_text then
      return nil, OTHERS:format(first.path, first.of, first.until_text, path, file.of, file.until_text)
    end
    local other = by_index[file.index]
    if other then return nil, TWICE:format(other.path, path, file.of) end
    by_index[file.index] = file
  end
  return by_index, first.count
end

-- The streams of all files, in the order of their names; each with the states of the shards that have one, by their projects
-- where a state is of several.
local function by_stream(files)
  local list, found = {}, {}
  for index, file in pairs(files) do
    for _, one in ipairs(file.streams) do
      for project, state_of in pairs(project_states.take(one.state)) do
        local key = json.encode { one.name, one.namespace or "", project }
        if not found[key] then
          local stream = json.encode { one.name, one.namespace }
          found[key] = { key = key, stream = stream, name = one.name, namespace = one.namespace, project = project, states = {} }
          list[#list + 1] = found[key]
        end
        found[key].states[index] = state_of
        found[key].several = found[key].several or project_parts.several(one.state)
      end
    end
  end
  table.sort(list, function(a, b) return a.key < b.key end)
  for i, one in ipairs(list) do
    local other = list[i + 1]
    if other and other.stream == one.stream then one.named, other.named = true, true end
  end
  return list
end

-- Which shards lack a state: of all streams, or of some, which are named then.
local function find_missing(files, streams, count)
  local found = {}
  for index = 0, count - 1 do
    local names = {}
    for _, one in ipairs(streams) do
      local project = one.named and one.project ~= "" and " of " .. one.project or ""
      if not one.states[index] then names[#names + 1] = one.name .. project end
    end
    if names[1] then
      local some = files[index] and (" (of %s)"):format(table.concat(names, ", ")) or ""
      found[#found + 1] = { of = ("%d/%d"):format(index, count), some = some }
    end
  end
  return found
end

-- All states of one stream, joined into one; from `at` on in the list.
local function join_one(streams, at, count)
  local first, parts, seed, several = streams[at], {}, nil, false
  while streams[at] and streams[at].stream == first.stream do
    local one = streams[at]
    seed = seed or project_states.find_seed(one.states)
    local joined, wrong = join_stream(one.name, one.states, count, seed)
    if wrong then return nil, nil, wrong end
    parts[one.project], several, at = joined, several or one.several, at + 1
  end
  local joined = project_states.give(parts, several)
  return at, joined and { type = "STREAM", stream = {
    stream_descriptor = { name = first.name, namespace = first.namespace }, stream_state = joined,
  } }
end

---@param paths string[]
---@param gaps boolean what missing shards were to read stays open
---@return table[]? states as `read --state` takes them
---@return string? message
function join.files(paths, gaps)
  local files, count = read_files(paths)
  if not files then return nil, count end
  local streams, list = by_stream(files), json.array()
  for _, one in ipairs(find_missing(files, streams, count)) do
    if not gaps then return nil, ABSENT:format(one.of, one.some) end
    airbyte.log("WARN", OPEN:format(one.of, one.some))
  end
  local at = 1
  while streams[at] do
    local next_at, joined, wrong = join_one(streams, at, count)
    if not next_at then return nil, wrong end
    list[#list + 1], at = joined, next_at
  end
  return list
end

return join
