-- What is to be known of a stream before anything is done with it: to choose among streams, and to list them for people.
local outline = {}

---@class outline
---@field name string
---@field primary_key string[]
---@field scope string? that a token needs
---@field single boolean? it is one record, and no list
---@field default boolean? it is read where nobody names a stream
---@field suggested boolean? it is of the set that suits most
---@field only_named boolean? it is in no set: a stream that is read where its name is given
---@field seen boolean false: no real server's answer is known, only what documentation says

---@param stream stream
---@return outline
function outline.of(stream)
  return {
    name = stream.name, primary_key = stream.primary_key, scope = stream.scope, single = stream.single,
    default = stream.default, suggested = stream.suggested, only_named = stream.only_named, seen = stream.seen ~= false,
  }
end

return outline
