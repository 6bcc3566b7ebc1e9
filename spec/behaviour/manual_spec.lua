-- The man pages and the completions that manual/ makes of the description of the command line, judged by those who read them:
-- man, mandoc and groff; bash, zsh and fish.
local contract = require "stream.contract"
local files = require "spec.support.files"
local missing = require "spec.support.missing"
local perigee = require "spec.support.perigee"

local BINARY = perigee.binary:sub(1, 1) == "/" and perigee.binary or os.getenv "PWD" .. "/" .. perigee.binary
local PATH = BINARY:match "^(.*)/" .. ":" .. os.getenv "PATH"
local folder

setup(function()
  folder = perigee.folder "manual"
  local result = perigee.run { "lua", "manual/generate.lua", folder }
  assert(result.status == 0, result.err)
end)

teardown(perigee.cleanup)

local function help(...) return table.concat(perigee.run({ ... }).lines, "\n") end

-- The names that lines of a help begin with.
local function named(text, pattern)
  local names = {}
  for name in text:gmatch("\n  " .. pattern) do names[#names + 1] = name end
  assert(#names > 0, pattern)
  return names
end

local function page(name) return (files.read(folder .. "/" .. name):gsub("\\f[BIP]", ""):gsub("\\%-", "-")) end

describe("the man page perigee(1)", function()
  it("tells of each verb, option, variable and exit status that --help tells of", function()
    local text, whole = page "perigee.1", help "--help"
    for _, name in ipairs(named(whole:match "^(.-)\n\noptions", "(%l+) ")) do
      assert.truthy(text:find("\n.TP 8\nperigee " .. name .. "[ \n]"), name)
    end
    local said = whole:match "\n\nexit status.*"
    for _, name in ipairs(named(whole, "(%-%-[%l-]+)")) do assert.truthy(text:find("\n.TP 8\n" .. name, 1, true), name) end
    for _, name in ipairs(named(said, "([%w_]+) ")) do
      assert.truthy(text:find("\n.TP 8\n" .. name .. "\n", 1, true), name)
    end
  end)

  it("has the version, and the day of the commit", function()
    local day, version = page("perigee.1"):match '^.TH PERIGEE 1 "(%d%d%d%d%-%d%d%-%d%d)" "perigee ([%d.]+)"'
    assert.equal(files.read "CMakeLists.txt":match "project%(perigee VERSION ([%d.]+)", version)
    local result = perigee.run { "lua", "manual/generate.lua", folder, env = { SOURCE_DATE_EPOCH = "86400" } }
    assert.equal(0, result.status, result.err)
    assert.truthy(day)
    assert.matches('"1970%-01%-02"', page "perigee.1")
  end)
end)

describe("the man page perigee-streams(5)", function()
  it("has each field of a stream, and all that docs/streams.md says of it", function()
    local text = page "perigee-streams.5"
    for _, name in ipairs(contract.fields()) do assert.truthy(text:find("\n.TP 8\n" .. name .. "\n", 1, true), name) end
    local squeezed = text:gsub("\\[&e]", ""):gsub("%W", "")
    for line in files.read "docs/streams.md":gsub("%([%w./#-]+%)", ""):gmatch "[^\n]+" do
      for words in line:gsub("^##+ .*", ""):gsub("^# .*", ""):gmatch "[%w ]+" do
        local wanted = words:gsub("%W", "")
        if #words > 30 then assert.truthy(squeezed:lower():find(wanted:lower(), 1, true), words) end
      end
    end
  end)
end)

describe("each man page", function()
  local JUDGES = { man = "LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -l -E UTF-8 %s 2>&1 >/dev/null",
    mandoc = "mandoc -T lint -W warning %s 2>&1", groff = "groff -ww -k -man -T utf8 -z %s 2>&1" }
  for tool, command in pairs(JUDGES) do
    it("has nothing that " .. tool .. " warns of", function()
      local why = missing(tool)
      if why then return pending(why) end
      for _, name in ipairs { "perigee.1", "perigee-streams.5" } do
        local result = perigee.run { binary = "/bin/sh", "-c", command:format(folder .. "/" .. name) }
        assert.same({ 0, {} }, { result.status, result.lines }, name)
      end
    end)
  end
end)

describe("the completion of", function()
  local SHELLS = { bash = "bash.sh", zsh = "-f zsh.zsh", fish = "-N fish.fish" }

  -- What it gives for each line: the words themselves, without folders, what stood before a comma, and an option's name.
  local function complete(shell, lines)
    local script = SHELLS[shell]:gsub("%S+$", "spec/support/completion/%0")
    local words = { "-c", ('exec %s %s "$0" "$@"'):format(shell, script), folder, binary = "/bin/sh",
      env = { HOME = folder, PATH = PATH } }
    for _, line in ipairs(lines) do words[#words + 1] = "perigee " .. line end
    local result, found = perigee.run(words), {}
    assert.equal(#lines, #result.lines, result.err)
    for i, line in ipairs(result.lines) do
      local list, has = {}, {}
      for word in line:gmatch "%S+" do
        local name = word:gsub("^%-%-%w+=", ""):gsub("^.*,", ""):gsub("/$", ""):gsub("^.*/", "")
        if not has[name] then list[#list + 1], has[name] = name, true end
      end
      table.sort(list)
      found[i] = table.concat(list, " ")
    end
    return found
  end

  local function expectations()
    local place = perigee.folder "manual/place"
    perigee.write("", "manual/place/one.json")
    local own = os.getenv "PWD" .. "/examples"
    return { { "re", "read repl" }, { "--config any.json ch", "check" }, { "--vers", "--version" },
      { "discover --na", "--names" }, { "spec --na", "" }, { "check --st", "--stall-timeout --streams --strict" },
      { "try own", "ownership" }, { "try --scripts " .. own .. " ar", "articles" },
      { "try --scripts=" .. own .. " ar", "articles" },
      { "try events i", "" }, { "sync --streams projects,project_d", "project_detail" }, { "sync --full=own", "ownership" },
      { "sync --exclude own", "ownership" }, { "sync --to postgresql://host/name --gz", "--gzip" },
      { "read --catalog " .. place .. "/o", "one.json" }, { "read --scripts " .. folder .. "/p", "place" },
      { "test " .. folder .. "/pl", "place" }, { "compare " .. place .. "/o", "one.json" }, { "compare any " .. place .. "/o",
      "one.json" }, { "new ev", "" } }
  end

  -- And of each verb all options that its help has.
  local function with_options(cases)
    for _, verb in ipairs(named(help "--help":match "^(.-)\n\noptions", "(%l+) ")) do
      local names = named(help(verb, "--help"), "(%-%-[%l-]+)")
      table.sort(names)
      cases[#cases + 1] = { verb .. " --", table.concat(names, " ") }
    end
    return cases
  end

  for shell in pairs(SHELLS) do
    it(shell .. " knows verbs, the options of each, files, folders, and the names of streams", function()
      local why = missing(shell)
      if why then return pending(why) end
      local cases, lines = with_options(expectations()), {}
      for i, case in ipairs(cases) do lines[i] = case[1] end
      for i, found in ipairs(complete(shell, lines)) do assert.same(cases[i], { lines[i], found }) end
    end)
  end
end)
