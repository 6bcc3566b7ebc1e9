-- Which streams a sync reads, and which of them anew: from the catalog or the options' names, where a word may stand for a set.
local catalog = require "config.catalog"
local document = require "config.document"
local set_of = require "lib.set_of"
local sets = require "stream.sets"
local streams = require "stream.registry"

local choice = {}

---@class chosen
---@field name string
---@field full boolean? it is read anew, though it could go on
---@field named boolean somebody asked for it by name
---@field optional boolean? it came with a set of more than the default: not each server has it

local function listed(text)
  local names = {}
  for name in (text or ""):gmatch "[^,%s]+" do names[#names + 1] = name end
  return names
end

-- A name that no stream has is a mistake, whatever it was to do.
local function check_names(option, given, names)
  for _, name in ipairs(given) do
    local unknown = streams.unknown(name, names)
    if unknown then return nil, ("%s: %s"):format(option, unknown), "config_error" end
  end
  return true
end

local function from_catalog(path)
  local configured, message, kind = catalog.read(path)
  if not configured then return nil, message, kind end
  local list, seen = {}, {}
  for i, one in ipairs(configured) do
    local wrong = catalog.wrong_mode(one)
    if wrong then return document.fail(path, ("%s: %s"):format(one.name, wrong)) end
    if seen[one.name] then
      return document.fail(path, ("streams names '%s' for two namespaces; a sync keeps one table of a stream"):format(one.name))
    end
    seen[one.name] = true
    list[i] = { name = one.name, named = true, full = one.sync_mode == "full_refresh" }
  end
  return list
end

-- What each server has is read by default.
local function mark_optional(list, names)
  local default, message, kind = sets.of("default", names)
  if not default then return nil, message, kind end
  local needed = set_of(default)
  for _, one in ipairs(list) do one.optional = not one.named and not needed[one.name] or nil end
  return list
end

local function from_names(options, names)
  local given, list, chosen = listed(options.streams), {}, {}
  if #given == 0 then given[1] = "default" end
  for _, word in ipairs(given) do
    local of_word, message, kind = { word }, nil, nil
    if sets.has(word) then of_word, message, kind = sets.of(word, names) end
    if not of_word then return nil, message, kind end
    for _, name in ipairs(of_word) do
      if not chosen[name] then
        chosen[name] = { name = name, named = false }
        list[#list + 1] = chosen[name]
      end
      chosen[name].named = chosen[name].named or not sets.has(word)
    end
  end
  return mark_optional(list, names)
end

local function without(list, excluded)
  local kept = {}
  for _, one in ipairs(list) do
    if not excluded[one.name] then kept[#kept + 1] = one end
  end
  return kept
end

-- A stream that is to be read anew, but not at all, is a contradiction.
local function mark_full(list, full)
  local chosen = {}
  for _, one in ipairs(list) do chosen[one.name] = one end
  for _, name in ipairs(full) do
    if not chosen[name] then
      return nil, ("--full %s: this stream is not among those to be read"):format(name), "config_error"
    end
    chosen[name].full, chosen[name].named = true, true
  end
  return list
end

---@param options table
---@param names string[] of all streams
---@return chosen[]? list
---@return string? message
---@return string? failure_type
function choice.of(options, names)
  if options.catalog and options.streams then
    return nil, "--streams and --catalog both name the streams; leave one of them out", "config_error"
  end
  local list, message, kind
  if options.catalog then list, message, kind = from_catalog(options.catalog)
  else list, message, kind = from_names(options, names) end
  if not list then return nil, message, kind end
  local excluded, chosen = listed(options.exclude), {}
  for i, one in ipairs(list) do chosen[i] = one.name end
  for _, given in ipairs { { options.catalog or "--streams", chosen }, { "--exclude", excluded }, { "--full", options.full } } do
    local known, unknown, failure_type = check_names(given[1], given[2], names)
    if not known then return nil, unknown, failure_type end
  end
  list = without(list, set_of(excluded))
  if #list == 0 then return nil, "no stream is left to be read", "config_error" end
  return mark_full(list, options.full)
end

return choice
