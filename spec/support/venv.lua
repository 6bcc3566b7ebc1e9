--- Virtual environments for spec/interop/: each holds the packages of PyPI that a file there names, and is made once.
local digest = require "digest"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"

local venv = {}

local CACHE = os.getenv "XDG_CACHE_HOME" or ""
local HOME = (CACHE ~= "" and CACHE or os.getenv "HOME" .. "/.cache") .. "/perigee"
local MADE = "made" -- a file: the environment is whole
local INSTALL_SECONDS, RUN_SECONDS = 1800, 1800

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function exists(path)
  local file = io.open(path, "rb")
  return file and file:close()
end

local function do_it(command)
  local pipe = assert(io.popen(("{ %s; } 2>&1"):format(command)))
  local said = pipe:read "a"
  assert(pipe:close(), command .. ": " .. said)
end

-- Only one process makes it, and nobody uses half of one.
local function make(folder, list)
  local python, pip = "/usr/bin/python3 -m venv --clear %s", "timeout %d %s/bin/pip install -q --disable-pip-version-check -r %s"
  do_it("mkdir -p " .. quoted(HOME))
  local text = ("test -e %s/%s || { %s && %s && touch %s/%s; }"):format(quoted(folder), MADE, python:format(quoted(folder)),
    pip:format(INSTALL_SECONDS, quoted(folder), quoted(list)), quoted(folder), MADE)
  do_it(("flock %s.lock sh -c %s"):format(quoted(folder), quoted(text)))
end

--- The folder of programs of the environment of spec/interop/NAME.txt, which is made where it is not.
---@param name string
---@return string path
function venv.programs(name)
  local list = ("spec/interop/%s.txt"):format(name)
  local folder = ("%s/%s-%s"):format(HOME, name, digest.hex(digest.sha256(files.read(list))):sub(1, 12))
  if not exists(folder .. "/" .. MADE) then make(folder, list) end
  return folder .. "/bin"
end

--- Runs spec/interop/SCRIPT in an environment. Words and the result are those of perigee.run.
---@param name string of the environment
---@param script string
---@param words table
---@return result
function venv.run(name, script, words)
  local run = { longest = RUN_SECONDS, binary = venv.programs(name) .. "/python", "-B", "spec/interop/" .. script }
  for key, word in pairs(words) do
    if type(key) ~= "number" then run[key] = word end
  end
  table.move(words, 1, #words, 3, run)
  return perigee.run(run)
end

return venv
