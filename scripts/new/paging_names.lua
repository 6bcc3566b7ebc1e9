-- How a list goes on, as the names of its parameters and of what stands beside its records suggest.
local schema_node = require "new.schema_node"
local set_of = require "lib.set_of"
local shape = require "new.shape"

local paging_names = {}

-- Parameters, as schema_node.plain gives their names.
local PAGE = set_of { "page", "pagenumber", "pagenum", "pageno", "pageindex", "currentpage", "pagenr", "pg", "p",
  "paginationpage", "paginatepage", "skippages" }
local SIZE = set_of { "perpage", "pagesize", "limit", "size", "count", "maxresults", "max", "top", "first", "pagelimit",
  "maxpagesize", "resultsperpage", "itemsperpage", "rows", "numresults", "take", "pagelength", "maxrecords",
  "recordsperpage", "maxitems", "length", "limitperpage", "paginatelimit", "pagecount", "hitsperpage", "n", "results",
  "recordlimit", "paginationlimit", "paginationperpage", "numberofresults", "fetchsize" }
local OFFSET = set_of { "offset", "skip", "startat", "start", "startindex", "pageoffset", "firstresult", "startrow",
  "firstitem", "startposition", "from", "recordoffset", "paginationoffset" }
local TOKEN = set_of { "cursor", "nextcursor", "pagetoken", "nexttoken", "nextpagetoken", "continuationtoken", "continue",
  "pagecursor", "pageafter", "after", "marker", "startcursor", "scrollid", "skiptoken", "nextpagekey", "pagekey",
  "bookmark", "iterator", "next", "aftercursor", "startkey", "exclusivestartkey", "paginationtoken", "continuation",
  "pagestate", "nextkey", "startingtoken", "nextpage", "pageid", "startafter", "cursorafter" }
local LAST = set_of { "startingafter", "sinceid", "afterid", "lastid", "idafter", "fromid", "idgt" }
local OLDER = set_of { "maxid", "beforeid", "untilid" } -- of lists that begin with the newest

-- Beside the records.
local NEXT = { "nextcursor", "nextpagetoken", "nexttoken", "continuationtoken", "endcursor", "after", "nextmarker",
  "next", "nextpage", "nextpagekey", "nextkey", "cursor", "scrollid", "pagetoken", "marker", "nextid", "lastevaluatedkey",
  "nextstart", "nextoffset", "bookmark", "iterator", "continuation", "continue", "cursornext", "nextpagecursor",
  "paginationtoken", "pagestate", "newoffset", "offset" }
local ADDRESS = set_of { "nextlink", "odatanextlink", "nexturl", "nextpageurl", "nextpageuri", "nextpagelink",
  "nextrecordsurl", "nexthref", "nexturi", "pathnext" }
local MORE = set_of { "hasmore", "hasnextpage", "hasnext", "more", "morerecords", "hasmoreitems", "hasmoreresults",
  "moreresults", "moreavailable", "hasadditional", "hasmorepages", "istruncated", "ismore", "hasmorerecords", "moreitems",
  "hasmoredata" }
local TOTAL = set_of { "total", "totalcount", "totalresults", "totalitems", "totalrecords", "totalelements", "totalhits",
  "totalnumber", "totalrows" }
local PAGES = set_of { "totalpages", "pagecount", "pages", "lastpage", "numpages", "totalpagecount", "pagestotal",
  "numberofpages" }
local AROUND = set_of { "links", "link", "cursors", "cursor", "next", "data", "result", "info", "response", "resultset",
  "scrolling" }

local next_rank = {}
for i, name in ipairs(NEXT) do next_rank[name] = i end

---@class list_parameter
---@field name string
---@field node schema_node what is said of it

---@class page_marks what names tell
---@field page list_parameter?
---@field size list_parameter?
---@field offset list_parameter?
---@field token list_parameter?
---@field loose list_parameter? a token where the response has one, else likely something else
---@field last list_parameter?
---@field older list_parameter? likewise, in a list that begins with the newest
---@field next {path: string, plain: string, node: schema_node}?
---@field address string? path
---@field more string?
---@field total string?
---@field total_pages string?

local function is_scalar(node) return not node.types.object and not node.types.array end

local function as_address(node, plain, around)
  if node.types.integer or node.types.boolean then return false end
  if ADDRESS[plain] or (node.format == "uri" or node.format == "url" or node.format == "uri-reference") and plain:find "next" then
    return true
  end
  local words = (node.description or ""):lower()
  local said = words:find "url" or words:find "link" or words:find "uri"
  local looks = type(node.example) == "string" and node.example:find "^https?://"
  return plain == "next" and (around == "links" or around == "link" or said or looks) and true
    or (plain == "href" or plain == "uri" or plain == "url") and (around == "next" or around == "nextpage")
