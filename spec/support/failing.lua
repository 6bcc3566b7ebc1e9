--- Runs in which one call fails, or all from one on: by a library that is compiled here and preloaded (failing.c).
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"

local failing = {}

local library

-- Once a folder of the specs' own, which perigee.cleanup removes.
local function preloaded()
  local path = perigee.folder() .. "/failing.so"
  if library ~= path then
    assert(os.execute(("cc -shared -fPIC -O1 -o '%s' spec/support/failing.c -ldl"):format(path)))
    library = path
  end
  return path
end

--- Has a run's words note its places: where calls are made that can fail.
---@param words table of perigee.run
---@return fun(): {kind: string, number: integer, call: string}[] places once it has ended, one of each stack
function failing.note(words)
  local path = perigee.new_path()
  words.env = { LD_PRELOAD = preloaded(), FAIL_PLACES = path }
  return function()
    local list = {}
    for kind, number, call in files.read(path):gmatch "(%l+) (%d+) (%w*)\n" do
      list[#list + 1] = { kind = kind, number = math.tointeger(tonumber(number)), call = call }
    end
    return list
  end
end

--- Has the call at a place fail in a run; with `all`, those of its kind that follow, too.
---@param words table
---@param place {kind: string, number: integer}
---@param all boolean?
---@return table words
function failing.at(words, place, all)
  words.fails = ("%s:%d%s"):format(place.kind, place.number, all and "+" or "")
  words.env = { LD_PRELOAD = preloaded(), FAIL = words.fails }
  return words
end

return failing
