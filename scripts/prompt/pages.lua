-- The pages of a stream at the prompt, one by one. Each is fetched where a read fetches it (inspect.lua): a stream of the
-- user's own in a process of its own, which may ask what `read` lets it ask.
local json = require "json"
local streams = require "stream.registry"

-- What is behind an object at the prompt, and not to be looked at with it.
local behind = setmetatable({}, { __mode = "k" })

---@class shown_page a page as a person sees it
---@field number integer
---@field request string
---@field status integer
---@field ms integer
---@field bytes integer of the body, as received
---@field count integer of records that came
---@field held integer of those that the stream's hooks hold back
---@field cursor string? of the page that follows; nil: none does
---@field headers table<string, string>
---@field records table[] as they would go out
local shown_page = {}
shown_page.__index = shown_page

---A record's bytes, as they came.
function shown_page:raw(i) return behind[self][i] end

local function show_page(number, fetched)
  local page, texts = setmetatable(fetched, shown_page), fetched.records
  page.number, page.records = number, setmetatable({}, { __depth = 0 })
  for i, text in ipairs(texts) do page.records[i] = json.decode(text) end
  behind[page] = texts
  return page
end

---@class pages
---@field stream string
---@field path string
---@field read integer how many there were
---@field over boolean there are no more
local pages = {}
pages.__index = pages

-- Where a script raised, that is shown with its traceback, as for what is typed.
local function run(self, open)
  local hidden = behind[self]
  local done, message, failure_type, failure = streams.run(nil, {
    job = "page", name = self.stream, config = hidden.client.config, options = hidden.options, parent = hidden.parent,
    position = hidden.position, open = open,
  })
  if not done then
    if failure.internal then error(failure.internal, 0) end
    return nil, message, failure_type
  end
  hidden.position, self.path = done.position, done.position.path
  local stats = hidden.client.stats
  stats.requests, stats.bytes = stats.requests + done.requests, stats.bytes + done.bytes
  return done
end

---The next page, its first record being `record` then; nil after the last one, or nil, message, code.
---@return shown_page?
---@return string? message
---@return string? failure_type
function pages:next()
  if self.over then return nil, "there are no more pages; begin again by another :pages()" end
  local fetched, message, failure_type = run(self)
  if not fetched then return nil, message, failure_type end
  if not fetched.page then return nil, fetched.message, fetched.failure_type end
  self.read, self.over = self.read + 1, fetched.page.cursor == nil
  local page = show_page(self.read, fetched.page)
  if page.records[1] then rawset(behind[self].env, "record", page.records[1]) end
  return page
end

-- Why a stream has no pages of its own; nil where it has.
local function no_pages(stream, parent)
  if stream.read then
    return ("the stream '%s' reads by itself: perigee try %s shows what comes of it"):format(stream.name, stream.name)
  elseif stream.parent and type(parent) ~= "table" then
    return ("the stream '%s' is read for each record of another: give one, streams.%s:pages{ parent = record }"):format(
      stream.name, stream.name)
  end
end

---@param stream table its definition
---@param given integer|{rows: integer?, parent: table?}|nil a page size; or a table
---@param of {env: table, client: client, options: table} whose `record` is set; whose stats count; what a read is given
---@return pages?
---@return string? message
---@return string? failure_type
function pages.new(stream, given, of)
  given = type(given) == "table" and given or { rows = given }
  local without = no_pages(stream, given.parent)
  if without then return nil, without end
  local self = setmetatable({ stream = stream.name, read = 0, over = false }, pages)
  behind[self] = {
    env = of.env, client = of.client, options = of.options, parent = given.parent, position = { rows = given.rows },
  }
  local open, message, failure_type = run(self, true)
  if not open then return nil, message, failure_type end
  return self
end

return pages
