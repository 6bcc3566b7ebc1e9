-- The prompt: lines to chunks, each run as a task of its own, so that what it does can wait and be interrupted; and what
-- came of it. Called with JSON in a state of its own (repl.lua).
local airbyte = require "airbyte"
local command_line = require "command_line"
local commands = require "prompt.commands"
local complete = require "prompt.complete"
local console = require "console"
local environment = require "prompt.environment"
local json = require "json"
local pretty = require "lib.pretty"
local repl = require "repl"
local tasks = require "tasks"

local MOST_LINES = 40 -- of one result
local GREETING = [[
perigee %s, asking %s (%s/%s)
.help tells what there is, TAB completes, Ctrl-D leaves.
]]

---@class prompt
---@field env table the globals of what is typed
---@field more string[] lines of the last result that were not shown
local prompt = {}
prompt.__index = prompt

function prompt:say(text) console.write(text .. "\n") end

-- ---- results

---Shows lines; those that are too many wait for `.more`.
function prompt:page(lines)
  local shown = self.interactive and math.min(#lines, MOST_LINES) or #lines
  if shown > 0 then self:say(table.concat(lines, "\n", 1, shown)) end
  self.more = { table.unpack(lines, shown + 1) }
  if #self.more > 0 then
    self:say(self.paint("dim", ("… %d more lines; .more shows them"):format(#self.more)))
  end
end

-- What failed in the world comes as nil, message, code.
local function failure(results)
  if results.n >= 2 and results[1] == nil and type(results[2]) == "string" then
    return pretty.clean(results[2]) .. (results[3] and (" (%s)"):format(tostring(results[3])) or "")
  end
end

-- A response as a person wants to see it; its body may be long, and is there by :text().
local function seen(value)
  if type(value) ~= "userdata" or not tostring(value):find "^perigee%.response" then return value end
  return { status = value.status, url = value.url, ms = value.ms, bytes = value.bytes, headers = value:headers() }
end

function prompt:show(results)
  if results.n == 0 then return end
  local wrong = failure(results)
  if wrong and not self.interactive then error(wrong, 0) end -- a script must not end well then
  if wrong then return self:say("nil  " .. self.paint("error", wrong)) end
  local lines = {}
  for i = 1, results.n do
    for _, line in ipairs(pretty.value(seen(results[i]), self.paint, self.columns)) do lines[#lines + 1] = line end
  end
  self:page(lines)
  if results[1] ~= nil then self.env._ = results[1] end
end

function prompt:report_error(raised)
  local message, trace = pretty.raised(raised)
  if message:find "interrupted$" then return self:complain "interrupted" end
  self:complain(pretty.clean(message))
  if trace then self:complain(trace, "dim") end
end

-- From a pipe errors go to standard error.
function prompt:complain(text, kind)
  if self.interactive then return self:say(self.paint(kind or "error", text)) end
  airbyte.log(kind and "INFO" or "ERROR", text)
end

---Runs a function to its end, whatever it raises; what it returns is shown.
---@return boolean ok
function prompt:run(f)
  local task = tasks.spawn(function() self:show(table.pack(f())) end)
  local ok, raised = pcall(task.join, task)
  if not ok then self:report_error(raised) end
  return ok
end

-- ---- chunks

-- A variable that is local to one line would be gone on the next, so at a prompt it is not local.
local function kept(text)
  return (text:gsub("^(%s*)local%s+(function%s)", "%1%2"):gsub("^(%s*)local%s+([%a_][%w_%s,]*=[^=])", "%1%2"))
end

---An expression's value is what it comes to. Returns the function; or nil, message, and whether more lines may mend it.
function prompt:compile(text, name)
  local f, message = repl.compile("return " .. text, name, self.env)
  if f then return f end
  local incomplete = message:find "near <eof>$"
  f, message = repl.compile(kept(text), name, self.env)
  if f then return f end
  return nil, message, incomplete or message:find "near <eof>$"
end

---Runs a dot command, or says why not.
---@return boolean ok
function prompt:command(text)
  local name, rest = text:match "^%s*(%.%a*)%s*(.-)%s*$"
  local command = commands.find(name)
  if not command then
    self:complain(("there is no command %s; .help lists them"):format(name))
    return false
  end
  return self:run(function()
    local _, wrong = command.run(self, rest)
    if wrong then error(wrong, 0) end
  end)
end

-- ---- a person who types

local function is_command(text) return text:find "^%s*%.%a" end

-- What people type elsewhere to leave or to be helped, unless it is a variable of theirs.
function prompt:word(text)
  local word = text:match "^%s*(%a+)%s*$" or text:match "^%s*(%a+)%s*%(%s*%)%s*$"
  return word and rawget(self.env, word) == nil and commands.words[word]
end

function prompt:read_line(first)
  return repl.line(first and "> " or ">> ", function(before)
    return complete.at(before, self.env, commands.by_name, self.columns)
  end)
end

-- One that begins with a space is not kept.
local function remember(text)
  if text:find "^%S" then repl.remember(text) end
end

-- Takes one more line of an input. Returns the rest of it to be gone on with, or nil when it was run.
function prompt:take(text)
  local command = is_command(text) and not text:find "\n" and text or self:word(text)
  if command then
    remember(text)
    self:command(command)
    return nil
  end
  local f, message, incomplete = self:compile(text, "=prompt")
  if incomplete then return text end
  remember(text)
  if f then self:run(f) else self:complain(message) end
end

-- Whether a person who pressed Ctrl-C wants to leave: at an empty prompt, twice.
function prompt:leaves(pending, typed)
  if pending or typed:find "%S" then self.asked = false return self:say "^C" end
  if self.asked then return true end
  self.asked = true
  self:say "^C (once more, or Ctrl-D, leaves)"
end

function prompt:converse()
  local pending
  while not self.over do
    self.columns = select(2, console.terminal())
    local line, why, typed = self:read_line(not pending)
    if line then
      self.asked = false
      pending = self:take(pending and pending .. "\n" .. line or line)
    elseif why == "end" then
      self:say ""
      return true
    else
      if self:leaves(pending, typed) then return true end
      if pending then remember(pending) end
      pending = nil
    end
  end
  return true
end

-- ---- a script from a pipe

-- Commands stand on lines of their own between chunks, where the lines before make a whole one.
function prompt:split(text)
  local parts, lines, from, number = {}, {}, 1, 0
  local function close()
    if table.concat(lines):find "%S" then
      parts[#parts + 1] = { text = table.concat(lines, "\n"), line = from }
    end
    lines = {}
  end
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local name = line:match "^(%.%a+)"
    local _, _, open = self:compile(table.concat(lines, "\n"), "=")
    if name and commands.by_name[name] and not open then
      close()
      parts[#parts + 1] = { command = line }
      from = number + 1
    else
      lines[#lines + 1] = number == 1 and line:find "^#" and "" or line
    end
  end
  close()
  return parts
end

-- The inputs that a person would have typed line by line, compiled; nil where one of them is none.
function prompt:typed(part, name)
  local chunks, text = {}, nil
  local number = part.line - 1
  for line in (part.text .. "\n"):gmatch "([^\n]*)\n" do
    text = text and text .. "\n" .. line or ("\n"):rep(number) .. line
    number = number + 1
    local f, _, incomplete = self:compile(text, name)
    if f then
      chunks[#chunks + 1], text = f, nil
    elseif not incomplete then
      return nil
    end
  end
  return not text and chunks or nil
end

-- What is no script may be a session as it was typed, values and all.
function prompt:run_chunk(part, name)
  local f, message = repl.compile("return " .. part.text, name, self.env)
  if not f then f, message = repl.compile(("\n"):rep(part.line - 1) .. part.text, name, self.env) end
  if f then return self:run(f) end
  local chunks = self:typed(part, name)
  for _, chunk in ipairs(chunks or {}) do
    if not self:run(chunk) then return false end
  end
  if not chunks then self:complain(message) end
  return chunks ~= nil
end

function prompt:run_input()
  local text, name = repl.input()
  if not text then
    self:complain(name)
    return false
  end
  for _, part in ipairs(self:split(text)) do
    local ok
    if part.command then ok = self:command(part.command) else ok = self:run_chunk(part, "=" .. name) end
    if not ok or self.over then return ok end
  end
  return true
end

local function new(given)
  local colour, columns = console.terminal()
  local self = setmetatable({
    interactive = repl.interactive(), columns = columns, paint = pretty.painter(colour), more = {}, repl = repl,
    config = given.config,
  }, prompt)
  self.env, self.forget, self.stats = environment.new(given)
  self.env.print = function(...)
    local words = table.pack(...)
    for i = 1, words.n do words[i] = pretty.clean(tostring(words[i])) end
    self:say(table.concat(words, "\t"))
  end
  return self
end

---@param text string JSON: config, options, states
---@return string status for the process
return function(text)
  local given = json.decode(text)
  local self = new(given)
  local config = given.config
  if self.interactive then
    local place = given.options.replay and "the recording " .. given.options.replay
      or config.base_url:match "^%a+://([^/]*)"
    console.write(GREETING:format(command_line.version, place, config.organization, config.project or "(no project)"))
    return self:converse() and "0"
  end
  return self:run_input() and "0" or "1"
end
