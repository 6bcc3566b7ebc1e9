-- The prompt's dot commands.
local api = require "api.default"
local clock = require "clock"
local environment = require "prompt.environment"
local pretty = require "lib.pretty"

local commands = {}

---@class command
---@field name string
---@field words string what follows it
---@field help string
---@field run fun(prompt: table, rest: string): any? what it returns is shown

local HELP = [[
Lua, run as you type it; an expression shows its value, which is then _.
Variables stay from line to line (a `local` at the beginning of an input is
left out). Waits, such as http.get, just wait; Ctrl-C interrupts. What
tasks.spawn began goes on while a line runs. Lines that begin with a space are
not kept in the history.

%s  streams.NAME              a stream's definition;  :schema()
  p = streams.NAME:pages()  its pages: page = p:next() has .records, .headers,
                            .cursor, .request and :raw(1); record is the first
  config, state             what perigee was started with; secrets are handles
  http json clock tasks parallel, and require for any other module or script

]]

-- A file to begin with, or "off".
local function switch(rest, call)
  if rest == "" then return nil, "a file's name is needed, or off" end
  return call(rest ~= "off" and rest or nil)
end

local list = {
  { ".help", "", "this text", function(prompt)
    local lines = {}
    for line in HELP:format(api.prompt().help):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
    for _, command in ipairs(commands.list) do
      lines[#lines + 1] = ("  %-24s  %s"):format(command.name .. " " .. command.words, command.help)
    end
    prompt:page(lines)
  end },
  { ".more", "", "what was left out of a long result", function(prompt)
    if #prompt.more == 0 then return nil, "nothing was left out" end
    prompt:page(prompt.more)
  end },
  { ".reload", "", "reads scripts of streams anew that were edited", function(prompt)
    prompt.forget()
    prompt:say "scripts are read anew; call :pages() again for streams in hand"
  end },
  { ".record", "FILE.har | off", "writes exchanges to an HTTP Archive, secrets masked", function(prompt, rest)
    local ok, message, code = switch(rest, prompt.repl.record)
    if not ok then return nil, message, code end
    prompt:say(rest == "off" and "the recording is closed" or ("recording to %s; .record off ends it"):format(rest))
  end },
  { ".replay", "FILE.har | off", "answers from a recording from now on; no network", function(prompt, rest)
    local ok, message, code = switch(rest, prompt.repl.replay)
    if not ok then return nil, message, code end
    prompt:say(rest == "off" and "asking the network" or ("answering from %s; .replay off asks the network"):format(rest))
  end },
  { ".time", "EXPRESSION", "how long it takes, and what it asks", function(prompt, rest)
    if rest == "" then return nil, "an expression is needed" end
    local f, message = prompt:compile(rest, "=prompt")
    if not f then return nil, message end
    local requests, bytes, began = prompt.stats.requests, prompt.stats.bytes, clock.now()
    local results = table.pack(f())
    local ms = (clock.now() - began) / 1000
    prompt:show(results)
    prompt:say(prompt.paint("dim", ("%.1f ms; requests: %d; bytes received: %d"):format(ms, prompt.stats.requests - requests,
      prompt.stats.bytes - bytes)))
  end },
  { ".schema", "STREAM", "a stream's JSON Schema", function(prompt, rest)
    if rest == "" then
      return nil, "a stream's name is needed; there are " .. table.concat(environment.names(prompt.config), ", ")
    end
    local _ = prompt.env.streams[rest] -- raises, and says which one is meant, where there is none
    local text, message, code = environment.schema(rest, prompt.config)
    if not text then return nil, message, code end
    prompt:page(pretty.json(text, prompt.paint, prompt.columns))
  end },
  { ".quit", "", "leaves, as Ctrl-D does", function(prompt) prompt.over = true end },
}

---Words that stand for commands.
commands.words = { exit = ".quit", quit = ".quit", help = ".help" }

commands.list, commands.by_name = {}, {}
for i, entry in ipairs(list) do
  local command = { name = entry[1], words = entry[2], help = entry[3], run = entry[4] }
  commands.list[i], commands.by_name[command.name] = command, command
end

---The command of that name, or the only one that begins so.
---@param name string
---@return command?
function commands.find(name)
  name = commands.words[name:sub(2)] or name
  if commands.by_name[name] then return commands.by_name[name] end
  local found
  for _, command in ipairs(commands.list) do
    if command.name:sub(1, #name) == name then
      if found then return nil end
      found = command
    end
  end
  return found
end

return commands
