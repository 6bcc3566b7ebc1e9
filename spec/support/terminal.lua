--- Runs the binary on a pseudo-terminal, as a person would (terminal.py).
local cjson = require "cjson"
local it_unless = require "spec.support.it_unless"
local perigee = require "spec.support.perigee"

local BINARY = os.getenv "PERIGEE" or "build/perigee"
local HERE = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local KEPT = { "PATH", "TMPDIR", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS" }

local terminal = {}

local function absolute(path)
  return path:sub(1, 1) == "/" and path or os.getenv "PWD" .. "/" .. path
end

local function plain(text)
  return (text:gsub("\27%[[%d;?]*%a", ""):gsub("\r", ""))
end

local missing -- nil: not looked for yet

local function why_missing()
  if missing == nil then
    local pipe = assert(io.popen("python3 -c 'import pty; pty.openpty()' 2>&1", "r"))
    local said = pipe:read "a"
    missing = not pipe:close() and (said:match "([^\n]+)\n*$" or "python3 failed")
  end
  return missing and ("no pseudo-terminal can be had here (%s); is /dev/pts mounted?"):format(missing)
end

--- `it` for tests on a terminal: a container without /dev/pts has none, and they are skipped there, with that reason.
---@param environment table the spec file's _ENV, in which busted puts `it` and, while a test runs, `pending`
---@return function
function terminal.it(environment)
  return it_unless(environment, why_missing() or nil)
end

---@class terminal_result
---@field output string what was printed, without colours and carriage returns
---@field raw string
---@field status integer?
---@field signal integer?

--- Runs the binary to its end. Words are its arguments; named are env, home (a folder), cwd, size ({ rows, columns }), and
--- output: a file that its standard output goes to, in place of the terminal.
---@param words table
---@param steps table[] see terminal.py; a text is typed, with a return behind it, once the prompt is there
---@return terminal_result
function terminal.run(words, steps)
  local env = { TERM = "xterm", HOME = words.home or perigee.folder "home" }
  for _, name in ipairs(KEPT) do env[name] = os.getenv(name) end
  for name, value in pairs(words.env or {}) do env[name] = value end
  local command, all = { absolute(BINARY), table.unpack(words) }, {}
  if words.output then command = { "/bin/sh", "-c", 'exec "$@" >"$0"', words.output, table.unpack(command) } end
  for _, step in ipairs(steps) do
    if type(step) == "string" then
      all[#all + 1] = { wait = "> " }
      all[#all + 1] = { send = step .. "\r" }
    else
      all[#all + 1] = step
    end
  end
  local file = perigee.write { command = command, env = env, cwd = words.cwd or ".", size = words.size, steps = all }
  local pipe = assert(io.popen(("python3 '%sterminal.py' '%s'"):format(HERE, file), "r"))
  local result = cjson.decode(pipe:read "a")
  pipe:close()
  local function number(value) return value ~= cjson.null and math.tointeger(value) or nil end
  if result.failed ~= cjson.null then
    error(("this did not come to pass: %s; the terminal showed:\n%s"):format(result.failed, plain(result.output)), 2)
  end
  return { output = plain(result.output), raw = result.output, status = number(result.status), signal = number(result.signal) }
end

--- What stands on the screen, line by line, after all that was printed: a terminal that is wide and long enough.
---@param raw string
---@return string[]
function terminal.screen(raw)
  local lines, row, column = { "" }, 1, 1
  local function put(text)
    local line = lines[row] .. (" "):rep(column - 1 - #lines[row])
    lines[row] = line:sub(1, column - 1) .. text .. line:sub(column + #text)
    column = column + #text
  end
  local moves = {
    A = function(count) row = row - (tonumber(count) or 1) end,
    K = function() lines[row] = lines[row]:sub(1, column - 1) end,
    J = function()
      lines[row] = lines[row]:sub(1, column - 1)
      for below = row + 1, #lines do lines[below] = nil end
    end,
    m = function() end,
  }
  local at = 1
  while at <= #raw do
    local count, move, stop = raw:match("^\27%[(%d*)(%a)()", at)
    local text, behind = raw:match("^([^\27\r\n]+)()", at)
    if move then moves[move](count)
    elseif text then put(text)
    elseif raw:byte(at) == 13 then column = 1
    else
      row = row + 1
      lines[row] = lines[row] or ""
    end
    at = stop or behind or at + 1
  end
  return lines
end

return terminal
