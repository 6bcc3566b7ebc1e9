-- The streams that nobody chose and that the token's scopes do not allow: who makes a token wants to hear of all at once.
local api = require "api.default"
local client = require "api.client"
local merged = require "lib.merged"
local set_of = require "lib.set_of"
local streams = require "stream.registry"

local beyond = {}

---@param settings table
---@param options table
---@param chosen string[] names
---@return {name: string, scope: string}[] none where the server does not tell the token's scopes
function beyond.find(settings, options, chosen)
  local asked = client.new(api, settings, merged(options, { retry_attempts = 1, rate_limit_patience = 0 }))
  local held = api.scopes.of(asked)
  local names = held and streams.names(settings)
  local outlines = names and streams.outlines(names)
  if not outlines then return {} end
  local list, is_chosen = {}, set_of(chosen)
  for _, name in ipairs(names) do
    local one = outlines[name]
    if one and not is_chosen[name] and not api.scopes.allow(held, one.scope) then
      list[#list + 1] = { name = name, scope = one.scope }
    end
  end
  return list
end

---@param list {name: string, scope: string}[]
---@return string? words nil: there is none
function beyond.words(list)
  local parts = {}
  for i, one in ipairs(list) do parts[i] = ("%s (lacks the scope %s)"):format(one.name, one.scope) end
  return parts[1] and "of the streams that were not chosen, this token may not read " .. table.concat(parts, ", ")
end

return beyond
