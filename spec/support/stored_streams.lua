--- Streams of one's own whose rows a destination keeps: values as they stand, and rows that nothing tells apart.
local stored_streams = {}

--- The script of `odd`, with PARTS, KEYS and PAGES to be put in.
stored_streams.ODD = [==[
local json, page = require "json", require "page"
return {
  name = "odd", PARTS
  read = function(context)
    for _, text in ipairs { PAGES } do
      context:emit(assert(page.of(text, { fields = { KEYS }, key = { KEYS } })))
    end
  end,
}]==]

-- A page of three rows after the other, each with a state.
local KEYLESS = [[
local page = require "page"
return {
  name = "keyless", cursor = { field = "n" },
  read = function(context)
    local from = context.state and context.state.n or 0
    for n = from + 1, PAGES do
      context:get("organizations/{organization}/")
      context:emit(assert(page.of(('[{"n":%d},{"n":%d},{"n":%d,"x":1}]'):format(n, n, n), { fields = {} })))
      context:checkpoint { n = n }
    end
  end,
}]]

--- A page's text, as a script has it.
---@param text string
---@return string
function stored_streams.quoted(text) return "[====[" .. text .. "]====]" end

--- `odd`, which emits these pages of JSON text as they stand.
---@param parts string fields of the stream, as Lua, each with a comma behind it
---@param keys string names of the key's fields, in quotes
---@param pages string[]
---@return string script
function stored_streams.odd(parts, keys, pages)
  local texts = {}
  for i, text in ipairs(pages) do texts[i] = stored_streams.quoted(text) end
  local values = { PARTS = parts, KEYS = keys, PAGES = table.concat(texts, ", ") }
  return (stored_streams.ODD:gsub("%u%u%u%u+", values))
end

--- `keyless`, a list without a key.
---@param pages integer|string
---@return string script
function stored_streams.keyless(pages) return (KEYLESS:gsub("PAGES", pages)) end

return stored_streams
