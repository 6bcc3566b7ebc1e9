-- What a response to the request of a list's page comes to: a page, checked before any record counts; or the list's end.
local field_warnings = require "reading.field_warnings"
local json = require "json"
local merged = require "lib.merged"
local page_module = require "page"
local range = require "reading.range"
local refusal = require "api.refusal"
local retry = require "api.retry"

local answer = {}

local MOST_ERRORS = 1 << 20 -- bytes of a response without records that are looked at

-- Nothing of a response, as a page that is the list's last one.
local function empty_page(self)
  local settings = merged(self.page_settings)
  settings.records_path, settings.unwrap, settings.single, settings.splice = nil, nil, nil, nil -- and `of` minds no format
  return assert(page_module.of("[]", settings))
end

-- A page behind the last one of a list that is counted.
local function may_be_behind(self, ask)
  return ask.token ~= nil and self.stream.api.counted and not self.source.other
end

-- A response without content (204, 205), where no Link header must say that a list ends; behind the end, some servers send a
-- good one with nothing in it.
local function is_empty(self, response, ask)
  if self.stream.api.declared_paging and retry.is_without_content(response.status) then return true end
  return may_be_behind(self, ask) and response:text(64) == ""
end

-- An error's object instead of the one record that is asked for has nothing of its identity.
local function lacks_identity(self, page)
  for _, name in ipairs(self.stream.identity) do
    if page:missing(name) == 0 then return false end
  end
  return #self.stream.identity > 0
end

