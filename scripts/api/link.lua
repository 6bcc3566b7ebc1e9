-- The Link header (RFC 8288), in the forms that servers write it.
local link = {}

local function parameters(text)
  local found = {}
  for name, value in text:gmatch ';%s*([%w*]+)="([^"]*)"' do found[name] = value end
  return found
end

---The link with rel="next", or nil. Some send the text of a Python set, `{'<…>; …'}`: the braces and
---apostrophes stand outside of what is looked for here.
---@param header string
---@return {url: string, results?: string, cursor?: string}?
function link.next(header)
  for target, rest in header:gmatch "<([^>]*)>([^<]*)" do
    local found = parameters(rest)
    if found.rel == "next" then return { url = target, results = found.results, cursor = found.cursor } end
  end
end

return link
