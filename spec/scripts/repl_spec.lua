-- The prompt, on a pseudo-terminal as a person has it, and from a pipe.
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local terminal = require "spec.support.terminal"

local LEAVE, INTERRUPT, TAB, UP = "\4", "\3", "\t", "\27[A"

local function config_of(scenario) return perigee.write_config(sentry.config(scenario)) end

local function wait(text) return { wait = text } end
local function send(text) return { send = text } end

local function with_words(all, words)
  for name, value in pairs(words) do
    if type(name) == "number" then all[#all + 1] = value else all[name] = value end
  end
  return all
end

-- A conversation with a scenario, which ends by Ctrl-D.
local function converse(scenario, steps, words)
  local all = with_words({ "repl", "--config", config_of(scenario) }, words or {})
  steps[#steps + 1] = wait "> "
  steps[#steps + 1] = send(LEAVE)
  return terminal.run(all, steps)
end

local function piped(text, words)
  return perigee.run(with_words({ "repl", input = text }, words))
end

local read = require("spec.support.files").read

describe("the prompt", function()
  local it = terminal.it(_ENV)
  local scenario

  setup(function() scenario = sentry.scenario { data = { events = 7, issues = 12, releases = 4, projects = 3 },
    page_size = 5 } end)
  teardown(perigee.cleanup)

  it("greets, shows what an expression comes to, and leaves by Ctrl-D", function()
    local result = converse(scenario, { "1 + 1", wait "\n2", "('x'):rep(3)", wait '"xxx"', "{ a = { 1, 2 }, b = json.null }",
      wait "null" })
    assert.equal(0, result.status)
    assert.matches("asking 127.0.0.1:%d+ %(acme/web%-frontend%)", result.output)
    assert.matches("{ a = { 1, 2 }, b = null }", result.output)
  end)

  it("keeps variables from line to line, also those called local", function()
    local result = converse(scenario, { "x = 5", "local y = x + 1", "local function twice(n) return 2 * n end",
      "twice(y)", wait "12", "_ + 1", wait "13" })
    assert.is_nil(result.output:find("undefined", 1, true))
  end)

  it("goes on until a chunk is whole", function()
    local result = converse(scenario, { "for i = 1, 3 do", wait ">> ", send "print('number', i)\r", wait ">> ", send "end\r",
      wait "number\t3", "{", wait ">> ", send "'one' }\r", wait '{ "one" }' })
    assert.matches("number\t1\nnumber\t2\nnumber\t3\n", result.output:gsub(" +", "\t"))
  end)

  it("tells an error with its traceback, and goes on", function()
    local result = converse(scenario, { "function f() error('deep') end", "function g() f() end", "g()",
      wait "prompt:1: deep", wait "in function", "x =", wait ">> ", send "= 1\r", wait "unexpected symbol", "isues",
        wait "undefined global",
      "error({})", wait "a table was raised", "error(nil)", "'still ' .. 'here'", wait "still here" })
    assert.equal(0, result.status)
    assert.is_nil(result.output:find("scripts/prompt", 1, true))
  end)

  it("names what was probably meant by an unknown global or stream", function()
    converse(scenario, { "stream", wait "did you mean 'streams'?", "streams.isues", wait "did you mean 'issues'?",
      ".schema isues", wait "did you mean 'issues'?", "issues", wait "the stream is streams.issues" })
  end)

  it("keeps its history across sessions, in the user's own folder, but for lines that begin with a space", function()
    local home = perigee.folder "home of history"
    converse(scenario, { "first = 'the first session'", " secret = 'unkept'" }, { home = home })
    local kept = read(home .. "/.local/state/perigee/history")
    assert.is_nil(kept:find("unkept", 1, true))
    converse(scenario, { wait "> ", send(UP), wait "the first session", send "\r", "first .. ', again'",
      wait "the first session, again" },
      { home = home })
    local state = perigee.folder "state of history"
    converse(scenario, { "1" }, { env = { XDG_STATE_HOME = state } })
    assert.matches("1", read(state .. "/perigee/history"))
  end)

  it("keeps an input of several lines as one entry of its history, across sessions too", function()
    local home = perigee.folder "home of lines"
    converse(scenario, { "for i = 1, 2 do", "print('turn', i)", "end", wait "turn\t2", wait "> ", send(UP), wait "end",
      send "\r", wait "turn\t1", wait "turn\t2" }, { home = home })
    converse(scenario, { wait "> ", send(UP), wait "end", send "\r", wait "turn\t1", wait "turn\t2" }, { home = home })
  end)

  it("shares its history with a second prompt, whose lines it keeps and offers", function()
    local home = perigee.folder "home of two"
    local other = perigee.write("'from_other'\n", "other.lua")
    local words = table.concat({ "python3", "spec/support/terminal.py" }, " ")
    local second = perigee.write { command = { os.getenv "PWD" .. "/" .. (os.getenv "PERIGEE" or "build/perigee"), "repl",
      "--config", config_of(scenario) }, env = { TERM = "xterm", HOME = home, PATH = os.getenv "PATH" },
      steps = { { wait = "> " }, { send = "'from_other'\r" }, { wait = "> " }, { send = LEAVE } } }
    converse(scenario, { "'from_first'", wait '"from_first"', { run = words .. " " .. second .. " >" .. other }, send "'mine'\r",
      wait "> ", send(UP .. UP), wait "from_other" , send(INTERRUPT) }, { home = home })
    local kept = read(home .. "/.local/state/perigee/history")
    for _, line in ipairs { "from_first", "from_other", "mine" } do assert.is_truthy(kept:find(line, 1, true), line) end
  end)

  it("moves to the line's beginning and end by Home and End of xterm, tmux and rxvt", function()
    for _, keys in ipairs { { "\27[H", "\27[F" }, { "\27OH", "\27OF" }, { "\27[1~", "\27[4~" }, { "\27[7~", "\27[8~" } } do
      converse(scenario, { wait "> ", send("'dd' .. 'le" .. keys[1] .. "'mi' .. " .. keys[2] .. "'\r"), wait '"middle"' },
        { env = { TERM = "screen" } })
    end
  end)

  it("takes exit, quit and help as the commands of that name, unless they are variables", function()
    for _, word in ipairs { "exit", "quit", "exit()", ".exit" } do
      local result = terminal.run({ "repl", "--config", config_of(scenario) }, { word })
      assert.equal(0, result.status)
    end
    converse(scenario, { "help", wait ".schema", "exit = 'mine'", "exit", wait '"mine"' })
  end)

  it("completes modules, streams, config keys, fields of the last record and commands", function()
    converse(scenario, {
      wait "> ", send("strea" .. TAB), wait "streams", send(".iss" .. TAB), wait "issue", send("s:pa" .. TAB), wait "pages",
      send "()\r", wait "> ", send("config.org" .. TAB), wait "anization", send "\r", wait '"acme"',
      "p = streams.issues:pages()", "#p:next().records", wait "\n5", wait "> ", send("record.tit" .. TAB), wait "le",
      send "\r", wait '"', wait "> ", send("http." .. TAB), wait "request", send(INTERRUPT), wait "^C", wait "> ",
        send(".sch" .. TAB), wait "ema",
      send(" rel" .. TAB), wait "ease", send "s\r", wait "properties", wait "> ", send("json.en" .. TAB), wait "code",
        send(INTERRUPT),
      wait "^C", wait "> ", send("zzz" .. TAB), wait "\7", send(INTERRUPT),
    })
  end)

  it("steps through a stream's pages, with their headers and cursors", function()
    local result = converse(scenario, { "p = streams.issues:pages()", "one = p:next()", "one.cursor", wait '"',
      "one.headers.Link", wait "rel=",
      "one.count", wait "5", "one:raw(1) == json.encode(one.records[1])", "p:next().number", wait "2", "p:next().count",
        wait "2",
      "p:next()", wait "there are no more pages" })
    assert.equal(0, result.status)
  end)

  it("shows what a stream's hooks let through, and takes a parent for a stream that needs one", function()
    local folder = perigee.folder "hooked"
    perigee.write("return { name = 'few', path = 'projects/{organization}/{project}/issues/', params = { query = '' }, "
      .. "primary_key = 'id', filter = function(record) return record.id == nil end }", "hooked/few.lua")
    perigee.write("return { name = 'hashes', parent = 'issues', primary_key = 'id', "
      .. "path = 'organizations/{organization}/issues/{parent.id}/hashes/' }", "hooked/hashes.lua")
    converse(scenario, { "one = streams.few:pages():next()", "one.count", wait "5", "one.held", wait "5",
      "#one.records", wait "0",
      "streams.hashes:pages()", wait "give one, streams.hashes:pages{ parent", "streams.issues:pages():next().count",
        wait "5",
      "streams.hashes:pages{ parent = record }:next().status", wait "200" }, { "--scripts", folder })
  end)

  it("asks with the client, and shows what went wrong in red", function()
    local result = converse(scenario, { "sentry:get('organizations/{organization}/').slug", wait '"acme"',
      "sentry.last.status", wait "200",
      "sentry:get('/api/0/projects/acme/nowhere/')", wait "404", wait "config_error" })
    assert.matches("\27%[31m[^\27]*nowhere", result.raw)
    converse(scenario, { "http.get(config.base_url)", wait "headers = {", wait "status = 200" })
  end)

  it("shows the config with handles in place of secrets", function()
    local result = converse(scenario, { "config.auth_token", wait "<secret:auth_token>",
      "print(sentry:get('echo/authorization/'))",
      wait "> ", send "config\r", wait "}" })
    assert.is_nil(result.raw:find(sentry.token, 1, true))
  end)

  it("cuts long results, and shows the rest of them on demand", function()
    local result = converse(scenario, { "t = {}",
      "for i = 1, 100 do t[i] = ('line %03d of them, each too long for two'):format(i) end", "t",
      wait "more lines; .more",
      ".more", wait "line 079", wait "more lines", ".more", wait "line 100" })
    assert.equal(0, result.status)
  end)

  it("stops a loop by Ctrl-C, whatever it catches, and goes on", function()
    for _, loop in ipairs { "while true do end", "while true do pcall(function() while true do end end) end",
      "print(pcall(string.gsub, ('x'):rep(100), 'x', function() while true do end end))" } do
      local result = converse(scenario, { "print('be' .. 'gun') " .. loop, wait "begun", send(INTERRUPT),
        wait "interrupted", "6 * 7", wait "42" })
      assert.equal(0, result.status)
    end
  end)

  it("outlives what fills its memory", function()
    local result = converse(scenario, { "t = {} for i = 1, 1e9 do t[i] = ('x'):rep(100) .. i end", wait "not enough memory",
      "t = nil", "6 * 7", wait "42" })
    assert.equal(0, result.status)
  end)

  it("stops a wait and what else a line began by Ctrl-C", function()
    converse(scenario, { "print('be' .. 'gun') tasks.sleep(600)", wait "begun", send(INTERRUPT), wait "interrupted",
      "print('be' .. 'gun') parallel({ 1, 2, 3 }, 3, function() tasks.sleep(600) end)", wait "begun", send(INTERRUPT),
        wait "interrupted",
      "print('be' .. 'gun') while true do pcall(tasks.sleep, 600) end", wait "begun", send(INTERRUPT), wait "interrupted",
      "done = false tasks.spawn(function() tasks.sleep(0.01) done = true end):join() return done", wait "true" })
  end)

  it("stops a stream's script that loops by Ctrl-C, in its own process, and goes on", function()
    local own = sentry.scenario { data = { releases = 4 } }
    local folder = perigee.folder "looping"
    perigee.write("return { name = 'looping', path = 'organizations/{organization}/releases/',\n"
      .. "filter = function() while true do end end }", "looping/looping.lua")
    local asked = ("grep -qs releases '%s/%s.log'"):format(sentry.start().dir, own.name)
    converse(own, { "p = streams.looping:pages()", "p:next()", { ["until"] = asked }, { run = "sleep 0.3" }, send(INTERRUPT),
      wait "interrupted", "6 * 7", wait "42", "streams.releases:pages():next().count", wait "4" },
      { "--scripts", folder, "--script-time=100" })
  end)

  it("stops a request that hangs by Ctrl-C, also one that the governor holds, and asks again", function()
    local hanging = sentry.scenario { data = { issues = 3 }, faults = { { fault = "stall_headers", path = "issues",
      times = 1 } } }
    local asked = ("grep -qs issues '%s/%s.log'"):format(sentry.start().dir, hanging.name)
    local result = converse(hanging, { "p = streams.issues:pages()", "p:next().count", { ["until"] = asked },
      send(INTERRUPT),
      wait "interrupted", "p:next().count", wait "\n3" })
    assert.equal(0, result.status)
    assert.equal(2, #hanging.log "issues")
  end)

  it("leaves by Ctrl-C twice at an empty line, but not while something is typed", function()
    local result = terminal.run({ "repl", "--config", config_of(scenario) }, { wait "> ", send "half", wait "half",
      send(INTERRUPT), wait "^C", wait "> ",
      send(INTERRUPT), wait "once more", "1", wait "1", wait "> ", send(INTERRUPT), wait "once more", wait "> ",
        send(INTERRUPT) })
    assert.equal(0, result.status)
  end)

  it("ends with its terminal", function()
    local result = terminal.run({ "repl", "--config", config_of(scenario) }, { wait "> ", { close = true } })
    assert.is_true(result.status == 0 or result.signal == 1, ("%s %s"):format(result.status, result.signal)) -- 1: SIGHUP
  end)

  it("records, and answers from the recording offline", function()
    local path = perigee.folder "recordings" .. "/x.har"
    converse(scenario, { ".record " .. path, wait "recording to", "#streams.issues:pages():next().records", wait "5",
      ".record off",
      wait "closed", "sentry:get('organizations/{organization}/').slug", wait "acme" })
    assert.is_nil(read(path):find(sentry.token, 1, true))
    assert.is_nil(read(path):find("/api/0/organizations/acme/", 1, true))
    local asked = #scenario.log()
    converse(scenario, { ".replay " .. path, wait "answering from", "#streams.issues:pages():next().records", wait "5",
      "streams.releases:pages():next()", wait "the recording has no", ".replay nothing.har", wait "nothing.har",
        ".replay off", wait "network" })
    local offline = terminal.run({ "repl", "--replay", path }, { "streams.issues:pages():next().count", wait "5",
      wait "> ", send(LEAVE) })
    assert.matches("acme/web%-frontend", offline.output)
    assert.equal(asked, #scenario.log())
  end)

  it("takes a script that was edited meanwhile, and what it requires", function()
    local folder = perigee.folder "edited"
    local first = "return { name = 'mine', path = 'organizations/{organization}/first/' }"
    perigee.write(first, "edited/mine.lua")
    local edit = ("sed -i s/first/second/ '%s/mine.lua'"):format(folder)
    converse(scenario, { "streams.mine.path", wait "/first/", wait "> ", { run = edit }, send "streams.mine.path\r",
      wait "/first/",
      ".reload", wait "anew", "streams.mine.path", wait "/second/", wait "> ", { run = edit:gsub("first/second",
        "path/paht") },
      send ".reload\r", wait "anew", "streams.mine", wait "did you mean 'path'?" }, { "--scripts", folder })
  end)

  it("tells times, schemas, and what else it can do", function()
    converse(scenario, { ".time streams.issues:pages():next().count", wait "5", wait "ms; requests: 1; bytes received",
      ".schema releases",
      wait '"properties"', wait '"version"', ".schema", wait "there are ", ".time", wait "is needed", ".help",
        wait "streams.NAME",
        wait ".replay",
      ".nonsense", wait "no command .nonsense" })
  end)

  it("tells what is wrong with a command, and no value", function()
    local result = converse(scenario, { ".record", wait "a file's name is needed, or off", ".more", wait "nothing was left out",
      ".replay nothing.har", wait "cannot be read" })
    assert.is_nil(result.output:find("nil", 1, true), result.output)
    assert.is_nil(result.output:find("(unreadable)", 1, true), result.output)
  end)

  it("explains itself on a terminal of 80 columns", function()
    local help = converse(scenario, { ".help", wait ".quit" }).output:match "Lua, run.*"
    for line in help:gmatch "[^\r\n]+" do assert.is_true(#line <= 80, line) end
  end)

  it("takes what Sentry's own tools take from the environment, and keeps no token in it", function()
    local env = { SENTRY_AUTH_TOKEN = sentry.token, SENTRY_ORG = "acme", SENTRY_PROJECT = "web-frontend",
      SENTRY_URL = scenario.url }
    local result = terminal.run({ "repl", env = env }, { "sentry:get('organizations/{organization}/').slug",
      wait "acme", wait "> ",
      send "config\r", wait "<secret:auth_token>", wait "> ", send(LEAVE) })
    assert.equal(0, result.status)
    assert.is_nil(result.raw:find(sentry.token, 1, true))
  end)
end)

describe("a script from a pipe", function()
  local words

  setup(function()
    words = { "--config", config_of(sentry.scenario { data = { events = 7, issues = 3 } }) }
  end)
  teardown(perigee.cleanup)

  it("is run without a prompt", function()
    local result = piped("local n = 0\nfor i = 1, 2 do n = n + i end\nprint(n, streams.issues:pages():next().count)\n",
      words)
    assert.same({ 0, { "3\t3" } }, { result.status, result.lines })
    assert.is_nil(result.err:find("error", 1, true))
  end)

  it("shows what it comes to where it is an expression", function()
    assert.same({ '"acme"' }, piped("config.organization", words).lines)
  end)

  it("may be a session as it was typed", function()
    local result = piped("local p = streams.issues:pages()\np:next().count\n-- and then\nfor i = 1, 2 do\n  print(i)\nend\n"
      .. ".schema nothing\n", words)
    assert.same({ 1, { "3", "1", "2" } }, { result.status, result.lines })
    local broken = piped("1 + 1\nx = = 1\n2 + 2", words)
    assert.same({ 1, {} }, { broken.status, broken.lines })
    local failing = piped("1 + 1\nlocal function f()\n  error 'deep'\nend\n(function() f() return 1 end)()\n'unreached'", words)
    assert.same({ 1, { "2" } }, { failing.status, failing.lines })
    assert.matches(":3: deep\n", failing.err)
  end)

  it("sees a stream's definition as data, with all defaults, and the word where a function stands", function()
    local folder = perigee.folder "defined"
    perigee.write("return { name = 'own', path = 'organizations/{organization}/teams/', primary_key = { 'id', 'slug' },\n"
      .. "params = { most = 1/0, of = { 1, 2 } }, schema = { properties = {} }, tests = { { 'x', function() end } },\n"
      .. "filter = function() return true end, hosts = 'a.example' }", "defined/own.lua")
    local shown = piped("local s = streams.own\nprint(s.name, s.filter, s.tests[1][2], s.params.most, s.params.of[2], "
      .. "s.identity[2], s.hosts[1], json.encode(s.schema), s.pages ~= nil, rawget(s, 'api'))\n",
      { "--scripts", folder, table.unpack(words) })
    assert.same({ 0, { "own\tfunction\tfunction\tinf\t2\tslug\ta.example\t{\"properties\":{}}\ttrue\tnil" } },
      { shown.status, shown.lines })
  end)

  it("may hold commands", function()
    local result = piped("x = 1\n.schema releases\nprint(x)\n", words)
    assert.equal(0, result.status)
    assert.equal("{", result.lines[1])
    assert.equal("1", result.lines[#result.lines])
  end)

  it("that fails ends with status 1, and names file and line", function()
    local result = piped("-- one\nlocal function f()\n  error 'deep'\nend\nf()\nprint 'not reached'", words)
    assert.same({ 1, {} }, { result.status, result.lines })
    assert.matches("error: /.+:3: deep", result.err)
    local broken = piped("x = = 1", words)
    assert.equal(1, broken.status)
    assert.matches(":1: unexpected symbol near '='", broken.err)
    assert.equal(1, piped("x = {", words).status)
    assert.equal(1, piped(".schema nothing", words).status)
    assert.equal(1, piped("sentry:get('nowhere/')", words).status)
  end)

  it("tells where a configuration could come from", function()
    local result = perigee.run { "repl", input = "1" }
    assert.equal(1, result.status)
    for _, name in ipairs { "SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT", "SENTRY_URL", "--config" } do
      assert.is_truthy(result.err:find(name, 1, true), name)
    end
    local some = perigee.run { "repl", input = "1", env = { SENTRY_AUTH_TOKEN = "some-token" } }
    assert.matches("not set in the environment: SENTRY_ORG;", some.err)
    assert.is_nil(some.err:find("some-token", 1, true))
  end)

  it("is ended by a signal as any other run", function()
    local process = perigee.start { "repl", input = "print('x') tasks.sleep(600)", table.unpack(words) }
    assert.equal("x", process.pipe:read "l")
    process:kill "INT"
    assert.equal(2, process:finish().signal)
  end)
end)