end

-- A path whose parents are told by `around`, the name of the last of them.
local function see(marks, name, path, node, around, place)
  local plain = schema_node.plain(name)
  if plain == "nextpage" and around == "" and node.types.object then return end
  if not is_scalar(node) then return end
  if as_address(node, plain, around) then marks.address = marks.address or path return end
  local text = node.types.string or node.types.integer or node.types.number or not next(node.types)
  local rank = text and next_rank[plain]
  if plain == "after" and around == "" or plain == "offset" and not node.types.string then rank = nil end
  if rank and not node.types.boolean and (not marks.next or rank < marks.next.rank) and path ~= place then
    marks.next = { path = path, plain = plain, node = node, rank = rank }
  end
  if MORE[plain] and not (node.types.string or node.types.integer) then marks.more = marks.more or path end
  if TOTAL[plain] and not node.types.string then marks.total = marks.total or path end
  if PAGES[plain] and not node.types.string then marks.total_pages = marks.total_pages or path end
end

local function is_around(plain) return AROUND[plain] or plain:find "pag" or plain:find "meta" end

local function look(marks, schema, resolve, path, around, depth, place)
  local node = schema_node.of(schema, resolve)
  local names = {}
  for name in pairs(node.properties) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local property, below = schema_node.of(node.properties[name], resolve), shape.join(path, name)
    see(marks, name, below, property, around, place)
    local leads = place and place:sub(1, #below + 1) == below .. "."
    if (is_around(schema_node.plain(name)) or leads) and property.types.object and depth < 4 then
      look(marks, node.properties[name], resolve, below, schema_node.plain(name), depth + 1, place)
    end
  end
end

local function is_number(node) return node.types.integer or node.types.number or not next(node.types) end

-- What a name says, and whether it may: `first` is a size in GraphQL, `start` may be a date, `next` a flag.
local function role_of(plain, node)
  if PAGE[plain] and (is_number(node) or plain ~= "p" and not node.types.object) then return "page" end
  if OLDER[plain] then return "older" end
  if LAST[plain] then return "last" end
  if SIZE[plain] and (is_number(node) or plain == "limit" or plain:find "page") then return "size" end
  local says_token = (node.description or ""):lower():find "token"
  if plain == "offset" and says_token then return "token" end
  if OFFSET[plain] and (is_number(node) or plain == "offset") then return "offset" end
  if TOKEN[plain] then return "token" end
  return plain == "start" and "loose" or nil
end

---What a parameter does, by its name: as a whole, else by its last part, as of `searchCriteria[pageSize]`.
---@param name string
---@param node schema_node
---@return "page"|"size"|"offset"|"token"|"loose"|"last"|"older"|nil
function paging_names.role(name, node)
  local last = name:match "[.%[]%$?([%w_]+)%]?$"
  return role_of(schema_node.plain(name), node) or last and role_of(schema_node.plain(last), node) or nil
end

local function take(marks, parameter)
  local node = parameter.node
  local is_time = node.format == "date-time" or node.format == "date"
  if is_time or node.types.boolean or node.types.array then return end
  local role = paging_names.role(parameter.name, node)
  if role then marks[role] = marks[role] or parameter end
end

---@param parameters list_parameter[] of the query, or of a body
---@param response any the schema of a response
---@param resolve fun(schema: any): any
---@param place string? the path of the records, in which no mark is looked for
---@return page_marks
function paging_names.marks(parameters, response, resolve, place)
  local marks = {}
  for _, parameter in ipairs(parameters) do take(marks, parameter) end
  look(marks, response, resolve, nil, "", 0, place)
  return marks
end

-- ---- what that comes to

local function says_zero(name, node)
  local words = (node.description or ""):lower()
  if schema_node.plain(name) == "skippages" then return true end
  return node.default == 0 or node.minimum == 0 and node.default == nil and not words:find "start[%a ]* 1"
    or words:find "zero[- ]based" ~= nil or words:find "0[- ]based" ~= nil or words:find "zero[- ]indexed" ~= nil
    or words:find "start[%a ]* 0%f[%D]" ~= nil or words:find "start[%a ]* zero" ~= nil
end

local function by_page(marks)
  local zero = says_zero(marks.page.name, marks.page.node)
  return { page = marks.page.name, first = zero and 0 or nil, more = marks.more },
    zero and "its first page has the number 0"
      or "its first page has the number 1. Where that is 0, `first = 0` has to be added, or the first page is missing"
end

-- A number that the next page has, and the parameter for it, is as good as a token.
local function by_token(marks)
  local parameter = marks.token or marks.page or marks.offset or marks.loose
  return { cursor = parameter.name, next = marks.next.path, more = marks.more }
end

local function names_a_number(marks)
  local plain = marks.next and marks.next.plain
  return marks.page and (plain == "nextpage" or plain == "next") and marks.next.node.types.integer
    or marks.offset and (plain == "nextoffset" or plain == "nextstart" or plain == "newoffset")
end

-- What a parameter may be called that no document names: where the server does not know it, the pages stay the same, which is
-- an error.
local function unnamed(marks)
  local plain, path = marks.next.plain, marks.next.path
  local name = path:match "([%w_]+)[%]\"]*$" or "cursor"
  if plain == "nextpage" then return "page" end
  if plain == "next" or plain == "after" or plain == "endcursor" then return plain == "after" and "after" or "cursor" end
  local rest = name:gsub("^[Nn]ext_?", "")
  return rest ~= "" and rest:sub(1, 1):lower() .. rest:sub(2) or "cursor"
end

local GUESSED_NAME = ": its name is a guess. Where it is wrong, the pages stay the same, and an error says so"

---What a list's `paging` may be.
---@param marks page_marks
---@param has {link: boolean?, key: string?} is a Link header told of? what tells records apart?
---@return table|nil paging nil: nothing says that the list goes on
---@return string? why in words
---@return boolean? certain a wrong name in it is noticed, so it may stand as it is
function paging_names.guess(marks, has)
  if has.link then return { link = true }, "the documentation tells of a Link header" end
  if marks.address then return { next = marks.address, more = marks.more }, "the response has the next page's address there" end
  if (marks.token or marks.loose) and marks.next then return by_token(marks), "the response has the next page's token there" end
  if names_a_number(marks) then return by_token(marks), "the response has the next page's number there" end
  local last = marks.older or marks.last
  if last then
    return { cursor = last.name, last = has.key or "id", more = marks.more },
      "a page begins after the last record of the one before"
  end
  if marks.page then
    local paging, words = by_page(marks)
    return paging, words
  end
  if marks.offset then return { offset = marks.offset.name, more = marks.more }, "it counts the records before a page" end
  if marks.token then
    local plain = schema_node.plain(marks.token.name)
    if plain == "after" or plain == "startafter" or plain == "marker" then
      return { cursor = marks.token.name, last = has.key or "id", more = marks.more },
        "the response names no token, so it may be the last record's key"
    end
    return { cursor = marks.token.name, next = "next", more = marks.more },
      "the documentation does not say where the response has the next page's token; where it is not at `next`, the second "
        .. "request is not made, and an error says so"
  end
  if marks.next and marks.next.plain ~= "offset" and marks.next.plain ~= "cursor" then
    return { cursor = unnamed(marks), next = marks.next.path, more = marks.more },
      "the response has the next page's token there, and no parameter for it is told" .. GUESSED_NAME
  end
  if marks.more or marks.total_pages then
    return { page = "page", more = marks.more, total_pages = not marks.more and marks.total_pages or nil },
      "the response says whether more follows, and no parameter for it is told" .. GUESSED_NAME
  end
  return nil
end

-- ---- how many records a page has

local function most_of(node)
  local words = node.description or ""
  local most = math.tointeger(node.maximum) or math.tointeger(tonumber(words:match "[Mm]ax[%a ]*[^%d%a]*(%d+)"))
    or math.tointeger(tonumber(words:match "between %d+ and (%d+)")) or math.tointeger(tonumber(words:match "up to (%d+)"))
  return most and most > 0 and most <= 10000 and most or nil
end

---The parameter with the number, for `page_size`.
---@param marks page_marks
---@return table? page_size
---@return string? why
function paging_names.size(marks)
  if not marks.size then return nil end
  local node = marks.size.node
  local most, usual = most_of(node), math.tointeger(node.default) or math.tointeger(node.example)
  local size = most and math.min(most, 1000) or usual and usual > 1 and usual <= 10000 and usual or 100
  return { [marks.size.name] = size }, most and "the largest number of records that the documentation tells"
    or "no largest number of records is told; more a page need fewer requests"
end

return paging_names
