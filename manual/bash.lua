--- The completion of bash.
local completion = require "manual.completion"

local TEXT = [=[
{{origin}}

# The names of all streams, also of those in the folders that the line names.
_perigee_streams() {
  local i words=(discover --names)
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --scripts)
        [[ ${COMP_WORDS[i + 1]} != = ]] || ((i++))
        ((i + 1 < COMP_CWORD)) && words+=(--scripts "${COMP_WORDS[i + 1]}")
        ;;
    esac
  done
  "${COMP_WORDS[0]/#\~/$HOME}" "${words[@]}" 2>/dev/null </dev/null
}

_perigee_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_perigee_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }

# Completes what is named: $1, for the word so far: $2.
_perigee_argument() {
  case $1 in
    file | place) _perigee_files -f "$2" ;;
    folder) _perigee_files -d "$2" ;;
    stream) _perigee_words "$(_perigee_streams)" "$2" ;;
    streams)
      local before='' names
      [[ $2 != *,* ]] || before=${2%,*},
      names=$(_perigee_streams | grep -vxF -e "${before//,/$'\n'}")
      compopt -o nospace 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$names" -- "${2##*,}")
      ;;
  esac
}

# What the value of an option names.
_perigee_value() {
  case $1 in
{{values}}
  esac
}

_perigee_options() {
  case $1 in
{{options}}
    *) echo '{{alone}}' ;;
  esac
}

# What the words behind a verb name.
_perigee_word() {
  case $1:$2 in
{{words}}
  esac
}

_perigee() {
  local cur=${COMP_WORDS[COMP_CWORD]} option='' verb='' count=0 joined='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do # `=` and `:` are words of their own for bash
    word=${COMP_WORDS[i]}
    if [[ $word == [=:] ]]; then
      joined=yes
      continue
    elif [[ -n $option ]]; then
      option=''
    elif [[ -z $joined && $word == --* ]]; then
      [[ -z $(_perigee_value "$word") ]] || option=$word
    elif [[ -z $joined && -z $verb ]]; then
      verb=$word
    elif [[ -z $joined ]]; then
      ((count++))
    fi
    joined=''
  done
  [[ $cur != = ]] || cur=''
  if [[ -n $option ]]; then
    _perigee_argument "$(_perigee_value "$option")" "$cur"
  elif [[ $cur == -* ]]; then
    _perigee_words "$(_perigee_options "$verb")" "$cur"
  elif [[ -z $verb ]]; then
    _perigee_words '{{verbs}}' "$cur"
  else
    _perigee_argument "$(_perigee_word "$verb" "$count")" "$cur"
  fi
}

complete -F _perigee perigee
]=]

local function values_of()
  local arguments, names = completion.values()
  local lines = {}
  for i, name in ipairs(names) do lines[i] = ("    --%s) echo %s ;;"):format(name, arguments[name]) end
  return table.concat(lines, "\n")
end

local function each_verb(line_of)
  local lines = {}
  for _, verb in ipairs(completion.verbs) do lines[#lines + 1] = line_of(verb) end
  return table.concat(lines, "\n")
end

local function options_line(verb)
  local names = {}
  for i, option in ipairs(completion.options(verb.name)) do names[i] = "--" .. option.name end
  return ("    %s) echo '%s' ;;"):format(verb.name, table.concat(names, " "))
end

local function words_line(verb)
  local lines = {}
  for i = 1, #verb.words do lines[i] = ("    %s:%d) echo %s ;;"):format(verb.name, i - 1, verb.argument) end
  return lines[1] and table.concat(lines, "\n")
end

local function names_of(verbs)
  local names = {}
  for i, verb in ipairs(verbs) do names[i] = verb.name end
  return table.concat(names, " ")
end

---@return string
return function()
  return completion.fill(TEXT, { origin = completion.origin, values = values_of(), options = each_verb(options_line),
    words = each_verb(words_line), verbs = names_of(completion.verbs), alone = table.concat(completion.alone, " ") })
end
