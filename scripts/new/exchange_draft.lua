-- A recorded list, as the draft of a stream.
local clock = require "clock"
local date_window = require "new.date_window"
local exchange = require "new.exchange"
local json = require "json"
local link = require "api.link"
local list_draft = require "new.list_draft"
local new_draft = require("new.draft").new
local paging_names = require "new.paging_names"
local paging_seen = require "new.paging_seen"
local record_fields = require "new.record_fields"
local recorded_request = require "new.recorded_request"
local sample = require "new.sample"
local schema_node = require "new.schema_node"
local secrets_seen = require "new.secrets_seen"

local exchange_draft = {}

-- ---- what the pages show

local function value_of(row, path)
  local value = row
  for _, name in ipairs(json.path(path)) do value = type(value) == "table" and value[name] or nil end
  return value
end

local function number_of(value)
  if type(value) == "string" then return clock.parse(value) end
  return type(value) == "number" and value or nil
end

-- Does the newest record come first, by this field?
local function is_newest_first(rows, field)
  local before, falls = nil, 0
  for _, row in ipairs(rows) do
    local value = number_of(value_of(row, field))
    if not value or before and value > before then return false end
    if before and value < before then falls = falls + 1 end
    before = value
  end
  return falls >= 4
end

-- Where a flag beside the records says that more follow.
local function more_of(list, marks)
  if not marks.more then return nil end
  local first
  sample.each_mark(list.first.document, list.place, function(path, value)
    if path == marks.more then first = value end
  end)
  return first == true and marks.more or nil
end

-- A number that all pages say alike, and that is above what one page holds.
local function constant(list, path, least)
  local value
  for _, one in ipairs(list.exchanges) do
    local here
    sample.each_mark(one.document, list.place, function(at, mark)
      if at == path then here = math.tointeger(mark) end
    end)
    if not here or value and value ~= here then return nil end
    value = here
  end
  return value and value >= least and path or nil
end

