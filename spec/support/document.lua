--- A document whose commands are run: its fenced blocks, in order, in an empty folder, against a server.
---
---   sh              commands, each of which must end well
---   sh fails        one command, which must end with status 1
---   sh checkout     the same as `sh`, in the checkout and without a server
---   sh environment  what tells perigee whom to ask; what the spec has is put in its place
---   console         a session on a terminal: `$ ` begins it, `> ` is typed at its prompt, all else is what it answers
---   text            all that the block before printed. `…` stands for anything within a line; alone, for any lines
---   LANGUAGE FILE   a file to be written
---
--- Readers do not see the words behind the language. Blocks of lua, json and dockerfile without a file are not run.
local perigee = require "spec.support.perigee"
local terminal = require "spec.support.terminal"

local BINARY = os.getenv "PERIGEE" or "build/perigee"
local VARIABLES = { "SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT", "SENTRY_URL" }
local ONLY_SHOWN = { lua = true, json = true, dockerfile = true }

local document = {}

---@class block
---@field language string
---@field info string? the words behind it
---@field line integer
---@field lines string[]

---@param path string
---@return block[]
function document.blocks(path)
  local blocks, open, number = {}, nil, 0
  for line in io.lines(path) do
    number = number + 1
    local language, info = line:match "^```(%w*) ?(.*)$"
    if open and language then
      assert(language == "", ("%s:%d: a block begins within a block"):format(path, number))
      open = nil
    elseif language then
      assert(language ~= "", ("%s:%d: a block has no language"):format(path, number))
      open = { language = language, info = info ~= "" and info or nil, line = number, lines = {} }
      blocks[#blocks + 1] = open
    elseif open then
      open.lines[#open.lines + 1] = line
    end
  end
  assert(not open, path .. ": a block does not end")
  return blocks
end

-- A shown line as a pattern for a whole line.
local function pattern_of(line)
  return "^" .. line:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("…", ".-") .. "$"
end

-- Whether the lines from `j` on are what is shown from `i` on; how far it came where not.
local function match(shown, lines, i, j, far)
  far.shown = math.max(far.shown, i)
  if i > #shown then return j > #lines end
  if shown[i] ~= "…" then
    return j <= #lines and lines[j]:find(pattern_of(shown[i])) ~= nil and match(shown, lines, i + 1, j + 1, far)
  end
  for from = j, #lines + 1 do
    if match(shown, lines, i + 1, from, far) then return true end
  end
  return false
end

---Raises unless the text is what is shown.
---@param shown string[]
---@param text string
function document.compare(shown, text)
  local lines, far = {}, { shown = 0 }
  for line in text:gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  if match(shown, lines, 1, 1, far) then return end
  error(("this is not what came: %s\n%s"):format(shown[far.shown] or "its end, as more came", text), 0)
end

local function absolute(path) return path:sub(1, 1) == "/" and path or os.getenv "PWD" .. "/" .. path end

local function write_file(path, lines)
  local file = assert(io.open(path, "wb"))
  assert(file:write(table.concat(lines, "\n") .. "\n"))
  assert(file:close())
end

---@class runner
---@field folder string
---@field env table<string, string>
---@field output string? of the last commands
local runner = {}
runner.__index = runner

---@param folder string an empty one
---@param env table<string, string> the variables that tell perigee whom to ask
---@return runner
function document.runner(folder, env)
  local all = { PATH = absolute(BINARY):match "^(.*)/" .. ":" .. os.getenv "PATH", HOME = perigee.folder "home" }
  for name, value in pairs(env) do all[name] = value end
  return setmetatable({ folder = folder, env = all }, runner)
end

function runner:run_shell(block, cwd, env)
  local script = perigee.write("exec 2>&1\n" .. table.concat(block.lines, "\n") .. "\n")
  local result = perigee.run { "-e", script, binary = "/bin/sh", cwd = cwd, env = env }
  self.output = table.concat(result.lines, "\n") .. "\n"
  local wanted = block.info == "fails" and 1 or 0
  if result.status == wanted then return end
  error(("line %d: it ended with %s, and not with %d:\n%s"):format(block.line, result.status or "a signal", wanted,
    self.output), 0)
end

function runner:check_environment(block)
  local names = {}
  for name in table.concat(block.lines, "\n"):gmatch "([%u_]+)=" do names[#names + 1] = name end
  table.sort(names)
  assert(table.concat(names, " ") == table.concat(VARIABLES, " "), "it does not tell whom to ask")
  for _, name in ipairs(names) do assert(self.env[name], name) end
end

function runner:run_console(block)
  local first = block.lines[1]:match "^%$ perigee (.*)$"
  assert(first, "a session begins with $ perigee")
  local words, steps, shown = { cwd = self.folder, env = self.env, home = self.env.HOME }, {}, { "…" }
  for word in first:gmatch "%S+" do words[#words + 1] = word end
  for i = 2, #block.lines do
    shown[#shown + 1] = block.lines[i]
    steps[#steps + 1] = block.lines[i]:match "^>+ (.*)$"
  end
  steps[#steps + 1] = { wait = "> " }
  steps[#steps + 1] = { send = "\4" }
  local result = terminal.run(words, steps)
  assert(result.status == 0, result.output)
  shown[#shown + 1] = "…" -- the key that ends it
  document.compare(shown, result.output)
end

---Does what a reader does at a block. Raises where something else comes of it than the document says.
---@param block block
function runner:run(block)
  if block.language == "text" then
    document.compare(block.lines, assert(self.output, "nothing was run before"))
  elseif block.language == "console" then
    self:run_console(block)
  elseif block.language == "sh" and block.info == "environment" then
    self:check_environment(block)
  elseif block.language == "sh" and block.info == "checkout" then
    self:run_shell(block, ".", { CI = os.getenv "CI" })
  elseif block.language == "sh" then
    assert(not block.info or block.info == "fails", block.info)
    assert(not block.info or #block.lines == 1, "what fails must stand alone")
    self:run_shell(block, self.folder, self.env)
  elseif block.info then
    write_file(self.folder .. "/" .. block.info, block.lines)
  else
    assert(ONLY_SHOWN[block.language], "a block is of no kind that is known: " .. block.language)
  end
end

---@param block block
---@return string
function document.title(block)
  local what = block.language == "text" and "is told truly" or block.info and block.language ~= "sh" and "is written" or "is so"
  return ("line %d (%s: %s) %s"):format(block.line, block.language, block.lines[1], what)
end

---@return boolean whether commands in the checkout are about the binary that is tested
function document.is_release() return BINARY == "build/perigee" end

return document
