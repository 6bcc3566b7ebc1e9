--- The completion of fish.
local completion = require "manual.completion"

local TEXT = [=[
{{origin}}

# The verb before the cursor, and the words behind it, one a line.
function __perigee_words
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word {{values}}
            set skip yes
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __perigee_verb_is
    set -l words (__perigee_words)
    set -q words[1]; and contains -- $words[1] $argv
end

function __perigee_no_verb
    test (count (__perigee_words)) -eq 0
end

# Is the word at the cursor one that this verb has? $argv: the verb, and how many words it has.
function __perigee_word_of
    set -l words (__perigee_words)
    test (count $words) -ge 1; and test $words[1] = $argv[1]; and test (count $words) -le $argv[2]
end

# The names of all streams, also of those in the folders that the line names.
function __perigee_streams
    set -l line (commandline -opc)
    set -l given
    for i in (seq 2 (count $line))
        if string match -q -- '--scripts=*' $line[$i]
            set -a given $line[$i]
        else if test $line[$i] = --scripts; and test $i -lt (count $line)
            set -a given --scripts $line[(math $i + 1)]
        end
    end
    eval $line[1] discover --names (string escape -- $given) 2>/dev/null </dev/null
end

complete -c perigee -f
{{verbs}}
{{words}}
{{options}}
]=]

local ACTIONS = { file = "-r -F", place = "-r -F", folder = "-x -a '(__fish_complete_directories (commandline -ct))'",
  stream = "-x -a '(__perigee_streams)'", streams = "-x -a '(__fish_complete_list , __perigee_streams)'", word = "-x",
  fault = "-x" }

local function quoted(text) return "'" .. text:gsub("[\\']", "\\%0") .. "'" end

local function options()
  local lines, at = {}, {}
  for _, verb in ipairs(completion.verbs) do
    for _, option in ipairs(completion.options(verb.name)) do
      local row = at[option.name] or { option = option, verbs = {} }
      if not at[option.name] then lines[#lines + 1], at[option.name] = row, row end
      row.verbs[#row.verbs + 1] = verb.name
    end
  end
  for i, row in ipairs(lines) do
    local everywhere = #row.verbs == #completion.verbs
    local when = everywhere and "" or (" -n '__perigee_verb_is %s'"):format(table.concat(row.verbs, " "))
    local action = row.option.argument and " " .. ACTIONS[row.option.argument] or ""
    lines[i] = ("complete -c perigee%s -l %s%s -d %s"):format(when, row.option.name, action, quoted(row.option.help))
  end
  return table.concat(lines, "\n")
end

---@return string
return function()
  local verbs, words = {}, {}
  for i, verb in ipairs(completion.verbs) do
    verbs[i] = ("complete -c perigee -n '__perigee_no_verb' -a %s -d %s"):format(verb.name, quoted(verb.help))
    if verb.argument then
      words[#words + 1] = ("complete -c perigee -n '__perigee_word_of %s %d' %s"):format(verb.name, #verb.words,
        ACTIONS[verb.argument])
    end
  end
  local _, names = completion.values()
  for i, name in ipairs(names) do names[i] = "--" .. name end
  return completion.fill(TEXT, { origin = completion.origin, verbs = table.concat(verbs, "\n"),
    words = table.concat(words, "\n"), options = options(), values = table.concat(names, " ") })
end
