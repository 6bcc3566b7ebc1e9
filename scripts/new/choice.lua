-- Which of several lists a person means, and all of them as rows to choose from.
local literal = require "new.literal"
local pretty = require "lib.pretty"
local suggest = require "lib.suggest"

local choice = {}

---@class choosable
---@field path string such as /v1/customers
---@field method string
---@field id string? a name that the document gives it
---@field name string what a stream of it would be called
---@field kind string "list", "one record" or what else it is
---@field words string? a line about it

local function bare(path) return (path:gsub("^/+", ""):gsub("/+$", "")) end

-- A path of which the placeholders are filled in.
local function fits(template, path)
  if not template:find "{" then return false end
  local pattern = bare(template):gsub("[^%w{}]", "%%%0"):gsub("{[^{}]*}", "[^/]+")
  return bare(path):find("^" .. pattern .. "$") ~= nil
end

local function all(list, test)
  local found = {}
  for _, one in ipairs(list) do
    if test(one) then found[#found + 1] = one end
  end
  return found
end

local function matches(list, word)
  local method, path = word:match "^(%u+)%s+(%S+)$"
  path = path or word
  local function of_method(one) return not method or one.method == method end
  local tests = {
    function(one) return of_method(one) and bare(one.path) == bare(path) end,
    function(one) return one.id == word end,
    function(one) return of_method(one) and fits(one.path, path) end,
    function(one) return of_method(one) and ("/" .. bare(one.path)):sub(-#bare(path) - 1) == "/" .. bare(path) end,
  }
  for _, test in ipairs(tests) do
    local found = all(list, test)
    if #found > 0 then return found end
  end
  return {}
end

---@param list choosable[]
---@param word string? a path, or a document's name for an operation
---@param name string? the stream's, which may tell enough
---@return choosable? one
---@return choosable[] among where there are several, those it may be
---@return string? hint where the word is none of them
function choice.find(list, word, name)
  if word then
    local found = matches(list, word)
    if #found == 1 then return found[1], found end
    if #found > 1 then return nil, found end
    local paths = {}
    for i, one in ipairs(list) do paths[i] = one.path end
    return nil, {}, suggest.hint(word, paths)
  end
  if #list == 1 then return list[1], list end
  local named = name and all(list, function(one) return one.name == name and one.kind == "list" end) or {}
  if #named == 1 then return named[1], named end
  return nil, #named > 1 and named or list
end

---@param list choosable[]
---@return string[] lines
function choice.rows(list)
  local rows, several = {}, false
  for _, one in ipairs(list) do several = several or one.method ~= "GET" end
  for i, one in ipairs(list) do
    local path = (several and one.method .. " " or "") .. one.path
    local words = one.words and "  (" .. literal.line(one.words, 60) .. ")" or ""
    rows[i] = { one.kind, pretty.clean(path .. words) }
  end
  return pretty.columns(rows)
end

return choice
