--- What the completions of all shells are made of: verbs, and the options that each heeds.
local description = require "description"

local completion = { verbs = description.verbs }

local function heeds(option, verb)
  if not option.verbs then return true end
  for _, name in ipairs(option.verbs) do
    if name == verb then return true end
  end
  return false
end

---The options of a verb, each name once.
---@param verb string
---@return table[]
function completion.options(verb)
  local list, has = {}, {}
  for _, option in ipairs(description.options) do
    if heeds(option, verb) and not has[option.name] then
      list[#list + 1] = option
      has[option.name] = true
    end
  end
  return list
end

---All options that take a value, with what that is.
---@return table<string, string> arguments
---@return string[] names in order
function completion.values()
  local arguments, names = {}, {}
  for _, option in ipairs(description.options) do
    if option.argument and not arguments[option.name] then
      arguments[option.name] = option.argument
      names[#names + 1] = option.name
    end
  end
  return arguments, names
end

---The text with each {NAME} exchanged.
---@param text string
---@param values table<string, string>
---@return string
function completion.fill(text, values)
  return (text:gsub("{{(%w+)}}", function(name) return assert(values[name], name) end))
end

---What needs no verb.
completion.alone = { "--help", "--version" }

---The line that names where a completion comes from.
completion.origin = "# Made by manual/generate.lua of runtime/cli/description.c."

return completion
