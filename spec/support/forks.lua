--- Counts the processes that the program makes: by a library that is compiled here and preloaded.
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"

local forks = {}

--- Runs it (perigee.run), and returns how many there were, too.
---@param words table
---@return result
---@return integer
function forks.run(words)
  local library, count = perigee.folder() .. "/forks.so", perigee.write("", "forks")
  assert(os.execute(("cc -shared -fPIC -w -o '%s' spec/support/forks.c -ldl"):format(library)))
  words.env = { LD_PRELOAD = library, COUNT_FORKS = count }
  local result = perigee.run(words)
  return result, #files.read(count)
end

return forks
