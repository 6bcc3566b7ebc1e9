-- The comment that a new script begins with: what the stream is, and how to look at it.

---@param name string
---@param what string one line
---@param folder string as a shell reads it
---@return string[] lines
return function(name, what, folder)
  return {
    ("-- %s: %s"):format(name, what),
    "--",
    ("-- Try it:        perigee try %s --scripts %s"):format(name, folder),
    ("-- See it:        perigee discover --scripts %s"):format(folder),
    ("-- Look around:   perigee repl --scripts %s"):format(folder),
  }
end
