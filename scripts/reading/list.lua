-- The pages of a stream's list: fetched, and checked before any record counts.
local added = require "stream.added"
local answers = require "reading.answer"
local changing = require "reading.changing"
local contexts = require "reading.context"
local counted = require "lib.counted"
local files = require "reading.file"
local field_warnings = require "reading.field_warnings"
local left_out = require "stream.left_out"
local list_source = require "reading.list_source"
local member = require "lib.member"
local merged = require "lib.merged"
local page_look = require "reading.page_look"
local page_sizes = require "reading.page_size"
local prefetch = require "reading.prefetch"
local range = require "reading.range"

local function add_new(names, more)
  for _, name in ipairs(more) do
    local known = false
    for _, other in ipairs(names) do known = known or other == name end
    if not known then names[#names + 1] = name end
  end
  return names
end

-- A record is a repeat when key and cursor value are the same; where records change, when their bytes are (`changing`).
local function key_fields(stream)
  local names = add_new({}, stream.identity)
  if stream.cursor and #names > 0 then add_new(names, { stream.cursor.field }) end
  return names
end

-- The fields noted of each record. A part of the key by which no record is known may be a transform's to add.
local function noted(stream)
  local names = add_new({}, stream.cursor and { stream.cursor.field } or {})
  add_new(names, stream.cursor and stream.cursor.ordered_by or {})
  if not stream.transform then add_new(names, added.rest(stream.primary_key, stream.add)) end
  return add_new(names, stream.identity)
end

-- Those that a file of CSV must have: without them it is another file, or a message.
local function columns(stream)
  local names = {}
  for i, name in ipairs(key_fields(stream)) do names[i] = member.names(name)[1] end
  return names
end

---@class list
---@field client client
---@field stream stream
---@field context context of the stream's functions
---@field source list_source where it is asked for; views share it
---@field page_size page_size views share it
---@field page_tokens {read: fun(token: string): place}
---@field file file? a response is a file of rows
---@field next string? after a fetch: the token of the page that follows; nil: none does
---@field stopped boolean? after a fetch: the page was refused with a status that ends the list, as the stream says
---@field date integer? after a fetch: the server's clock
local list = {}
list.__index = list

---@class list_options
---@field warned table<string, boolean>? fields that were warned of, where several lists of a stream share that
---@field exists boolean? what the list is about is known to exist, also when it is empty
---@field stopped (fun(): boolean)? no further page is wanted
---@field page_size integer? other than the API's default
---@field path string? what was asked last, which may be the fallback
---@field fallen boolean? the server is known to have the fallback alone
---@field note string? for the log of requests, what follows where no page does

-- What of a list is of one place in it.
local function begin(self)
  self.next, self.prefetch = nil, prefetch.new(self)
  self.file = self.stream.api.file and files.new(self) or nil
  return self
end

---@param stream stream
---@param client client
---@param context context? of its functions; without one, of no parent
---@param options list_options?
---@return list? list
---@return string? message
---@return string? failure_type
function list.new(stream, client, context, options)
  context, options = context or contexts.new(client.config), options or {}
  local page_size = page_sizes.new(stream.api.page_size)
  if options.page_size then page_size:set(options.page_size) end
  local source, wrong, kind = list_source.new(stream, context, page_size, options.path, options.fallen)
  if not source then return nil, wrong, kind end
  return begin(setmetatable({
    client = client, stream = stream, context = context, options = options, source = source, page_size = page_size,
    page_tokens = stream.api.page_tokens, warnings = field_warnings.new(client, options.warned), hits = {},
    page_settings = {
      fields = noted(stream), key = key_fields(stream), reads = stream.reads, single = stream.single,
      numbers = stream.cursor and stream.cursor.type, records_path = stream.records, unwrap = stream.unwrap,
      format = stream.format, delimiter = stream.delimiter, without = left_out.paths(stream, client.config.include_secrets),
      columns = stream.format == "csv" and columns(stream) or nil, changing = changing.of(stream),
    },
  }, list))
end

---The same list, to be read at another place at the same time.
---@return list
function list:view() return begin(setmetatable(merged(self), list)) end

---The same list, asked for one range of the cursor's values, at the same time.
---@param asked range
---@param stopped (fun(): boolean)? no further page is wanted
---@return list
function list:within(asked, stopped)
  local view = self:view()
  view.source, view.hits = self.source:within(asked), {}
  view.options = merged(self.options, { exists = true, stopped = stopped })
  return view
end

---The same list, asked for the newest range alone.
---@return list
function list:newest() return self:within(range.newest(self.stream.cursor)) end

---Has each row get what a ledger knows it by.
function list:settle() self.page_settings.settled = changing.settled(self.stream) end

---How many records the server guesses that the list has; told once.
---@return integer?
function list:take_hits()
  local count = self.hits.count
  self.hits.count = nil
  return count
end

---Nothing more is asked for here: what was prefetched is not needed.
function list:done()
  self.prefetch:drop()
  if self.file then self.file:close() end
end

---How many requests may be under way at once on this list, as far as is known; fewer where pages are large.
---@return integer
function list:at_once()
  local _, most = self.client:slots(self.source.template, self.stream.method)
  return self.page_size:at_once(most)
end

---Asks for fewer records a page from now on.
---@param records integer
---@param why string
function list:lower_page_size(records, why)
  if records >= self.page_size.current then return end
  self.client:log("INFO", ("%s; pages of %s are asked for from now on"):format(why, counted(records, "record")))
  self.page_size:set(records)
end

-- The server is about to give up the list, and another one holds as much: that is read from its top.
local function leave_at_notice(self, page, outcome)
  if not page or not self.source:take_notice(outcome.response) then return false end
  page:close()
  self.client:log("INFO", ("%s is read from now on, from its top"):format(self.source.path))
  return true
end

-- Has the page size, or the path, been changed, as the server wants it? Then the list has to be begun again.
local function adapt(self, outcome)
  if self.source:fall_back(outcome) then
    self.source.turned = ("%s; %s is read in its place, from its top"):format(outcome.message, self.source.path)
    return true
  end
  local smaller = self.page_size:after(outcome)
  if not smaller then return false end
  self.client:log("WARN", ("%s; the list is read again from its top with pages of %d"):format(outcome.message, smaller))
  self.page_size:set(smaller)
  return true
end

-- What comes of the response under way; nil: it has to be requested again.
local function go_on_in_file(self, ask)
  local page, why = answers.accept(self, self.file.response, ask)
  if not page then
    self.client:log("WARN", ("%s: %s; the file is requested again"):format(self.client:request(self.source.path), why))
  end
  return page
end

---Fetches the page at a token (none: the first), or the first one of a window.
---@param ask {token: string?, from: integer?, to: integer?, size: integer?} size: other than the list's, for this page
---@param after (fun(token: string): table?)? what will be asked for after the page that names this token; nil: unknown
---@return page? page
---@return string? message
---@return string? failure_type
---@return outcome? outcome "restart": the list has to be begun again; "stopped"
---@return outcome? refusal the last attempt of what failed
function list:fetch(ask, after)
  if self.options.stopped and self.options.stopped() then return nil, nil, nil, "stopped" end
  local source, held = self.source, self.prefetch:take_held(ask)
  if held then return held end
  local ready, unready, failed, unprepared = source:prepare(self.client)
  if not ready then return nil, unready, failed, nil, unprepared end
  local path, request = source.path, source:request(ask)
  local here = self.file and self.file:comes_to(ask.token) and go_on_in_file(self, ask)
  if here then return page_look(self, here) end
  local page, message, kind, outcome = self.client:fetch {
    path = request.path, query = request.query, endpoint = request.endpoint, sends = request.sends, scope = source:scope(),
    accept = function(response) return answers.accept(self, response, ask) end,
    replaceable = source:replaceable(), stream = self.file ~= nil, framed = request.framed, prefetched = self.prefetch:take(ask),
    on_headers = after and function(response) self.prefetch:send(response, after) end,
  }
  if not ask.token and not ask.to and source:narrow(page, outcome, self.next) then
    if page then page:close() end
    return self:fetch(ask, after)
  end
  local left = leave_at_notice(self, page, outcome)
  if not page then page = answers.behind_the_end(self, ask, outcome) end
  if page and not left then return page_look(self, page) end
  if not left and not adapt(self, outcome) then
    return nil, answers.about_overlap(self, ask, outcome, message), kind, nil, outcome
  end
  if source.path ~= path and not ask.token and not ask.to then return self:fetch(ask, after) end
  return nil, message, kind, "restart"
end

---An empty list can also mean that there is no such project: it is asked for before that counts.
---@return true?
---@return string? message
---@return string? failure_type
---@return outcome? refusal the last attempt of what failed
function list:confirm()
  if self.options.exists or not self.stream.api.confirm then return true end
  local template, scope = self.stream.api.confirm(self.stream.path)
  if not template then return true end
  local found, message, kind, outcome = self.client:document(template, nil, scope)
  if found then return true end
  return nil, message, kind, outcome
end

return list
