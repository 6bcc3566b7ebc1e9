-- Writes the man pages and the completions: `perigee lua manual/generate.lua FOLDER`, in the checkout. All that they tell of
-- the command line is of runtime/cli/description.c, and perigee-streams(5) is docs/streams.md.
local description = require "description"
local markdown = require "manual.markdown"

local folder = assert(arg[1], "usage: perigee lua manual/generate.lua FOLDER")

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- The day of the commit; where git does not know it, today.
local function day()
  local pipe = assert(io.popen("git log -1 --format=%ct 2>/dev/null"))
  local seconds = os.getenv "SOURCE_DATE_EPOCH" or pipe:read "l"
  pipe:close()
  return os.date("!%Y-%m-%d", tonumber(seconds))
end

local function header(name, section)
  local what = section == 1 and "User Commands" or "File Formats"
  return ('.TH %s %d "%s" "perigee %s" "%s"\n.nh\n.ad l'):format(name:upper(), section, day(), description.version, what)
end

local function streams_5()
  local lines = { header("perigee-streams", 5), ".SH NAME", "perigee-streams \\- streams of your own for perigee",
    ".SH DESCRIPTION" }
  local sections = markdown.sections(read "docs/streams.md")
  table.move(sections, 1, #sections, #lines + 1, lines)
  table.move({ '.SH "SEE ALSO"', ".BR perigee (1)" }, 1, 2, #lines + 1, lines)
  return table.concat(lines, "\n") .. "\n"
end

-- A section begins with a paragraph by itself.
local function write_page(name, text) write(name, (text:gsub("(\n%.SH [^\n]*)\n%.PP\n", "%1\n"))) end

write_page("perigee.1", require "manual.perigee_1"(header))
write_page("perigee-streams.5", streams_5())
write("perigee.bash", require "manual.bash"())
write("_perigee", require "manual.zsh"())
write("perigee.fish", require "manual.fish"())
