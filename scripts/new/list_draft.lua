-- What a list's names and schema tell of it: records, paging, key and cursor, put into a draft.
local paging_names = require "new.paging_names"
local record_fields = require "new.record_fields"
local schema_node = require "new.schema_node"
local set_of = require "lib.set_of"

local list_draft = {}

local SINCE = set_of { "since", "updatedsince", "updatedafter", "updatedatmin", "modifiedsince", "modifiedafter",
  "lastmodifiedafter", "createdsince", "createdafter", "createdatmin", "starttime", "startdate", "from", "fromdate",
  "datefrom", "updatedfrom", "after", "changedsince", "updatedatgte",
  "updatedgte", "modifiedgte", "createdgte", "begin", "start", "updateddateafter",
  "min_time", "timemin", "updatedmin" }

---@class list_facts
---@field place record_place
---@field response any the schema of a response
---@field resolve fun(schema: any): any
---@field parameters list_parameter[]
---@field link boolean? is a Link header told of?
---@field about string
---@field format string?
---@field rows table[]? records that came
---@field paging table? how the list goes on, where it was seen
---@field seen string? by what
---@field page_size table? likewise
---@field window seen_window? it is asked for part by part in time
---@field ordered boolean? did they come newest first, by the cursor's field?

---@param draft draft
---@param facts list_facts
local function tell_records(draft, facts)
  local place = facts.place
  if place.unknown then
    return draft:remark("records", "the document does not say what the response holds: `records` names where the array is, if "
      .. "it is not the response itself")
  end
  if place.single then draft:set("single", true, "guessed: the response is one record, not a list") end
  if place.path then
    local others = place.others and place.others[1] and "; there are other arrays: " .. table.concat(place.others, ", ") or ""
    draft:set("records", place.path, not place.sure and "guessed" .. others or nil)
  end
  if place.unwrap then draft:set("unwrap", place.unwrap) end
  if place.bare then
    draft:remark("records", "its elements are no objects, so they are no records: a `read` of its own has to make some of them "
      .. "(docs/streams.md)")
  end
end

local function tell_key(draft, facts)
  local key = record_fields.key(facts.place.item, facts.resolve, facts.about, facts.rows)
  if key then
    draft:set("primary_key", key, facts.rows and "guessed: each record that came has another one"
      or key ~= "id" and "guessed by its name" or nil)
  elseif not facts.place.single then
    draft:remark("primary_key", "nothing looks like a key. Without `primary_key` each page is read once, and a row that moves "
      .. "meanwhile may be missing, or come twice")
  end
  return key
end

local function tell_start(draft, facts, changed)
  for _, parameter in ipairs(facts.parameters) do
    local plain, node = schema_node.plain(parameter.name), parameter.node
    local of_other = changed and plain:find "creat" or not changed and (plain:find "updat" or plain:find "modif")
    if SINCE[plain] and not node.types.boolean and not of_other then
      local form = node.types.integer and "seconds" or node.format == "date" and "date" or "time"
      return draft:remark("cursor", ('where %s filters by this field, put start = { ["%s"] = "%s" } into it: then only what is '
        .. "new is asked for"):format(parameter.name, (parameter.name:gsub('["\\\n]', "")), form))
    end
  end
end

local function tell_cursor(draft, facts)
  local found = record_fields.cursor(facts.place.item, facts.resolve, facts.rows)
  if not found or facts.place.single then return end
  local cursor = { __order = { "field", "type", "ordered_by", "changes" }, field = found.field, type = found.type }
  if facts.ordered == found.field then cursor.ordered_by = found.field end
  if not found.changed then cursor.changes = true end
  draft:set("cursor", cursor, found.changed and "guessed: a time that moves when the record changes"
    or "guessed: when the record was made; `changes` because it may change later, without another time")
  if found.type then draft:remark("cursor", "guessed: its numbers are " .. found.type .. " since 1970") end
  if cursor.ordered_by then
    draft:remark("cursor", "`ordered_by`: the recorded pages list the newest first; leave it out where that is not always so")
  end
  tell_start(draft, facts, found.changed)
end

local function tell_paging(draft, facts, marks, key)
  if facts.paging then return draft:set("paging", facts.paging, "seen: " .. facts.seen) end
  local paging, why = paging_names.guess(marks, { link = facts.link, key = key })
  if paging then
    draft:set("paging", paging, "guessed: " .. why)
  elseif facts.window then
    draft:remark("paging", "where a part in time has several pages, `paging` says how they go on (docs/apis.md)")
  else
    draft:remark("paging", "nothing tells how the list goes on, so the first response is taken for all of it. If it is not, "
      .. "`paging` says how (docs/apis.md)" .. (why and "; " .. why or ""))
  end
end

-- Names may mean something else: told, but not used, because a wrong total would end a list early.
local function tell_totals(draft, marks, paging)
  local counted = type(paging) == "table" and (paging.page or paging.offset)
  if not counted or paging.more then return end
  local pages = paging.page and marks.total_pages
  local name, path = pages and "total_pages" or "total", pages or marks.total
  if not path then return end
  draft:remark("paging", ("if %s counts all %s, add %s = '%s'"):format(path, pages and "pages" or "records", name, path))
end

---Headers that tell a rate limit are heeded before it is used up.
---@param draft draft
---@param headers table<string, any> by their names
function list_draft.tell_limits(draft, headers)
  for name in pairs(headers) do
    local beginning = type(name) == "string" and name:match "^([%w-]*[Rr][Aa][Tt][Ee]%-?[Ll][Ii][Mm][Ii][Tt])%-[Rr]emaining$"
    if beginning then draft:set("limits", beginning, "guessed: headers that begin so tell how many requests are left") end
  end
end

---@param draft draft
---@param facts list_facts
---@return table<string, true> used the parameters that are taken care of
function list_draft.fill(draft, facts)
  local used = {}
  tell_records(draft, facts)
  local key = tell_key(draft, facts)
  tell_cursor(draft, facts)
  if facts.place.single then return used end
  local marks = paging_names.marks(facts.parameters, facts.response, facts.resolve, facts.place.path)
  if facts.format and not facts.paging then marks.next, marks.address, marks.more = nil, nil, nil end
  tell_paging(draft, facts, marks, key)
  local paging, size, why = draft.fields.paging, facts.page_size, nil
  if not size then size, why = paging_names.size(marks) end
  if size and (paging or not facts.format) then draft:set("page_size", size, why) end
  if not facts.paging then tell_totals(draft, marks, paging) end
  for _, role in ipairs { "page", "size", "offset", "token", "last", "older", marks.next and "loose" or "token" } do
    if marks[role] then used[marks[role].name] = true end
  end
  return used
end

return list_draft
