--- Runs in which one call fails, or all from one on: by a library that is compiled here and preloaded (failing.c).
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"

local failing = {}

local library

-- The preloaded library stands before the address sanitizer, and asks it for memory; what lives is counted here.
local SANITIZED = "verify_asan_link_order=0:detect_leaks=0"

local function environment(given)
  local options = os.getenv "ASAN_OPTIONS"
  given.ASAN_OPTIONS = (options and options .. ":" or "") .. SANITIZED
  return given
end

-- Once a folder of the specs' own, which perigee.cleanup removes.
local function preloaded()
  local path = perigee.folder() .. "/failing.so"
  if library ~= path then
    assert(os.execute(("cc -shared -fPIC -O1 -o '%s' spec/support/failing.c -ldl"):format(path)))
    library = path
  end
  return path
end

---@class place
---@field kind "allocation"|"call"
---@field number integer
---@field call string the system call; where in the program an allocation is made, or "" where in a library

--- Has a run's words note its places: where calls are made that can fail.
---@param words table of perigee.run
---@return fun(): place[] places once it has ended, one of each stack
function failing.note(words)
  local path = perigee.new_path()
  words.env = environment { LD_PRELOAD = preloaded(), FAIL_PLACES = path }
  return function()
    local list = {}
    for kind, number, call in files.read(path):gmatch "(%l+) (%d+) (%w*)\n" do
      list[#list + 1] = { kind = kind, number = math.tointeger(tonumber(number)), call = call }
    end
    return list
  end
end

--- Has the call at a place fail in a run; with `all`, those of its kind that follow, too. Without a place none fails.
---@param words table
---@param place place?
---@param all boolean?
---@return table words
function failing.at(words, place, all)
  words.fails = place and ("%s:%d%s"):format(place.kind, place.number, all and "+" or "")
  words.living = perigee.new_path()
  words.env = environment { LD_PRELOAD = preloaded(), FAIL = words.fails, FAIL_LEAKS = words.living }
  return words
end

--- What a run's words left allocated at its end, of the program's own: the stacks, in addresses of the program (addr2line takes
--- those below 0x10000000). None where a signal ended it.
---@param words table
---@return string[]
function failing.living(words)
  local list = {}
  for line in (files.text(words.living) or ""):gmatch "([^\n]*)\n" do list[#list + 1] = line end
  return list
end

return failing
