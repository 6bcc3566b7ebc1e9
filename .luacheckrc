std = "lua54"
max_line_length = 130
self = false
files["spec"] = { std = "lua54+busted" }
exclude_files = { "build*/**" }
