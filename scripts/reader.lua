-- Reads one stream: its list, with each answer checked before any of it goes out, walked as walk.lua knows.
local airbyte = require "airbyte"
local clock = require "clock"
local memory = require "memory"
local url = require "url"

local reader = {}

local READ_WHOLE = "read to its end"
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

---The fields that are noted of each record.
local function noted(stream)
  local names = add_new({}, stream.cursor and { stream.cursor.field } or {})
  add_new(names, stream.cursor and stream.cursor.ordered_by or {})
  return add_new(add_new(names, stream.primary_key), stream.identity)
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

---@param stream stream
---@param client client
---@return list? list
---@return string? message
---@return string? failure_type
function reader.list(stream, client)
  local path, missing = url.fill(stream.path, client.config)
  local fallback
  if path and stream.fallback then fallback, missing = url.fill(stream.fallback, client.config) end
  if missing then return nil, missing, "config_error" end
  return view(setmetatable({
    client = client, stream = stream, path = path, fallback = fallback,
    rows = stream.api.page_size.rows, cursors = stream.api.cursors,
    page_settings = { fields = noted(stream), key = key_fields(stream), single = stream.single, rows = stream.rows },
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
  for name, value in pairs(self.stream.params) do query[name] = value end
  if not self.stream.single then
    for _, name in ipairs(self.stream.api.page_size.parameters) do query[name] = self.rows end
  end
  if ask.to then query.start, query["end"] = ask.from and on_seconds(ask.from) or DISTANT, on_seconds(ask.to) end
  query.cursor = ask.cursor
  return query
end

-- An error's object instead of the one record that is asked for has nothing of its identity.
local function lacks_identity(self, page)
  for _, name in ipairs(self.stream.identity) do
    if page:missing(name) == 0 then return false end
  end
  return #self.stream.identity > 0
end

-- A page, with its next cursor; both must be right before anything counts. For the log, what follows and how many rows.
function list:accept(response)
  local page, message, code = response:page(self.page_settings)
  if not page then return nil, message, code end
  if self.stream.single and lacks_identity(self, page) then
    return nil, "the answer is not the record that was asked for", "not_rows"
  end
  local cursor, wrong
  if not self.stream.single then cursor, wrong = self.stream.api.next_cursor(response) end
  if wrong then return nil, wrong, "no_next" end
  self.next = cursor
  self.date = clock.http_date(response:header "Date" or "") or clock.now()
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
  local smaller = answer.smaller or answer.code == "too_large" and self.rows > 2 and math.max(self.rows // 2, 2)
  if not smaller or smaller < 1 or smaller >= self.rows then return nil end
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
  local cursor = self.stream.api.next_cursor(response)
  local ask = cursor and self.foresee(cursor)
  if not ask or self.ahead or self.base.weight > LARGE or self.client:room(self.stream.path) < 1 then return end
  self.ahead = { ask = ask, path = self.path, task = self.client:ahead(self.path, self:query(ask), self.stream.path) }
end

local function take_ahead(self, ask)
  local ahead = self.ahead
  if not ahead then return nil end
  self.ahead = nil
  if ahead.path == self.path and same_ask(ahead.ask, ask) then return ahead.task end
  self.ahead = ahead
  drop_ahead(self)
end

---Nothing more is asked for here: what was asked ahead was needless.
function list:done() drop_ahead(self) end

---How many requests may be under way at once on this list, as far as is known; fewer where pages are large.
---@return integer
function list:at_once()
  local _, most = self.client:room(self.stream.path)
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
---@return {smaller: integer?}? answer smaller: the page size, or the path, is another now: the list has to be begun again
function list:fetch(ask)
  local page, message, kind, answer = self.client:fetch(self.path, self:query(ask), function(response)
    return self:accept(response)
  end, self.stream.scope, self.stream.path, {
    ahead = take_ahead(self, ask),
    head = self.foresee and function(response) look_ahead(self, response) end,
  })
  if page then
    self:warn_missing(page)
    return page
  end
  if not fall_back(self, answer) then return nil, message, kind, { smaller = smaller_rows(self, answer) } end
  if not ask.cursor and not ask.to then return self:fetch(ask) end
  return nil, message, kind, { smaller = self.rows }
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

-- Where a stream's records and states go, and the time by which states fall due.
local function sink_for(stream_list)
  local sink, client = {}, stream_list.client
  function sink:emit(page)
    local base = stream_list.base
    if base.hits then airbyte.estimate(base.hits) end
    base.hits = nil
    airbyte.emit(page)
  end
  function sink:state(state) airbyte.state(state) end
  function sink:log(level, message) client:log(level, message) end
  function sink:ticks() return clock.now() / 1e6 end
  return sink
end

---The place that a state belongs to: the host, and what of the config is part of the path.
local function place_of(stream, config)
  local place = { host = config.base_url:match "^%a+://([^/]*)" }
  for name in stream.path:gmatch "{([%w_]+)}" do place[name] = config[name] end
  return place
end

local function same_place(a, b)
  for name, value in pairs(b) do
    if a[name] ~= value then return false end
  end
  return true
end

-- What of the state counts in this read: of another place nothing; and in full only a full read that was cut.
local function relevant(known, place, context, client)
  if known.of and not same_place(known.of, place) then
    client:log("WARN", "the state is of another host, organization or project; the stream is read afresh")
    return memory.read(nil)
  end
  if context.incremental or known.walk and known.walk.full then return known end
  return memory.read(nil)
end

local function read_single(stream_list)
  local page, message, kind = stream_list:fetch {}
  if not page then return nil, message, kind end
  airbyte.emit(page)
  page:close()
  airbyte.state { [memory.FINISHED] = true }
  return READ_WHOLE
end

local function read_walk(stream_list, stream, context, known)
  local config, cursor = stream_list.client.config, stream.cursor or { ordered_by = {} }
  local place = place_of(stream, config)
  local walked = require "walk".new(stream_list, sink_for(stream_list), {
    field = cursor.field, ordered_by = cursor.ordered_by, window = cursor.window,
    start = cursor.field and config.start_date and clock.parse(config.start_date) or nil,
    lookback = config.lookback_minutes * 60 * 1000000, full = not context.incremental, of = place,
    rows = context.checkpoint, workers = config.num_workers,
  }, relevant(known, place, context, stream_list.client))
  local ok, message, kind = walked:run()
  stream_list.client.stats.repeats = walked.repeats
  if not ok then return nil, message, kind end
  return not walked.to_end and context.incremental and "read to what is known" or READ_WHOLE
end

local parts = { of = true, marks = true, recent = true, walk = true }

-- A state that says nothing of what a stream's says is another's, or misspelt: taken for none, it would have everything
-- read again. The protocol's own marks (__ab_…) say nothing either, but stand in states of any stream.
local function strange(state, field)
  if not field or type(state) ~= "table" or not next(state) then return nil end
  local names = {}
  for name in pairs(state) do
    if name == field or parts[name] or tostring(name):find "^__ab_" then return nil end
    names[#names + 1] = tostring(name)
  end
  table.sort(names)
  return ("it has no '%s', but %s"):format(field, table.concat(names, ", "))
end

---What a stream's state says; or nil, and what in it cannot be understood.
---@param stream stream
---@param state table?
---@return memory?
---@return string? message
function reader.understand(stream, state)
  local field = stream.cursor and stream.cursor.field
  local known, wrong = memory.read(state, field)
  wrong = wrong or strange(state, field)
  if not wrong then return known end
  return nil, ("the state of the stream '%s' cannot be understood: %s"):format(stream.name, wrong)
end

---Reads a stream whole, or what is new in it; its records and its states go out.
---@param stream stream
---@param client client
---@param context {state: table?, incremental: boolean, checkpoint: integer?} checkpoint: records between two states
---@return string? ended where the reading came to its end
---@return string? message
---@return string? failure_type
function reader.read(stream, client, context)
  local known, not_understood = reader.understand(stream, context.state)
  if not known then return nil, not_understood, "config_error" end
  if not context.incremental and known.finished then
    airbyte.state { [memory.FINISHED] = true }
    return "was read to its end in this job already"
  end
  local stream_list, missing, failure = reader.list(stream, client)
  if not stream_list then return nil, missing, failure end
  if stream.single then return read_single(stream_list) end
  return read_walk(stream_list, stream, context, known)
end

return reader
