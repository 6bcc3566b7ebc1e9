# What zsh completes at the end of each line: zsh.zsh FOLDER LINE…   FOLDER has _perigee. A line of output for each, with
# blanks between the words. The keys go through a terminal, as a person's do; compadd tells what it is handed.
zmodload zsh/zpty || exit 3
zpty z "TERM=dumb zsh -f -i"
zpty -w z "PS1=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=1000"
zpty -w z 'compadd () { if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  local -a hits; builtin compadd -A hits "$@"; print -l -- "<hit>"${^hits}"</hit>"; builtin compadd "$@" }'
zpty -w z "shown() { print '<e''nd>' }; zle -N shown; bindkey '^T' shown; print '<rea''dy>'"
zpty -r -m z out '*<ready>*'
shift
for line; do
  zpty -w -n z $'\C-u'"$line"$'\t'$'\C-t'
  zpty -r -m z out '*<end>*'
  print -r -- $(print -r -- "$out" | grep -o '<hit>[^<]*</hit>' | sed 's,<[/]*hit>,,g')
done
zpty -d z
