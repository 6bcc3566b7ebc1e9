-- How a stream's records go out: through its hooks, then as lines, and then with a look at whether they are still what its
-- schema says.
local added = require "stream.added"
local airbyte = require "airbyte"
local contexts = require "reading.context"
local schema = require "stream.schema"
local stream_state = require "reading.stream_state"

---@class emitter
---@field stream stream
---@field found table what page:drift noted
---@field pages integer
---@field clean boolean characters that consumers refuse go out as U+FFFD
---@field refused integer records that held some
---@field lands boolean? a database takes them, which replaces such characters, and tells of it
---@field observer observer? who is shown what goes out
local emitter = {}
emitter.__index = emitter

local EVERY, MOST_NAMED = 8, 20

---@class observer
---@field page fun(self, page: page) called just before a page goes out
---@field state fun(self) called after each state

---@param stream stream
---@param observer observer?
---@param clean boolean?
---@return emitter
function emitter.new(stream, observer, clean)
  local types, words = schema.types(stream)
  return setmetatable({ stream = stream, observer = observer, types = types, words = words, found = {}, pages = 0,
    clean = clean or false, refused = 0 }, emitter)
end

---A full read that came to its end earlier in this job is not begun again: its state is said once more.
---@param job {incremental: boolean, state: table?}
---@return string? ended nil: there is something to read
function emitter.ended_before(job)
  if job.incremental or not stream_state.is_finished(job.state) then return nil end
  job.emitter:state { [stream_state.FINISHED] = true }
  return "was read to its end in this job already"
end

---Runs the hooks on a page: what they hold back still counts as read. Raises what they raise.
---@param stream stream
---@param page page
---@param context context
function emitter.hooks(stream, page, context)
  if stream.filter then page:filter(stream.filter, context, stream.reads, stream.identity) end
  if stream.transform then page:transform(stream.transform, context, stream.reads, stream.identity) end
  if stream.add then page:add(assert(added.text(stream, context, contexts.values))) end
end

-- Every record of the first page, and one of each eighth page that follows, at a place that moves: what servers change is
-- soon seen, and the look costs a thousandth of the scan.
local function look(self, page)
  if not self.types or page:count() == 0 then return end
  self.pages = self.pages + 1
  if self.pages == 1 then page:drift(self.types, self.found)
  elseif self.pages % EVERY == 0 then page:drift(self.types, self.found, self.pages // EVERY * 7) end
end

---Emits a page, whole: when a hook raises, nothing of it goes out.
---@param page page
---@param context context
---@return integer records
function emitter:emit(page, context)
  emitter.hooks(self.stream, page, context)
  self.refused = self.refused + page:clean_text(self.clean)
  if self.observer then self.observer:page(page) end
  local count = airbyte.emit(page)
  look(self, page)
  return count
end

---Writes a state, after every record that it covers.
---@param state table
function emitter:state(state)
  airbyte.state(state)
  if self.observer then self.observer:state() end
end

local function describe(self, name)
  local words = self.words[name]
  if not self.types[name] then
    return ("the field '%s' (%s) is not in the schema; emitted as sent"):format(name, self.found[name])
  end
  return ("the field '%s' is %s, where the schema says %s; emitted as sent"):format(name, self.found[name],
    type(words) == "table" and table.concat(words, " or ") or tostring(words))
end

---How the records departed from the schema: a line for each field, and one for those beyond the first twenty.
---@return string[]
function emitter:drift()
  local lines, more = {}, #self.found - MOST_NAMED
  for i = 1, math.min(#self.found, MOST_NAMED) do lines[i] = describe(self, self.found[i]) end
  if more > 0 then lines[#lines + 1] = ("%d more fields depart from the schema; emitted as sent"):format(more) end
  return lines
end

---How many records held characters that consumers refuse, and what became of them; nil: none did.
---@return string?
function emitter:refusable()
  if self.refused == 0 or self.lands then return nil end
  local records = self.refused == 1 and "1 record has" or self.refused .. " records have"
  return records .. " half a surrogate pair or \\u0000 as an escape, which many destinations refuse: " .. (self.clean
    and "U+FFFD went out in its place" or "emitted as sent. \"text\": \"clean\" in the configuration has U+FFFD go out instead")
end

return emitter