-- A file of lines whose first ones all lack the key is another one, or a message, as one of CSV without its column is.
local function is_no_file(self, page, ask)
  local stream = self.stream
  if stream.format ~= "ndjson" or ask.token or stream.transform then return nil end
  for _, name in ipairs(stream.identity) do
    local absent = field_warnings.absent(page, stream, name)
    if not absent then return nil end
    if name == stream.identity[#stream.identity] then
      return ("%s: it is another file, or a message; the first is %s"):format(absent, refusal.excerpt((page:record(1)), 200))
    end
  end
end

-- Where a user's stream says that its records are, when they are not there.
local function about_records(self, message, code)
  local stream = self.stream
  if not self.client.custom or code ~= "not_rows" or stream.format and stream.format ~= "xml" then return message end
  if stream.records or stream.unwrap then
    local names = {}
    for _, name in ipairs { "records", "unwrap" } do
      if stream[name] then names[#names + 1] = ("`%s` is '%s'"):format(name, stream[name]) end
    end
    return ("%s; the stream's %s"):format(message, table.concat(names, ", and its "))
  end
  return message .. (stream.single and "; `single = true` is for an answer that is one record"
    or "; `records` names where in it the list is, `single = true` an answer that is one record")
end

-- What a good response says went wrong: what it holds besides is not all. `page` is nil where it holds no records.
local function said_errors(self, response, page)
  local at = self.stream.api.errors_at
  if not at then return nil end
  local list = page and page:value(at)
  if not page then
    local text = response:text(MOST_ERRORS)
    list = text and json.decode(text)
    list = type(list) == "table" and list[at] or nil
  end
  if type(list) ~= "table" or #list == 0 then return nil end
  local first = list[1]
  return "the response has errors: " .. refusal.excerpt(type(first) == "table" and first.message or json.encode(first))
end

-- A user's own stream may be of a list that has no pages at all, which no other attempt changes.
local function about_paging(self, response, wrong, code)
  local api = self.stream.api
  if code or not self.client.custom or not api.is_unpaged or not api.is_unpaged(response) then return wrong, code or "no_next" end
  return wrong .. '; where the list has one page only, say `paging = "none"` in the stream', "no_paging"
end

-- A time that nobody can read would never move a state: each read would bring all again, or stop at nothing.
local function about_times(self, page)
  local cursor = self.stream.cursor
  if not cursor or not self.client.custom then return nil end
  local count, value = page:unreadable(cursor.field)
  if count == 0 then return nil end
  local words = cursor.type == "id" and "the stream's `cursor.type` is 'id', a whole number below 2^63"
    or cursor.type and "as the stream's `cursor.type` is '" .. cursor.type .. "'"
    or "`cursor.type` says whether numbers are \"seconds\" or \"milliseconds\" since 1970, or an \"id\" that rises"
  return ("the cursor field '%s' holds %s, which cannot be read; %s"):format(cursor.field, refusal.excerpt(value, 80), words)
end

-- The server's guess for the whole list comes with its first page.
local function note_hits(self, response)
  local hits, api = self.hits, self.stream.api
  if not hits.read and self.next and api.hits then hits.all, hits.at_least = api.hits(response) end
  if not hits.read then hits.count = hits.all end
  hits.read = true
end

local function page_of(self, response, ask)
  if self.file then return self.file:page(response, ask.token) end
  return response:page(self.page_settings)
end

local function token_after(self, response, page, ask)
  if self.file then return self.file.token end
  return self.prefetch:token_after(response, page, ask.token)
end

-- At once, as the next attempt takes as much memory.
local function refuse(page, message, code)
  if page then page:close() end
  return nil, message, code
end

-- A page, with the token of the next; both must be right before anything counts. For the log, what follows and how many
-- records.
---@param self list
---@param response response
---@param ask {token: string?}
---@return page? page
---@return string? message
---@return string|integer|nil detail
function answer.accept(self, response, ask)
  self.stopped = false
  self.page_settings.may_lack = ask.token ~= nil or nil
  self.page_settings.splice = self.source.known and self.source.known.splice
  if is_empty(self, response, ask) then
    self.next, self.last_response, self.date = nil, response, response:date()
    return empty_page(self), self.options.note, 0
  end
  if self.stream.api.errors_at then response:keep() end -- also where it holds no records
  local page, message, code = page_of(self, response, ask)
  local errors = said_errors(self, response, page)
  if errors then return refuse(page, errors, "said_errors") end
  if not page then return nil, about_records(self, message, code), code end
  if self.stream.single and lacks_identity(self, page) then
    return refuse(page, "the answer is not the record that was asked for", "not_rows")
  end
  local message_of = is_no_file(self, page, ask)
  if message_of then return refuse(page, message_of, "not_rows") end
  local unreadable = about_times(self, page)
  if unreadable then return refuse(page, unreadable, "no_times") end
  local outside = self.source.range and range.wrong(self.source.range, page)
  if outside then return refuse(page, outside, "no_range") end
  local token, wrong, why = token_after(self, response, page, ask)
  if wrong then return refuse(page, about_paging(self, response, wrong, why)) end
  self.next, self.last_response = token, response
  self.date = response:date()
  note_hits(self, response)
  return page, token and "next " .. token or self.options.note, page:count()
end

local OVERLAP = "; the offset %d is no multiple of the page size %d, for pages of a list with `cursor.ordered_by` overlap by a "
  .. "row: where the server takes multiples alone, leave `ordered_by` out of the stream"

---A page that overlaps the one before may be refused for that alone.
---@param self list
---@param ask {token: string?}
---@param outcome outcome
---@param message string?
---@return string?
function answer.about_overlap(self, ask, outcome, message)
  local size, status = self.page_size.current, outcome.status
  local place = ask.token and self.stream.api.declared_paging and self.page_tokens.read(ask.token)
  if not place or place.kind ~= "offset" or not size or place.offset % size == 0 then return message end
  if status ~= 400 and status ~= 404 and status ~= 416 and status ~= 422 then return message end
  return message .. OVERLAP:format(place.offset, size)
end

local refusals = { [400] = "WARN", [404] = "INFO" } -- 400 may also be a limit of how far pages go, so people should know

local COUNTED = "; that is taken for the list's end, as pages are counted; `total` or `more` in `paging` would say it"

---Is a refused page one behind the list's end? The stream may say so, of the status; or pages are counted, and nothing said that
---more follow.
---@param self list
---@param ask {token: string?}
---@param outcome outcome the last attempt
---@return page? page an empty one
function answer.behind_the_end(self, ask, outcome)
  local statuses, level = self.stream.api.statuses, refusals[outcome.status]
  self.stopped = outcome.status ~= nil and statuses ~= nil and statuses.stop[outcome.status] or false
  if self.stopped then
    self.client:log("INFO", outcome.message .. "; that is the list's end, as `statuses` says")
  elseif level and not outcome.smaller and may_be_behind(self, ask) then
    self.client:log(level, outcome.message .. COUNTED)
  else
    return nil
  end
  self.next, self.last_response, self.date = nil, outcome.response, outcome.response:date()
  return empty_page(self)
end

return answer
