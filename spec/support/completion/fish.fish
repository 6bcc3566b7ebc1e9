# What fish completes at the end of each line: fish.fish FOLDER LINE…   FOLDER has perigee.fish. A line of output for each.
source $argv[1]/perigee.fish
for line in $argv[2..-1]
    echo (complete -C $line | string replace -r '\t.*' '')
end
