--- The project's own files, as the spec of the house reads them: their lines, includes and functions.
local files = require "spec.support.files"

local tree = {}

local cached = {}

--- The files below a folder whose names match a pattern, in order; not those that the benchmark has downloaded.
---@param folder string
---@param pattern string
---@return string[] paths
function tree.files(folder, pattern)
  local paths = {}
  local listing = assert(io.popen(("find %s -path bench/cache -prune -o -type f -print | LC_ALL=C sort"):format(folder)))
  for path in listing:lines() do
    if path:find(pattern) then paths[#paths + 1] = path end
  end
  listing:close()
  assert(#paths > 0, "no file in " .. folder)
  return paths
end

---@param path string
---@return string[]
function tree.lines(path)
  local lines = cached[path]
  if not lines then
    lines = {}
    for line in files.read(path):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
    cached[path] = lines
  end
  return lines
end

--- Where a line of these files matches one of the patterns, in either case.
---@param paths string[]
---@param ... string
---@return {path: string, line: integer, text: string}[] places
function tree.find(paths, ...)
  local places = {}
  for _, path in ipairs(paths) do
    for number, line in ipairs(tree.lines(path)) do
      for _, pattern in ipairs { ... } do
        if line:find(pattern) then
          places[#places + 1] = { path = path, line = number, text = line }
          break
        end
      end
    end
  end
  return places
end

--- The files of runtime/ that one of them includes, as paths.
---@param path string
---@return {path: string, line: integer}[]
function tree.includes(path)
  local found = {}
  for number, line in ipairs(tree.lines(path)) do
    local name = line:match '^#include "([^"]+)"'
    if name then found[#found + 1] = { path = "runtime/" .. name, line = number } end
  end
  return found
end

--- The functions of a C file: from the line with the opening brace to the brace at the beginning of a line.
---@param path string
---@return {line: integer, length: integer, text: string}[]
function tree.c_functions(path)
  local found, open = {}, nil
  for number, line in ipairs(tree.lines(path)) do
    if line == "}" and open then
      open.length = number - open.line + 1
      found[#found + 1], open = open, nil
    elseif line:find "^[%a ].*%) {$" and (not open or not line:find "^ ") then
      open = { line = number, text = line }
    elseif line:find "^}" then
      open = nil
    end
  end
  return found
end

--- The functions of a Lua file that end on a line of their own: up to the `end` that is as far indented as their line.
---@param path string
---@return {line: integer, length: integer, text: string}[]
function tree.lua_functions(path)
  local found, open = {}, {}
  for number, line in ipairs(tree.lines(path)) do
    local indent, text = line:match "^(%s*)(.*)$"
    if text:find "^end%f[%W]" then
      local last = open[#open]
      if last and last.indent == indent then
        last.length = number - last.line + 1
        found[#found + 1] = table.remove(open)
      end
    elseif text:find "function[%w_.:%s]*%b()%s*$" and not text:find "^%-%-" then
      open[#open + 1] = { line = number, indent = indent, text = text }
    end
  end
  return found
end

return tree
