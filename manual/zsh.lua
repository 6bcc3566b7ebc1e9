--- The completion of zsh.
local completion = require "manual.completion"

local TEXT = [=[
#compdef perigee
{{origin}}

_perigee_verbs() {
  local -a verbs=(
{{verbs}}
  )
  _describe verb verbs
}

# The names of all streams, also of those in the folders that the line names.
_perigee_streams() {
  local -a given names
  local i
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      --scripts=*) given+=("$words[i]") ;;
      --scripts) ((i + 1 < CURRENT)) && given+=(--scripts "$words[i + 1]") ;;
    esac
  done
  names=(${(f)"$(${~words[1]} discover --names $given 2>/dev/null </dev/null)"})
  if [[ $1 == several ]]; then
    compset -P '*,'
    compadd -q -S , -a names
  else
    compadd -a names
  fi
}

_perigee_several() { _perigee_streams several; }

_perigee() {
  local verb word
  for word in $words[2,CURRENT-1]; do
    case $word in
      {{names}}) verb=$word && break ;;
    esac
  done
  case $verb in
{{cases}}
    *)
      _arguments \
        {{alone}} \
        '1: :_perigee_verbs'
      ;;
  esac
}

_perigee "$@"
]=]

local ACTIONS = { file = "_files", place = "_files", folder = "_files -/", stream = "_perigee_streams",
  streams = "_perigee_several", word = " ", fault = " " }

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- Within the brackets of _arguments, and where colons part.
local function explained(text) return (text:gsub("[%[%]:\\]", "\\%0")) end

local function spec_of(option)
  local text = ("--%s%s[%s]"):format(option.name, option.argument and "=" or "", explained(option.help))
  if option.argument then text = ("%s:%s:%s"):format(text, explained(option.value), ACTIONS[option.argument]) end
  return quoted((option.repeats and "*" or "") .. text)
end

local function case_of(verb)
  local lines = { ("    %s)"):format(verb.name), "      _arguments \\" }
  for _, option in ipairs(completion.options(verb.name)) do lines[#lines + 1] = "        " .. spec_of(option) .. " \\" end
  for i, word in ipairs(verb.words) do
    lines[#lines + 1] = ("        %s \\"):format(quoted(("%d:%s:%s"):format(i + 1, word, ACTIONS[verb.argument])))
  end
  lines[#lines + 1] = "        '1: :_perigee_verbs'"
  lines[#lines + 1] = "      ;;"
  return table.concat(lines, "\n")
end

---@return string
return function()
  local verbs, names, cases, alone = {}, {}, {}, {}
  for i, verb in ipairs(completion.verbs) do
    verbs[i] = "    " .. quoted(verb.name .. ":" .. verb.help:gsub(":", "\\:"))
    names[i], cases[i] = verb.name, case_of(verb)
  end
  for i, option in ipairs(completion.alone) do alone[i] = quoted(option) end
  local arguments, given = completion.values()
  for _, name in ipairs(given) do -- `!`: understood before a verb, but not listed there
    alone[#alone + 1] = quoted(("!--%s=:value:%s"):format(name, ACTIONS[arguments[name]]))
  end
  return completion.fill(TEXT, { origin = completion.origin, verbs = table.concat(verbs, "\n"),
    names = table.concat(names, " | "), cases = table.concat(cases, "\n"), alone = table.concat(alone, " \\\n        ") })
end