local function complete(list, seen, marks, rows)
  local paging = seen.paging
  paging.__order = { "page", "offset", "cursor", "next", "last", "link", "first", "more", "total_pages", "total" }
  paging.more = more_of(list, marks)
  if paging.more or not (paging.page or paging.offset) then return paging end
  if paging.page and marks.total_pages then paging.total_pages = constant(list, marks.total_pages, #list.exchanges) end
  if not paging.total_pages and marks.total then paging.total = constant(list, marks.total, #rows) end
  return paging
end

-- The first two pages that follow each other in a way that is understood.
local function paging_of(list, key)
  for i = 2, #list.exchanges do
    local seen = paging_seen.of(list.exchanges[i - 1], list.exchanges[i], list.place, key, secrets_seen.is_secret)
    if seen then return seen end
  end
end

local function size_of(parameters, changed)
  for _, parameter in ipairs(parameters) do
    local number = math.tointeger(tonumber(parameter.value))
    local role = number and number > 0 and paging_names.role(parameter.name, { types = { integer = true } })
    if role == "size" and not changed[parameter.key] then return parameter, number end
  end
end

-- ---- parameters, as names tell of them

local function node_of(value)
  local number = math.tointeger(tonumber(value))
  local flag = value == "true" or value == "false" or type(value) == "boolean"
  return { types = { [number and "integer" or flag and "boolean" or "string"] = true }, properties = {}, required = {},
    example = value, default = number == 0 and 0 or nil }
end

local function named(parameters)
  local list = {}
  for i, parameter in ipairs(parameters) do list[i] = { name = parameter.name, node = node_of(parameter.value) } end
  return list
end

-- What one page shows of a token that its own request did not have.
local function unsent(list, marks, rows)
  local body = list.first.json
  if type(body) ~= "table" then return nil end
  if marks.next and type(body.query) == "string" and not marks.token then
    local name = body.query:match "%$(after)%f[^%w_]" or body.query:match "%$([%w_]*[cC]ursor)%f[^%w_]"
    return name and { paging = { cursor = name, next = marks.next.path },
      parameter = { name = name, path = { "variables", name } }, why = "the query names it, and the response has a token there" }
  end
  local sorted = list.place.path == "hits.hits" and body.sort and rows[1] and rows[1].sort
  return sorted and { paging = { cursor = "search_after", last = "sort" },
    parameter = { name = "search_after", path = { "search_after" } }, why = "each record says by what it was sorted" } or nil
end

-- A record that came twice, as it was, counts once.
local function all_rows(list)
  local rows, pages, seen = {}, {}, {}
  for i, one in ipairs(list.exchanges) do
    pages[i] = sample.rows(one.document, list.place)
    for _, row in ipairs(pages[i]) do
      local text = json.encode(row)
      if not seen[text] then rows[#rows + 1] = row end
      seen[text] = true
    end
  end
  return rows, pages
end

local function use_window(draft, window)
  local cursor = draft.fields.cursor
  cursor.__order = { "field", "start", "stop", "slice" }
  cursor.changes, cursor.ordered_by = nil, nil
  cursor.start, cursor.stop, cursor.slice = { [window.from] = window.form }, { [window.to] = window.form }, window.slice
  draft.remarks.cursor = { ("the recorded requests are for %d days each. A slice is below that, for a request reaches further at "
    .. "either end; `start_date` in the configuration says where the first begins"):format(window.days) }
end

-- ---- the whole

---@param list recorded_list
---@param rows table[]
---@param pages table[][]
local function facts_of(list, rows, pages)
  local as_it_is, item = schema_node.as_it_is, list.place.item
  local key = record_fields.key(item, as_it_is, list.about, rows)
  local cursor = record_fields.cursor(item, as_it_is, rows)
  local window = date_window.of(list.exchanges, pages, cursor and cursor.field, secrets_seen.is_secret)
  local parameters = exchange.parameters(list.first)
  local marks = paging_names.marks(named(parameters), list.response, as_it_is, list.place.path)
  local listed = not window and not list.place.single
  local seen = listed and (paging_of(list, key) or not list.exchanges[2] and unsent(list, marks, rows)) or nil
  local changed = { [seen and seen.parameter and seen.parameter.key or ""] = true }
  local size, rows_a_page = size_of(parameters, changed)
  return {
    place = list.place, response = list.response, resolve = as_it_is, about = list.about, rows = rows, window = window,
    parameters = window and {} or named(parameters), link = link.next(list.first.response_headers.link or "") ~= nil,
    paging = seen and complete(list, seen, marks, rows) or nil, seen = seen and seen.why, parameter = seen and seen.parameter,
    page_size = size and { [size.name] = rows_a_page } or nil, size = size,
    ordered = cursor and is_newest_first(rows, cursor.field) and cursor.field or nil,
  }
end

-- A request that made something, of which the list's path is a part.
local function tell_made(draft, recorded, list)
  for _, one in ipairs(recorded.exchanges) do
    local within = one.path .. "/"
    if one.method == "POST" and one.origin == list.first.origin and list.first.path:sub(1, #within) == within then
      return draft:remark("path", ("%s %s was sent before: where it makes what is read here, a `read` of its own has to send it "
        .. "(docs/apis.md)"):format(one.method, one.path))
    end
  end
end

---@param recorded recorded
---@param list recorded_list
---@param name string of the stream
---@param secret string what the configuration may call its secret
---@return draft
function exchange_draft.make(recorded, list, name, secret)
  local one, count = list.first, #list.exchanges
  local draft = new_draft(("%s %s in %s (%s)"):format(one.method, one.path, recorded.file, count == 1 and "one page"
    or count .. " pages"))
  draft:set("name", name)
  draft:set("base", one.origin .. "/")
  local rows, pages = all_rows(list)
  local facts = facts_of(list, rows, pages)
  local used = list_draft.fill(draft, facts)
  if facts.window and draft.fields.cursor then use_window(draft, facts.window) end
  recorded_request.describe(draft, list, facts, used)
  secrets_seen.describe(draft, one, recorded.logins, secret, recorded_request.headers(list))
  tell_made(draft, recorded, list)
  list_draft.tell_limits(draft, one.response_headers)
  draft.schema = #rows > 0 and sample.record_schema(rows) or nil
  draft.hidden = secrets_seen.values(recorded.exchanges)
  return draft
end

return exchange_draft
