-- The contract of a stream: what its table may hold, what is wrong with one, and the default of each field.
-- docs/streams.md tells of each; docs/api/stream.d.lua is what editors read.
local added = require "stream.added"
local api = require "api.dialect"
local auth = require "api.auth"
local body = require "api.body"
local bounds = require "stream.bounds"
local default_api = require "api.default"
local json = require "json"
local member = require "lib.member"
local merged = require "lib.merged"
local narrowing = require "stream.narrowing"
local period = require "stream.period"
local set_of = require "lib.set_of"
local sorted_names = require "lib.sorted_names"
local suggest = require "lib.suggest"

local contract = {}

-- Each check returns whether a value will do, and what was wanted.

local function is_text(value) return type(value) == "string" and value ~= "", "a non-empty string" end
local function is_flag(value) return type(value) == "boolean", "true or false" end
local function is_true(value) return value == true, "true, or not there" end
local function is_false(value) return value == false, "false, or not there" end
local function is_table(value) return type(value) == "table", "a table" end
local function is_function(value) return type(value) == "function", "a function" end
local function is_params(value) return type(value) == "table" or is_function(value), "a table, or a function" end
local function is_schema(value) return type(value) == "table" or is_text(value), "a table, or a file's name" end
local function is_parent(value) return is_text(value) or is_function(value), "a stream's name, or a function" end

-- Below the base; a / at the beginning, as documentation often has one, would lead elsewhere.
local function is_path(value)
  if not is_text(value) then return is_text(value) end
  if value:find "^%a+://" then return false, "below the base, and no whole address; `base` is for another API's" end
  if value:find "^/" then return false, "below the base, such as organizations/{organization}/, and begin without a /" end
  local rest = value:gsub("{[%w_.]+}", "")
  return not rest:find "[{}]", "a path whose braces each hold a name, such as {organization}"
end

-- A list of names; or none, which is no name.
local function is_list(value)
  if type(value) ~= "table" then return false end
  for name in pairs(value) do
    if math.type(name) ~= "integer" or not is_text(value[name]) then return false end
  end
  return true
end

local function is_names(value)
  return is_text(value) or is_list(value) and #value > 0, "a name, or a list of names"
end

local function is_member(value) return member.is_path(value), member.WANTED end

local function is_members(value)
  local list, ok = type(value) == "table" and value or { value }, is_names(value)
  for _, name in ipairs(list) do ok = ok and member.is_path(name) end
  return ok, "a name, or a list of names; each may be " .. member.WANTED
end

local function is_records(value)
  return member.is_path(value, true), 'names joined by dots, such as "data.items"; a * stands for each element, or each value of '
    .. [[an object: "groups.*.items"; a name that holds a dot stands in brackets: '["a.b"]']]
end

local FORMATS = { ndjson = true, csv = true, xml = true }

-- Its name, or a table of that and what else is to be said of it.
local function is_format(value)
  local wanted = '"ndjson", "csv" or "xml", or such as { "csv", delimiter = ";" }; JSON is read without a word'
  if type(value) ~= "table" then return FORMATS[value] == true, wanted end
  for name in pairs(value) do
    if name ~= 1 and name ~= "delimiter" then return false, wanted end
  end
  local delimiter = value.delimiter
  local fits = delimiter == nil or value[1] == "csv" and is_text(delimiter) and #delimiter == 1 and not delimiter:find '["\r\n]'
  return FORMATS[value[1]] == true and fits, wanted
end

local function is_paging(value) return require("api.paging").check(value) end

local function is_base(value)
  local host = is_text(value) and value:match "^https?://([^/%s?#]+)[^%s?#]*$"
  return host ~= nil and host ~= false and not host:find "@", "an address such as https://api.example.com/v1/"
end

local function is_auth(value)
  local wrong = auth.wrong(value)
  return not wrong, wrong
end

local MOST_SECRETS = 8

