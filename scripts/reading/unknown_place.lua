-- A read of a place that the server does not know says what `check` does: which one was probably meant.
local contexts = require "reading.context"

---@param stream stream
---@param client client
---@param noted table what the server refused (context.watched)
---@param message string? why the read failed
---@return string? message
return function(stream, client, noted, message)
  if not message or client.custom or not stream.api.meant then return message end
  if contexts.refusal(noted, message).status ~= 404 then return message end
  client:hurry() -- the read has failed anyway
  local blamed, words = client.blamed, stream.api.meant(client, client.config)
  client.blamed = blamed -- it is the read's failure that is told of
  return words and ("%s; %s"):format(message, words) or message
end
