--- Says in a spec file's log how many cases of a kind it ran. `./dev test` adds them up, and fails where there are too few of
--- a kind: a loop that runs nothing would pass.
---@param count integer
---@param kind string of those in `floors` of ./dev
return function(count, kind) print(("\ncounted %d %s"):format(count, kind)) end