local function is_secrets(value)
  return is_members(value) and (type(value) == "string" or #value <= MOST_SECRETS),
    ("a name, or a list of names, %d at most; each may be names joined by dots"):format(MOST_SECRETS)
end

local function is_rows(value) return math.type(value) == "integer" and value > 0 end

local function is_page_size(value)
  local name, rows = nil, nil
  if type(value) == "table" then name, rows = next(value) end
  local one = name and is_text(name) and is_rows(rows) and next(value, name) == nil
  return is_rows(value) or one or false, "a number of rows, or the parameter with it, such as { per_page = 100 }"
end

local COMPLEMENT = set_of { "list", "of", "record", "fields", "scope" }

local function is_complement(value)
  local wanted = "a table of `list` and `record`, both paths, and `fields`, names; `list` may be left out"
  if type(value) ~= "table" then return false, wanted end
  for name in pairs(value) do
    if not COMPLEMENT[name] then return false, wanted end
  end
  local scope = value.scope == nil or is_text(value.scope)
  if value.of ~= nil and not is_path(value.of) then return false, wanted end
  return (value.list == nil or is_path(value.list)) and is_path(value.record) and is_list(value.fields) and scope, wanted
end

-- By name, or as a list of pairs where their order matters.
local function is_tests(value)
  local wanted = "functions by name, or a list of { name, function }"
  if type(value) ~= "table" then return false, wanted end
  for name, test in pairs(value) do
    if math.type(name) == "integer" and type(test) == "table" then name, test = test[1], test[2] end
    if not is_text(name) or type(test) ~= "function" then return false, wanted end
  end
  return true
end

local function is_limits(value)
  local wanted = 'a table of headers, such as { limit = "X-RateLimit-Limit", remaining = …, reset = … }, or how all three begin, '
    .. 'such as "X-RateLimit"'
  if type(value) ~= "table" then return is_text(value), wanted end
  for name, header in pairs(value) do
    local known = name == "limit" or name == "remaining" or name == "reset" or name == "concurrent_limit"
    if not known or not is_text(header) then return false, wanted end
  end
  return next(value) ~= nil, wanted
end

local CHANGING = { POST = true, PUT = true, PATCH = true, DELETE = true }

local function is_methods(value)
  local wanted = 'a list of POST, PUT, PATCH and DELETE, such as { "POST" }'
  if not is_list(value) or #value == 0 then return false, wanted end
  for _, method in ipairs(value) do
    if not CHANGING[method] then return false, wanted end
  end
  return true
end

local METHODS = { GET = true, POST = true, PUT = true, QUERY = true, SEARCH = true, REPORT = true }

local function is_method(value) return METHODS[value] == true, '"POST", or GET, PUT, QUERY, SEARCH or REPORT' end

-- Each status stands in one list, and is none of a good response.
local function is_statuses(value)
  local wanted, seen = "lists of statuses, each once: { retry = { 409, 423 }, stop = { 404 }, skip = { 410, 451 } }", {}
  if type(value) ~= "table" or next(value) == nil then return false, wanted end
  for name, list in pairs(value) do
    if name ~= "retry" and name ~= "stop" and name ~= "skip" or type(list) ~= "table" then return false, wanted end
    for place, status in pairs(list) do
      local fits = math.type(place) == "integer" and math.type(status) == "integer" and status >= 300 and status <= 599
      if not fits or seen[status] then return false, wanted end
      seen[status] = true
    end
  end
  return true
end

local through_fields = {
  parent = is_text, path = is_path, scope = is_text, belongs = is_function, setting = is_text, lag_seconds = is_rows,
  brief = is_table,
}
local stream_fields = {
  name = is_text, path = is_path, fallback = is_path, params = is_params, primary_key = is_members, identity = is_members,
  add = added.check, cursor = is_table, single = is_flag, records = is_records, unwrap = is_member, format = is_format,
  scope = is_text, schema = is_schema, parent = is_parent,
  base = is_base, auth = is_auth, paging = is_paging, page_size = is_page_size, hosts = is_names,
  filter = is_function, transform = is_function, read = is_function, tests = is_tests,
  complement = is_complement, through = is_table, limits = is_limits, statuses = is_statuses,
  settle = is_flag, follow_parent = is_flag, most_rows = is_rows,
  default = is_true, suggested = is_true, only_named = is_true, seen = is_false,
  methods = is_methods, method = is_method, body = is_params, refresh = period.check,
  narrowed_by = narrowing.check,
  secrets = is_secrets,
}
local function is_cursor_type(value)
  return value == "seconds" or value == "milliseconds" or value == "id", '"seconds", "milliseconds" or "id"'
end

local cursor_fields = {
  field = is_member, type = is_cursor_type, start = bounds.is_bound, stop = bounds.is_bound, slice = bounds.is_slice,
  ordered_by = is_members, window = is_flag, changes = is_flag, lookback = is_rows, most_rows = is_rows,
}

---The names of all fields, in order.
---@return string[] of_stream
---@return string[] of_cursor
function contract.fields() return sorted_names(stream_fields), sorted_names(cursor_fields) end

local function check_fields(given, fields, where)
  for _, name in ipairs(sorted_names(given)) do
    local check = fields[name]
    if not check then
      return nil, ("%sthere is no field '%s'%s"):format(where, name, suggest.hint(name, sorted_names(fields)))
    end
    local ok, wanted = check(given[name])
    if not ok then return nil, ("%s'%s' must be %s"):format(where, name, wanted) end
  end
  return true
end

local function as_list(names)
  if type(names) == "string" then return { names } end
  return names or {}
end

-- What it may ask besides the configured host: its own API's, too.
local function hosts_of(given)
  local hosts = {}
  for i, host in ipairs(as_list(given.hosts)) do hosts[i] = host end
  if given.base then hosts[#hosts + 1] = given.base:match "^%a+://[^/]*" end
  hosts[#hosts + 1] = auth.host(given.auth)
  return hosts[1] and hosts
end

local function format_of(given) return type(given.format) == "table" and given.format[1] or given.format end

-- With every default filled in, so that nothing else has to know them.
local function complete(given)
  local stream = merged(given)
  stream.primary_key = as_list(given.primary_key)
  stream.identity = as_list(given.identity or added.rest(stream.primary_key, given.add))
  stream.params, stream.secrets = given.params or {}, as_list(given.secrets)
  stream.format, stream.delimiter = format_of(given), type(given.format) == "table" and given.format.delimiter or nil
  stream.hosts = hosts_of(given)
  stream.api = api.of(stream)
  stream.body_names = given.body and body.names(given)
  stream.refresh = period.complete(given.refresh)
  stream.reads = {} -- the fields that hooks read, as they come to be known
  if given.cursor then
    stream.cursor = { field = given.cursor.field, window = given.cursor.window, changes = given.cursor.changes,
      lookback = given.cursor.lookback, most_rows = given.cursor.most_rows, type = given.cursor.type,
      start = bounds.of(given.cursor, "start"), stop = bounds.of(given.cursor, "stop"), slice = given.cursor.slice,
      ordered_by = as_list(given.cursor.ordered_by) }
  end
  return stream
end

-- What says something of a response that is JSON has no meaning where it is not, and would end lists too early.
local function wrong_format(given)
  if not given.base then return "'format' is for another API: 'base' is missing" end
  if format_of(given) == "xml" then
    return not given.records and "'records' is missing: it names the elements that are records, such as \"feed.entry\"" or nil
  end
  for _, name in ipairs { "records", "single" } do
    if given[name] ~= nil then return ("'%s' has no meaning beside 'format': each row is a record"):format(name) end
  end
  for _, name in ipairs { "next", "more", "total", "total_pages" } do
    if type(given.paging) == "table" and given.paging[name] then
      return ("'paging.%s' looks into JSON, and the response is %s"):format(name, format_of(given))
    end
  end
  local paged = given.paging and given.paging ~= "none"
  if not paged and given.cursor and given.cursor.ordered_by then
    return "cursor: 'ordered_by' is of lists that are requested page by page, and a file is read whole; leave it out"
  end
  if not paged and given.page_size then
    return "'page_size' has no meaning for a file, which is one response; 'paging' says how there are more"
  end
end

-- May the pages of a list have numbers, by which a record that goes moves others? (reading/numbered_pages.lua)
local function may_have_numbers(paging)
  return type(paging) == "table" and (paging.page or paging.link or paging.next and not paging.cursor)
end

-- What cannot stand together, or alone.
local function check_whole(given)
  if not given.path and not given.read then return nil, "'path' is missing" end
  if given.read then
    for _, name in ipairs { "parent", "paging", "page_size", "records", "unwrap", "format", "single", "params", "fallback",
      "complement", "method", "body" } do
      if given[name] ~= nil then return nil, ("'%s' has no meaning beside 'read', which asks for itself"):format(name) end
    end
  end
  if given.path and given.path:find "{parent[.}]" and not given.parent then
    return nil, "'path' has a {parent…}, and there is no 'parent'"
  end
  if given.base and type(given.page_size) == "number" then
    return nil, "'page_size' needs the name of the other API's parameter, such as { per_page = 50 }"
  end
  if given.base and given.cursor and given.cursor.window then
    return nil, ("cursor: 'window' is of %s's `start` and `end`, and has no meaning beside 'base'"):format(default_api.title)
  end
  if given.limits and not given.base then
    return nil, ("'limits' is for another API: those of %s's are known"):format(default_api.title)
  end
  if given.statuses and given.statuses.skip and not given.parent then
    return nil, "'statuses.skip' leaves out one parent of many, and there is no 'parent'; 'stop' ends a list"
  end
  if given.single and given.records and json.path(given.records).any then
    return nil, "'single' is for one record, and the * in 'records' for many"
  end
  if given.cursor and given.cursor.ordered_by and given.records and json.path(given.records).any then
    return nil, "cursor: 'ordered_by' is of one list, and the * in 'records' finds several; leave it out"
  end
  local wrong = body.wrong(given) or given.format and wrong_format(given)
  if wrong then return nil, wrong end
  if given.cursor and given.cursor.slice and (given.single or given.through or given.complement) then
    return nil, "cursor: 'slice' has no meaning beside 'single', 'through' and 'complement'"
  end
  if given.settle ~= nil and given.cursor and given.cursor.ordered_by and not may_have_numbers(given.paging) then
    return nil, "'settle' is of lists that are read in several passes: without `cursor.ordered_by`, or by pages with numbers"
  end
  if given.through and not given.cursor then return nil, "'through' needs a 'cursor'" end
  if given.cursor and given.cursor.most_rows and not given.cursor.slice then return nil, "cursor: 'most_rows' is of slices" end
  if given.most_rows and not given.parent then return nil, "'most_rows' is of a child stream, and there is no 'parent'" end
  if given.follow_parent and (type(given.parent) ~= "string" or not given.cursor) then
    return nil, "'follow_parent' needs a `parent` that is a stream, and a `cursor`"
  end
  local misplaced = given.refresh and period.wrong(given)
  if misplaced then return nil, "'refresh' " .. misplaced end
  if given.parent == given.name then return nil, "'parent' cannot be the stream itself" end
  if given.only_named and (given.default or given.suggested) then
    return nil, "'only_named' is of a stream in no set, and 'default' and 'suggested' are sets"
  end
  return true
end

local function check_cursor(cursor)
  if not cursor then return true end
  local ok, message = check_fields(cursor, cursor_fields, "cursor: ")
  if not ok then return nil, message end
  if not cursor.field then return nil, "cursor: 'field' is missing" end
  return bounds.check(cursor)
end

-- A file that streams require is taken for a stream where it lies beside them.
local HELPER = "; a file that streams `require` lies in a folder below theirs, such as parts/%s.lua for require 'parts.%s'"

local function is_no_stream(given)
  if type(given) ~= "table" then return "its script must return a table, not " .. type(given) end
  for name in pairs(stream_fields) do
    if given[name] ~= nil then return nil end
  end
  return "it has none of a stream's fields, such as `name` and `path`"
end

local through_optional = { scope = true, brief = true }

-- All else is needed: nothing of it has a default.
local function check_through(through)
  if not through then return true end
  local ok, message = check_fields(through, through_fields, "through: ")
  if not ok then return nil, message end
  for _, name in ipairs(sorted_names(through_fields)) do
    if through[name] == nil and not through_optional[name] then return nil, ("through: '%s' is missing"):format(name) end
  end
  return true
end

---Checks what a stream's script returned.
---@param given any
---@param name string the file's name, which the stream's must be
---@return stream? stream with all defaults
---@return string? message
function contract.check(given, name)
  local no_stream = is_no_stream(given)
  if no_stream then return nil, no_stream .. HELPER:format(name, name) end
  local ok, message = check_fields(given, stream_fields, "")
  if not ok then return nil, message end
  if not given.name then return nil, "'name' is missing" end
  if given.name ~= name then
    return nil, ("its name is '%s', and that of its file or entry '%s'; they must be the same"):format(given.name, name)
  end
  ok, message = check_cursor(given.cursor)
  if not ok then return nil, message end
  ok, message = check_through(given.through)
  if not ok then return nil, message end
  ok, message = check_whole(given)
  if not ok then return nil, message end
  return complete(given)
end

return contract
