-- The primary key of a shipped stream, as the catalogue declares it: a server whose records lack it has another one.
local lists = require "reading.list"
local tasks = require "tasks"

local key = {}

local SECONDS = 10

local function quoted(names) return "'" .. table.concat(names, "', '") .. "'" end

-- Does the stream's first record lack the key? Without a message, it does not.
local function first_lacks(stream, client)
  local list, wrong = lists.new(stream, client, nil, { page_size = 1, warned = { [stream.primary_key[1]] = true } })
  if not list then return nil, wrong end
  local page, message = list:fetch {}
  if not page then return nil, message end
  if page:count() == 0 then return nil, "there is no record to tell by" end
  return page:missing(stream.primary_key[1]) > 0
end

---Can servers' records differ in their key?
---@param stream stream
---@return boolean
function key.differs(stream)
  local added = stream.add and stream.add[stream.primary_key[1]] ~= nil
  return #stream.primary_key == 1 and not added and table.concat(stream.identity, "\0") ~= stream.primary_key[1]
end

---@param stream stream whose key differs
---@param client client? to ask for one record; nil: nobody can be asked
---@return string[] names
---@return string? warning where it cannot be told
function key.find(stream, client)
  local lacks, why, late
  if client then
    lacks, why, late = tasks.spawn(first_lacks, stream, client):join(SECONDS)
    if late == "timeout" then why = ("no answer came within %d s"):format(SECONDS) end
  else
    why = "--config FILE was not given, so no server was asked"
  end
  if not why then return lacks and stream.identity or stream.primary_key end
  return stream.primary_key, ("%s: the primary key is taken to be %s, which older servers do not send: for those it is %s (%s)")
    :format(stream.name, quoted(stream.primary_key), quoted(stream.identity), why)
end

return key
