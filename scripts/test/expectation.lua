-- NAME.expected.jsonl: what a stream gives from its recording. A line for each record, {"record":…}, as it came and in
-- order; and a last one for the state that the read ended with, {"state":…}.
local difference = require "test.difference"
local json = require "json"

local expectation = {}

---@class output what a read gave
---@field records string[] JSON
---@field state string? JSON

---@param got output
---@return string text of the file
function expectation.write(got)
  local lines = {}
  for i, record in ipairs(got.records) do lines[i] = ('{"record":%s}\n'):format(record) end
  if got.state then lines[#lines + 1] = ('{"state":%s}\n'):format(got.state) end
  return table.concat(lines)
end

---@param path string for messages
---@param text string
---@return output? expected
---@return string? message
function expectation.read(path, text)
  local expected, number = { records = {} }, 0
  for line in text:gmatch "[^\r\n]+" do
    number = number + 1
    local kind, value = line:match '^{"(%l+)":(.*)}$'
    local valid = value and json.valid(value)
    if kind == "record" and valid and not expected.state then
      table.insert(expected.records, value)
    elseif kind == "state" and valid and not expected.state then
      expected.state = value
    else
      return nil, ('%s: line %d is not a {"record":…}, nor a {"state":…} at the end; --update writes the file anew')
        :format(path, number)
    end
  end
  return expected
end

local function find(list, value, from)
  for i = from, #list do
    if list[i] == value then return i end
  end
end

-- Where one list has what the other one lacks, that is said, and not that all after it differ.
local function difference_at(expected, got, i)
  local old, new = expected[i], got[i]
  if not old then return ("record %d is one too many:"):format(i), { difference.line("+", new) } end
  if not new then return ("record %d is missing:"):format(i), { difference.line("-", old) } end
  local later = find(expected, new, i + 1)
  if later and not find(got, old, i + 1) then
    return ("record %d is missing, and what follows it came:"):format(i), { difference.line("-", old) }
  end
  if find(got, old, i + 1) and not later then
    return ("record %d is one too many:"):format(i), { difference.line("+", new) }
  end
  local lines = difference.of(old, new)
  local id = json.decode(new).id
  local named = id and id ~= json.null and (", with the id %s,"):format(json.encode(id)) or ""
  return ("record %d%s differs:"):format(i, named), lines
end

---What differs first, in words and lines; nil: nothing does.
---@param expected output
---@param got output
---@return string? words
---@return (string|difference_line)[]? lines
function expectation.compare(expected, got)
  local counts = ""
  if #expected.records ~= #got.records then
    counts = ("%d record%s expected, and %d came; "):format(#expected.records, #expected.records == 1 and " was" or "s were",
      #got.records)
  end
  for i = 1, math.max(#expected.records, #got.records) do
    if expected.records[i] ~= got.records[i] then
      local words, lines = difference_at(expected.records, got.records, i)
      return counts .. words, lines
    end
  end
  if expected.state == got.state then return nil end
  if not expected.state then return "a state came, and none was expected:", { difference.line("+", got.state) } end
  if not got.state then return "no state came:", { difference.line("-", expected.state) } end
  return "the state differs:", difference.of(expected.state, got.state)
end

return expectation
