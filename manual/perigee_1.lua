--- perigee(1), of the description of the command line.
local description = require "description"
local environment = require("api.default").environment()
local roff = require "manual.roff"

local DESCRIPTION = [[perigee reads records from an API, from Sentry's unless a stream names another, and writes them as messages
of the Airbyte protocol, or into tables. It loses no record, and does not end with success where one is missing.

Its options may stand in any order, also as `--name=value`. An option that a verb does not heed is passed over where others share
it, and refused where it is another verb's.]]

local EXAMPLES = {
  { "Write a configuration, find out whether it holds, and keep all streams in a SQLite file:",
    "perigee init", "perigee check --config config.json", "perigee sync --config config.json --to sentry.db" },
  { "Read by a catalog, and go on from there:",
    "perigee read --config config.json --catalog catalog.json >first.jsonl",
    "perigee read --config config.json --catalog catalog.json --state first.jsonl" },
  { "Try a stream of your own:",
    "perigee new teams --scripts my_streams", "perigee try teams --config config.json --scripts my_streams" },
  { "Make a stream of what a document of OpenAPI says, or a recording (HAR):",
    "perigee new --from openapi.json", "perigee new customers --from openapi.json /v1/customers --scripts my_streams" },
}

local FILES = {
  { "config.json", "what `init` writes, and what --config mostly names" },
  { "PREFIX/share/perigee/streams.d/", "streams of your own that each run has, beside the shipped ones" },
  { "~/.local/state/perigee/history", "lines that were typed in `repl`" },
}

local page = {}

local function add(...)
  for _, line in ipairs { ... } do page[#page + 1] = line end
end

local function add_term(tag, text) add(".TP 8", tag, roff.sentence(text)) end

local function listed(verbs)
  local names = {}
  for i, verb in ipairs(verbs) do names[i] = "`" .. verb .. "`" end
  return names[2] and table.concat(names, ", ", 1, #names - 1) .. " and " .. names[#names] or names[1]
end

-- "`--config FILE`" of a usage: the names of options bold, what stands for something in italics.
local function usage_of(verb)
  local text = roff.bold("perigee " .. verb.name)
  for _, word in ipairs(verb.words) do text = text .. " " .. roff.italic(word) end
  local options = roff.escape(verb.usage):gsub("\\%-\\%-[%l-\\]+", "\\fB%0\\fP"):gsub("%f[%w]%u+%f[%W]", function(word)
    return #word > 1 and "\\fI" .. word .. "\\fP" or word == "N" and "\\fIN\\fP" or word
  end)
  return verb.usage ~= "" and text .. " " .. options or text
end

local function add_option(option)
  local tag = roff.bold("--" .. option.name) .. (option.value and " " .. roff.italic(option.value) or "")
  add_term(tag, option.help)
  if option.verbs then add(roff.paragraph("For " .. listed(option.verbs) .. ".")) end
end

local function add_options(title, numbers)
  add(".SH " .. title)
  if numbers then add(roff.paragraph "Times are in seconds. Each option has its default in parentheses.") end
  for _, option in ipairs(description.options) do
    if (option.number and not option.only) == numbers then add_option(option) end
  end
end

local function add_paragraphs(text)
  for paragraph in (text .. "\n\n"):gmatch "(.-)\n\n" do add(".PP", roff.paragraph(paragraph)) end
end

local function add_verbs()
  add(".SH VERBS")
  for _, verb in ipairs(description.verbs) do
    add(".TP 8", usage_of(verb), roff.sentence(verb.help))
    if verb.more then add(roff.paragraph(verb.more)) end
  end
end

local function add_environment()
  add(".SH ENVIRONMENT")
  for _, term in ipairs(description.environment) do add_term(roff.bold(term.name), term.help) end
  for _, field in ipairs(environment.fields) do
    add_term(roff.bold(environment.variables[field]), ("`%s` of the configuration, where no --config is given"):format(field))
  end
  add(".PP", roff.paragraph [[Each limit may be set as `PERIGEE_` and its name in capitals, with underscores:
    `PERIGEE_CONNECT_TIMEOUT=5`.]])
end

local function add_synopsis()
  add(".SH SYNOPSIS")
  for i, verb in ipairs(description.verbs) do
    if i > 1 then add(".br") end
    add(usage_of(verb))
  end
end

---@param header fun(name: string, section: integer): string
---@return string
return function(header)
  add(header("perigee", 1), ".SH NAME", "perigee \\- read Sentry by the Airbyte protocol, and keep it as tables")
  add_synopsis()
  add(".SH DESCRIPTION")
  add_paragraphs(DESCRIPTION)
  add_verbs()
  add_options("OPTIONS", false)
  add_options("LIMITS", true)
  add(".SH FAULTS", ".PP", roff.paragraph(description.fault .. " " .. description.faults .. "."))
  add_environment()
  add(".SH FILES")
  for _, file in ipairs(FILES) do add_term(roff.italic(file[1]), file[2]) end
  add '.SH "EXIT STATUS"'
  for _, status in ipairs(description.statuses) do add_term(roff.bold(status.name), status.help) end
  add(".SH EXAMPLES")
  for _, example in ipairs(EXAMPLES) do
    add(".PP", roff.paragraph(example[1]))
    add(table.unpack(roff.example(table.move(example, 2, #example, 1, {}))))
  end
  add('.SH "SEE ALSO"', ".BR perigee-streams (5)")
  return table.concat(page, "\n") .. "\n"
end
