-- What is to be known of a stream before anything is done with it: to choose among streams, and to list them for people.
local cost = require "reading.cost"
local projects = require "reading.projects"

local outline = {}

---@class outline
---@field name string
---@field path string?
---@field base string? another API's address
---@field parent string?
---@field primary_key string[]
---@field cursor string? its field
---@field scope string? that a token needs
---@field single boolean? it is one record, and no list
---@field projects boolean it is read for each project
---@field asked boolean its list can be asked by itself (reading/cost.lua)
---@field default boolean? it is read where nobody names a stream
---@field suggested boolean? it is of the set that suits most
---@field only_named boolean? it is in no set: a stream that is read where its name is given
---@field seen boolean false: no real server's answer is known, only what documentation says
---@field custom boolean? it is the user's own; the registry's callers note that

---@param stream stream
---@param known known_streams
---@return outline
function outline.of(stream, known)
  return {
    name = stream.name, path = stream.path, base = stream.base, primary_key = stream.primary_key, scope = stream.scope,
    parent = type(stream.parent) == "string" and stream.parent or nil, cursor = stream.cursor and stream.cursor.field,
    single = stream.single, projects = projects.covers(stream, known), asked = cost.is_asked(stream),
    default = stream.default, suggested = stream.suggested, only_named = stream.only_named, seen = stream.seen ~= false,
  }
end

return outline
