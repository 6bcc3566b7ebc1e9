-- What check found of each stream: the words of its message, and a table for a person.
local set_of = require "lib.set_of"
local streams = require "stream.registry"

---@class verdict
---@field name string
---@field found "readable"|"empty"|"refused"|"absent"|"unrecorded"|"failed"
---@field message string? why it is not readable
---@field volume string? what is to be said of a read of all of it, where that takes long
---@field scope string? what the token needs that was refused
---@field status integer? of the response

---@class asked_stream what is to be known of a stream that is asked
---@field single boolean? it is no list
---@field named boolean? somebody asked for it by its name
---@field optional boolean? not each server has it

---@class verdicts
---@field names string[]
---@field by_name table<string, verdict> of the streams that answered so far
---@field traits table<string, asked_stream>
local verdicts = {}
verdicts.__index = verdicts

---@param names string[] of the streams that are asked
---@param traits table<string, asked_stream>
---@return verdicts
function verdicts.new(names, traits) return setmetatable({ names = names, by_name = {}, traits = traits }, verdicts) end

local function found_of(count, failure, replayed, is_optional)
  if count then return count > 0 and "readable" or "empty" end
  if is_optional and (failure.absent or failure.status == 404) then return "absent" end
  if failure.status == 403 then return "refused" end
  return replayed and failure.code == "replay" and "unrecorded" or "failed"
end

---Notes what a stream's probe returned.
---@param name string
---@param replayed boolean a recording answers, which may lack requests
---@param count integer? records that came
---@param message string? why none came; else what is to be said of a read of all, where that takes long
---@param failure failure?
---@return verdict
function verdicts:note(name, replayed, count, message, failure)
  failure = failure or {}
  local verdict = {
    name = name, found = found_of(count, failure, replayed, (self.traits[name] or {}).optional),
    message = not count and message or nil,
    volume = count and message, scope = failure.scope, status = failure.status,
    of_script = failure.of_script,
  }
  self.by_name[name] = verdict
  return verdict
end

---Those of one kind, in the order of the names.
---@param found string
---@return verdict[]
function verdicts:all(found)
  local list = {}
  for _, name in ipairs(self.names) do
    local verdict = self.by_name[name]
    if verdict and verdict.found == found then list[#list + 1] = verdict end
  end
  return list
end

---The names of those of one kind.
---@param found string
---@return string[]
function verdicts:names_of(found)
  local names = {}
  for i, verdict in ipairs(self:all(found)) do names[i] = verdict.name end
  return names
end

---The names of those that have not answered yet.
---@return string[]
function verdicts:open()
  local open = {}
  for _, name in ipairs(self.names) do open[#open + 1] = not self.by_name[name] and name or nil end
  return open
end

---How many can be read.
---@return integer
function verdicts:readable() return #self:all "readable" + #self:all "empty" end

---Can one of the lists be read? The project alone is no list; where nothing else was asked for, it will do.
---@return boolean
function verdicts:reads_list()
  local lists, readable = 0, 0
  for _, name in ipairs(self.names) do
    local is_list, found = not (self.traits[name] or {}).single, (self.by_name[name] or {}).found
    lists = lists + (is_list and 1 or 0)
    if is_list and (found == "readable" or found == "empty") then readable = readable + 1 end
  end
  return readable > 0 or lists == 0 and self:readable() > 0
end

---Is one refused that somebody asked for by its name?
---@return boolean
function verdicts:refuses_named()
  for _, verdict in ipairs(self:all "refused") do
    if (self.traits[verdict.name] or {}).named then return true end
  end
  return false
end

---Can each that was asked be read?
---@return boolean
function verdicts:all_readable() return self:readable() == #self.names end

---What the token may not read, each with the scope for it.
---@return string[]
function verdicts:refused()
  local list = {}
  for i, verdict in ipairs(self:all "refused") do
    list[i] = ("%s (%s)"):format(verdict.name, verdict.scope and "lacks the scope " .. verdict.scope or verdict.message)
  end
  return list
end

---The failures, as one text; nil: there is none. Of shipped streams the first one says enough, for it is the server's or the
---token's; of the user's own, each has its own.
---@return string?
function verdicts:failures()
  local messages, shipped = {}, false
  for _, verdict in ipairs(self:all "failed") do
    local own = streams.custom(verdict.name) ~= nil
    if own or not shipped then
      messages[#messages + 1] = verdict.of_script and verdict.message or ("stream %s: %s"):format(verdict.name, verdict.message)
    end
    shipped = shipped or not own
  end
  return messages[1] and table.concat(messages, "; ")
end

---What is to be said of streams of which a read of all takes long.
---@return string[]
function verdicts:volumes()
  local list = {}
  for _, verdict in ipairs(self:all "readable") do
    list[#list + 1] = verdict.volume and ("%s: %s"):format(verdict.name, verdict.volume)
  end
  return list
end

local words = {
  readable = "readable", empty = "readable, empty", refused = "refused", absent = "not there",
  unrecorded = "not recorded", failed = "failed",
}

local function one_line(text) return (text:gsub("%s*\n%s*", " ")) end

-- What to do about a verdict. Shipped streams fail alike, and the first of them says why.
local function hint_of(verdict, told)
  if verdict.found == "refused" and verdict.scope then return "the token lacks the scope " .. verdict.scope end
  if verdict.found == "absent" then return "the server has no such list, or not for this organization" end
  if verdict.found == "unrecorded" then return "the recording holds no request of this stream; record anew to have it" end
  if not verdict.message then return verdict.volume or "" end
  local kind = not streams.custom(verdict.name) and (verdict.status or 0)
  if kind and told[kind] then return "as for " .. told[kind] end
  if kind then told[kind] = verdict.name end
  return one_line(verdict.message)
end

---A row for each of these streams: its name, what was found, and a hint.
---@param names string[] of all streams
---@param unasked string? why those that were not asked were not
---@return string[][]
function verdicts:rows(names, unasked)
  local rows, told, asked = { { "stream", "found", "hint" } }, {}, set_of(self.names)
  for i, name in ipairs(names) do
    local verdict = self.by_name[name]
    if verdict then rows[i + 1] = { name, words[verdict.found], hint_of(verdict, told) }
    elseif asked[name] then rows[i + 1] = { name, "no answer", "it had not answered when the check ended" }
    else rows[i + 1] = { name, "not asked", unasked or "" } end
  end
  return rows
end

return verdicts
