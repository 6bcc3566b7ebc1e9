--- Has the system refuse reads and memory to the program: a library that is compiled here and preloaded.
local perigee = require "spec.support.perigee"

local refusals = {}

--- Can it? The sanitizers' libraries have to come before a preloaded one.
refusals.possible = not require "spec.support.sanitized"

---@param given {read: string?, write: string?, send: string?, library: string?, names: string?, memory: integer?,
---from: (integer|string)?}
---see refusals.c
---@return table<string, string> environment for perigee.run
function refusals.environment(given)
  local library = perigee.folder() .. "/refusals.so"
  local there = io.open(library)
  if there then
    there:close()
  else
    assert(os.execute(("cc -shared -fPIC -w -o '%s' spec/support/refusals.c -ldl"):format(library)))
  end
  return {
    LD_PRELOAD = library, REFUSE_READ = given.read or "", REFUSE_MEMORY = tostring(given.memory or ""),
    REFUSE_WRITE = given.write or "", REFUSE_SEND = given.send or "",
    REFUSE_LIBRARY = given.library or "", REFUSE_NAMES = given.names or "", REFUSE_FROM = tostring(given.from or ""),
  }
end

return refusals
