--- The fake Sentry as a person starts it, by `./dev fake`.
local perigee = require "spec.support.perigee"

local dev_fake = {}

--- Starts it, and returns once it has said all that it says at first.
---@return table process its pid, `kill` and `finish`
---@return table<string, string> env the variables that it prints
---@return string said
function dev_fake.start()
  local process = perigee.start { binary = "dev", "fake" }
  local env, said = {}, {}
  for line in process.pipe:lines() do
    local name, value = line:match "^export ([%u_]+)=(%S+)$"
    if name then env[name] = value end
    said[#said + 1] = line
    if line:find "Ctrl%-C" then break end
  end
  return process, env, table.concat(said, "\n")
end

return dev_fake
