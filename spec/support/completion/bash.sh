# What bash completes at the end of each line: bash.sh FOLDER LINE…   FOLDER has perigee.bash. A line of output for each.
source "$1/perigee.bash"
shift
for line; do
  # As readline parts a line: blanks are no words, `=` and `:` are.
  mapfile -t COMP_WORDS < <(sed 's/[=:]/\n&\n/g; s/  */\n/g' <<<"$line" | sed '/^$/d')
  [[ $line != *[\ ] ]] || COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _perigee perigee
  echo "${COMPREPLY[*]}"
done
