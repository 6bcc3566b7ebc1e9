-- The Link header (RFC 8288), in the forms that servers write it. The bytes are a server's: each pattern is anchored and
-- goes on from where the one before it ended, so the time is linear in their number.
local link = {}

-- The text in quotes that begin at `at`, without backslashes, and the place behind them; one that does not end goes to the end
-- (true).
local function quoted(text, at)
  local quote = text:sub(at, at)
  local special = quote == '"' and '["\\]' or "'"
  local parts, from = {}, at + 1
  while true do
    local place = text:find(special, from)
    parts[#parts + 1] = text:sub(from, (place or 0) - 1)
    if not place then return table.concat(parts), #text + 1, true end
    if text:sub(place, place) == quote then return table.concat(parts), place + 1 end
    parts[#parts + 1] = text:sub(place + 1, place + 1)
    from = place + 2
  end
end

-- The value behind a parameter's name, and the place behind it; "" where it has none. True: its quotes do not end.
local function value_at(text, at)
  local from = text:match("^%s*=%s*()", at)
  if not from then return "", at end
  if text:find("^[\"']", from) then return quoted(text, from) end
  local value, after = text:match("^([^%s;,<>]*)()", from)
  return value:match "^([^']*)'}?$" or value, after -- the end of one text in a Python set
end

-- Text that is passed over before the next sign: behind a value in quotes, or with quotes in it, it shows that quotes are not
-- where they should be. Apostrophes and braces are those of a Python set.
local function is_misquoted(passed, after_quotes)
  return passed:find('"', 1, true) ~= nil or after_quotes and passed:find "[^%s'}]" ~= nil
end

-- The parameters of a link, by their names in lower case, of which the first counts (RFC 8288, 3.3); the place behind; and
-- whether quotes are not where they should be, so that links may be hidden in them.
local function parameters(text, at)
  local found, misquoted = {}, false
  while true do
    local passed, stop = text:match("^([^;,<]*)()", at)
    misquoted = misquoted or is_misquoted(passed, text:sub(at - 1, at - 1) == '"')
    if text:sub(stop, stop) ~= ";" then return found, stop, misquoted end
    local name, after = text:match("^;%s*([^%s=;,<>\"']*)()", stop)
    local value, open
    value, at, open = value_at(text, after)
    misquoted = misquoted or open
    name = name:lower()
    if found[name] == nil then found[name] = value end
  end
end

local function has_relation(relations, wanted)
  for one in (relations or ""):gmatch "%S+" do
    if one:lower() == wanted then return true end
  end
  return false
end

local UNREADABLE = "the response's Link header cannot be read, as %s: %s"

-- What hides links that may follow: RFC 8288, B.2, ends there with those before it.
local function why_unreadable(header, from, misquoted, any)
  local why = from and "an address in it has no '>'" or misquoted and "quotes in it are not closed, or not where they should be"
    or not any and header:lower():find "%f[%w]rel%s*=" and "it has no address in brackets"
  return why and UNREADABLE:format(why, header:sub(1, 200)) or nil
end

-- The first link of a relation, or nil; one of another document (`anchor`) only where there is no other. Some send the text of
-- a Python set, `{'<…>; …', '<…>; …'}`: braces and apostrophes outside of links and parameters are passed over.
local function find(header, relation)
  local at, of_another, misquoted, any = 1, nil, false, false
  while true do
    local from = header:find("<", at, true)
    local to = from and header:find(">", from, true)
    if not to then return of_another, not of_another and why_unreadable(header, from, misquoted, any) or nil end
    local found, hides
    found, at, hides = parameters(header, to + 1)
    any, misquoted = true, misquoted or hides
    if has_relation(found.rel, relation) then
      local one = { url = (header:sub(from + 1, to - 1):gsub("%s", "")), results = found.results, cursor = found.cursor }
      if not found.anchor then return one end
      of_another = of_another or one
    end
  end
end

---The link to the page that follows, or nil.
---@param header string several headers are joined by commas (RFC 9110, 5.3)
---@return {url: string, results?: string, cursor?: string}?
---@return string? wrong it cannot be read, so a page may follow all the same
function link.next(header) return find(header, "next") end

---The link to the page before, or nil.
---@param header string
---@return {url: string, results?: string, cursor?: string}?
function link.previous(header) return (find(header, "prev") or find(header, "previous")) end

return link
