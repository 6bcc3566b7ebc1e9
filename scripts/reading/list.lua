-- The pages of one stream's list: how they are asked for, checked before any of it counts, and looked for ahead.
local clock = require "clock"
local contexts = require "reading.context"
local url = require "lib.url"

local LARGE, MOST_BYTES = 4 << 20, 64 << 20 -- of a page that is asked for ahead, and of all that are asked for at once
local DISTANT = "2000-01-01T00:00:00" -- a window needs a start, too; servers cut it to what they keep

local function add_new(names, more)
  for _, name in ipairs(more) do
    local known = false
    for _, other in ipairs(names) do known = known or other == name end
    if not known then names[#names + 1] = name end
  end
  return names
end

-- What makes a record a repeat: the same key with the same cursor value.
local function key_fields(stream)
  local names = add_new({}, stream.identity)
  if stream.cursor and #names > 0 then add_new(names, { stream.cursor.field }) end
  return names
end

---The fields that are noted of each record. A part of the key that no record is known by may be a transform's to add.
local function noted(stream)
  local names = add_new({}, stream.cursor and { stream.cursor.field } or {})
  add_new(names, stream.cursor and stream.cursor.ordered_by or {})
  if not stream.transform then add_new(names, stream.primary_key) end
  return add_new(names, stream.identity)
end

---@class list the pages of a stream, and how they are asked for
---@field base list what its views share: how pages are asked for, and what was warned of
---@field client client
---@field stream stream
---@field rows integer the page size
---@field weight integer bytes of the largest page so far
---@field foresee (fun(cursor: string): table?)? what will be asked for after the page that names this cursor; nil: unknown
---@field next string? after a fetch: the cursor of the page that follows; nil: none does
---@field date integer? after a fetch: the server's clock
local list = {}

local function view(base)
  return setmetatable({ base = base, ahead = nil }, { __index = base })
end

local function page_settings(stream)
  return {
    fields = noted(stream), key = key_fields(stream), reads = stream.reads, single = stream.single, rows = stream.records,
  }
end

---@param stream stream
---@param client client
---@param context context? of its functions; without one, of no parent
---@return list? list
---@return string? message
---@return string? failure_type
function list.new(stream, client, context)
  context = context or contexts.new(client.config)
  local values, fallback = contexts.values(context), nil
  local path, missing = url.fill(stream.path, values)
  if path and stream.fallback then fallback, missing = url.fill(stream.fallback, values) end
  if missing then return nil, missing, "config_error" end
  local params = type(stream.params) == "function" and stream.params(context) or stream.params
  if type(params) ~= "table" then return nil, "'params' must return a table, not a " .. type(params), "config_error" end
  return view(setmetatable({
    client = client, stream = stream, context = context, path = path, fallback = fallback, params = params,
    rows = stream.api.page_size.rows, cursors = stream.api.cursors, page_settings = page_settings(stream),
    warned = {}, weight = 1,
  }, { __index = list }))
end

---The same list, to be read at another place at the same time.
---@return list
function list:view() return view(self.base) end

local function on_seconds(us)
  return clock.format(us):sub(1, 19)
end

function list:query(ask)
  local query = {}
  for name, value in pairs(self.params) do query[name] = value end
  if not self.stream.single then
    for _, name in ipairs(self.stream.api.page_size.parameters) do query[name] = self.rows end
  end
  if ask.to then query.start, query["end"] = ask.from and on_seconds(ask.from) or DISTANT, on_seconds(ask.to) end
  if not self.stream.single then self.stream.api.turn(query, ask.cursor) end
  return query
end

-- An error's object instead of the one record that is asked for has nothing of its identity.
local function lacks_identity(self, page)
  for _, name in ipairs(self.stream.identity) do
    if page:missing(name) == 0 then return false end
  end
  return #self.stream.identity > 0
end

-- What the stream of a user's own says of where records are, when they are not there.
local function about_rows(self, message, code)
  local stream = self.stream
  if not self.client.custom or code ~= "not_rows" then return message end
  if stream.records then return ("%s; the stream's `records` is '%s'"):format(message, stream.records) end
  return message .. (stream.single and "; `single = true` is for an answer that is one record"
    or "; `records` names where in it the list is, `single = true` an answer that is one record")
end

-- A page, with its next cursor; both must be right before anything counts. For the log, what follows and how many rows.
function list:accept(response)
  local page, message, code = response:page(self.page_settings)
  if not page then return nil, about_rows(self, message, code), code end
  if self.stream.single and lacks_identity(self, page) then
    return nil, "the answer is not the record that was asked for", "not_rows"
  end
  local cursor, wrong
  if self.head == response then
    cursor, wrong = self.head_cursor, self.head_wrong -- look_ahead has read it
  elseif not self.stream.single then
    cursor, wrong = self.stream.api.next_cursor(response, page, self.rows)
  end
  self.head = nil
  if wrong then return nil, wrong, "no_next" end
  self.next = cursor
  self.date = response:date()
  self.last_response = response
  local base = self.base
  if not base.hits_read then base.hits = cursor and self.stream.api.hits and self.stream.api.hits(response) end
  base.hits_read = true -- the server's guess for the whole list comes with its first page
  return page, cursor and "next " .. cursor or nil, page:count()
end

function list:warn(name, count, page, wrong)
  self.warned[name] = true
  self.client:log("WARN", ("%d of a page's %d records have %s '%s'; they are emitted as they are"):format(count, page:count(),
    wrong, name))
end

local EARLIEST, LATEST = math.mininteger + 1, math.maxinteger

-- Records without key or cursor, or with a time that cannot be read, are emitted and told of once; they never move a state.
function list:warn_missing(page)
  local cursor = self.stream.cursor and self.stream.cursor.field
  for _, name in ipairs(self.page_settings.fields) do
    local missing = not self.warned[name] and page:missing(name) or 0
    if missing > 0 then self:warn(name, missing, page, "no") end
    if name == cursor and not self.warned[name] then
      local _, _, times = page:digest(name, EARLIEST, LATEST)
      if times < page:count() then self:warn(name, page:count() - times, page, "no readable time in") end
    end
  end
end

-- Never down to one row: a list that counts rows is followed from a row that is known, and one alone makes no way.
local function smaller_rows(self, answer)
  local smaller = answer.smaller or answer.code == "too_large" and self.rows and self.rows > 2 and math.max(self.rows // 2, 2)
  if not smaller or smaller < 1 or not self.rows or smaller >= self.rows then return nil end
  self.client:log("WARN", ("%s; the list is read again from its top with pages of %d"):format(answer.message, smaller))
  self.base.rows = smaller
  return smaller
end

-- The server has given up the list's path (410; 404): the other one is asked from now on.
local function fall_back(self, answer)
  if not self.fallback or answer.status ~= 410 and answer.status ~= 404 then return nil end
  self.client:log("WARN", ("%s; %s is read in its place, from its top"):format(answer.message, self.fallback))
  self.base.path, self.base.fallback = self.fallback, nil
  return true
end

-- ---- the next page, asked for while this one is still on its way

local function same_ask(a, b) return a.cursor == b.cursor and a.from == b.from and a.to == b.to end

local function drop_ahead(self)
  if self.ahead then self.client.stats.needless = self.client.stats.needless + 1 end
  self.ahead = nil
end

-- Only where the governor has room: what is needed at once goes first.
local function look_ahead(self, response)
  if not self.stream.api.next_in_header then return end
  self.head, self.head_cursor, self.head_wrong = response, self.stream.api.next_cursor(response)
  local cursor = self.head_cursor
  local ask = cursor and self.foresee(cursor)
  if not ask or self.ahead or self.base.weight > LARGE or self.client:slots(self.stream.path) < 1 then return end
  local request = { path = self.path, query = self:query(ask), endpoint = self.stream.path }
  self.ahead = { ask = ask, path = self.path, task = self.client:prefetch(request) }
end

local function take_ahead(self, ask)
  local ahead = self.ahead
  if not ahead or ahead.path ~= self.path or not same_ask(ahead.ask, ask) then return drop_ahead(self) end
  self.ahead = nil
  return ahead.task
end

---Nothing more is asked for here: what was asked ahead was needless.
function list:done() drop_ahead(self) end

---How many requests may be under way at once on this list, as far as is known; fewer where pages are large.
---@return integer
function list:at_once()
  local _, most = self.client:slots(self.stream.path)
  return math.max(1, math.min(most, MOST_BYTES // self.base.weight))
end

---Notes how large a page was, in bytes.
---@param size integer
function list:weigh(size) self.base.weight = math.max(self.base.weight, size) end

---Asks for fewer records a page from now on.
---@param rows integer
---@param why string
function list:lower_rows(rows, why)
  if rows >= self.rows then return end
  self.client:log("INFO", ("%s; %d records a page are asked for from now on"):format(why, rows))
  self.base.rows = rows
end

---Fetches the page at a cursor (none: the first), or the first one of a window.
---@param ask {cursor: string?, from: integer?, to: integer?}
---@return table? page
---@return string? message
---@return string? failure_type
---@return {restart: boolean, status: integer?, scope: string?}? answer restart: the page size, or the path, is another now:
---the list has to be begun again; status and scope: of what the server refused
function list:fetch(ask)
  local page, message, kind, answer = self.client:fetch {
    path = self.path, query = self:query(ask), scope = self.stream.scope, endpoint = self.stream.path,
    accept = function(response) return self:accept(response) end,
    prefetched = take_ahead(self, ask),
    on_headers = self.foresee and function(response) look_ahead(self, response) end,
  }
  if page then
    self:warn_missing(page)
    return page
  end
  if not fall_back(self, answer) then
    return nil, message, kind, { restart = smaller_rows(self, answer) ~= nil, status = answer.status, scope = answer.scope }
  end
  if not ask.cursor and not ask.to then return self:fetch(ask) end
  return nil, message, kind, { restart = true }
end

---What reopen needs to look at this page, the last one fetched, again when it is closed: its answer, still compressed.
function list:keep() return self.last_response:keep() end

function list:reopen(response) return response:page(self.page_settings) end

---An empty list can also mean that there is no such project: it is asked for before that counts.
---@return true?
---@return string? message
---@return string? failure_type
function list:confirm()
  local template = self.stream.api.confirm and self.stream.api.confirm(self.stream.path)
  if not template then return true end
  local found, message, kind = self.client:document(template)
  if found then return true end
  return nil, message, kind
end

return list
