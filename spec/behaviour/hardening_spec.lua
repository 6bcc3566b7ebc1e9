-- What the process of each verb can still do: a library that is preloaded tries it when the verb has done its work.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local holes = require "spec.support.hardening.holes"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local DENIED, REFUSED = "Permission denied", "Operation not permitted" -- by Landlock, by the filter of system calls
local ALL_CALLS = { "ptrace", "process_vm_readv", "mount", "bpf", "kexec", "module", "unshare", "setns", "io_uring", "keyctl",
  "userfaultfd", "accept" }

-- The columns of the table in docs/security.md by its verbs.
local function documented()
  local rows = {}
  local text = files.read("docs/security.md"):match "\n| verb | connects |.-\n\n"
  for verb, cells in text:gmatch "\n| `(%l+)` |([^\n]+)|" do
    local row = {}
    for cell in (cells .. "|"):gmatch " *(.-) *|" do row[#row + 1] = cell end
    rows[verb] = { connects = row[1], runs = row[2], reads = row[3], writes = row[4] }
  end
  return rows
end

describe("a process that did its work", function()
  local why_not, version = holes.kernel()
  local it = why_not and function(name) pending(name .. ": " .. why_not) end or it
  local it_by_landlock = version > 0 and it or function(name) pending(name .. ": this kernel has no Landlock") end
  local scenario, elsewhere, secret, env

  setup(function()
    scenario = sentry.scenario { data = { events = 20, issues = 5 } }
    elsewhere = perigee.folder "elsewhere"
    secret = perigee.write("secret", "elsewhere/secret")
    env = { TMPDIR = perigee.folder "temporary" }
  end)
  teardown(perigee.cleanup)

  local function asking(verb, ...)
    local words = connector.words(verb, scenario, { words = { ... } })
    words.env = env
    return words
  end
  local function catalog() return "--catalog=" .. perigee.write_catalog { "events", "issues" } end
  local function read_words() return asking("read", catalog()) end

  local function printed(words) return perigee.write(table.concat(perigee.run(words).lines, "\n") .. "\n") end
  local function shard_words()
    return asking("read", "--catalog=" .. perigee.write_catalog { { "events", "incremental" } }, "--shard=0/1",
      "--until=2026-11-20T09:30:01Z")
  end
  local function synced()
    local to = perigee.folder "status" .. "/kept.db"
    perigee.run(asking("sync", "--to", to, "--streams", "issues"))
    return to
  end
  local function tested()
    assert(os.execute(("cp -r spec/recordings/projects.* '%s'"):format(perigee.folder "tested")))
    return perigee.folder "tested"
  end

  -- Each verb at its work, and the folder that it writes to.
  local verbs = {
    spec = function() return { "spec" } end,
    check = function() return asking "check" end,
    discover = function() return asking("discover", "--observe") end,
    read = read_words,
    sync = function() return asking("sync", "--to", perigee.folder "synced" .. "/kept.db"), perigee.folder "synced" end,
    status = function() return { "status", "--to", synced() } end,
    streams = function() return asking "streams" end,
    state = function() return { "state", "merge", printed(shard_words()) } end,
    compare = function() return { "compare", printed(read_words()), printed(read_words()) } end,
    init = function()
      local folder = perigee.folder "set_up"
      return { "init", "--hostname", scenario.url, "--config", folder .. "/config.json", "--project=backend",
        env = { SENTRY_AUTH_TOKEN = sentry.token } }, folder
    end,
    try = function() return asking("try", "issues") end,
    repl = function() return { "repl", "--config", perigee.write(sentry.config(scenario)), input = "1\n" } end,
    new = function()
      local folder = perigee.folder "drafts"
      return { "new", "large_teams", "--scripts", folder }, folder
    end,
    test = function() return { "test", tested() } end,
  }

  local function run(words, tries, kernel)
    words.env = words.env or env
    local found, result = holes.run(words, tries, kernel)
    assert.equal(0, result.status, result.err)
    return found, result
  end

  it_by_landlock("can do what docs/security.md says of its verb, and nothing else", function()
    local rows, wrong = documented(), {}
    for verb, words_of in pairs(verbs) do
      local row, words, folder = assert(rows[verb], verb .. " has no row in docs/security.md"), words_of()
      local write, kept = "write:" .. elsewhere .. "/" .. verb, folder and "write:" .. folder .. "/more"
      local found = run(words, { "connect:1", "execute:/bin/true", "read:" .. secret, write, kept })
      for try, may in pairs {
        ["connect:1"] = row.connects == "yes", ["execute:/bin/true"] = row.runs == "yes",
        ["read:" .. secret] = row.reads:find "^all" ~= nil, [write] = row.writes:find "^all" ~= nil, [kept or {}] = true,
      } do
        local came = found[try]
        local right = may and (came == "done" or came == "Connection refused") or not may and (came == DENIED or came == REFUSED)
        if type(try) == "string" and not right then wrong[#wrong + 1] = ("%s %s: %s"):format(verb, try, came) end
      end
    end
    assert.same({}, wrong)
    for verb in pairs(rows) do assert.is_truthy(verbs[verb], verb) end
  end)

  it("makes no system call of those that none of its work needs", function()
    for _, words in ipairs { { "spec" }, read_words() } do
      local tries = { "listen", "packets", "code", "execute:/bin/true" }
      for i, name in ipairs(ALL_CALLS) do tries[4 + i] = "call:" .. name end
      local found = run(words, tries)
      for _, try in ipairs(tries) do assert.equal(REFUSED, found[try], words[1] .. " " .. try) end
    end
  end)

  it_by_landlock("opens nothing that it was not told of, and no longer what it has read", function()
    local words = read_words()
    local config = words[3]
    local tries = { "read:" .. config, "write:" .. config, "read:" .. secret, "read:/etc/passwd", "list:/etc", "list:/",
      "read:/proc/self/environ", "link:" .. elsewhere .. "/l", "folder:" .. elsewhere .. "/f" }
    local found = run(words, { "write:/dev/null", table.unpack(tries) })
    assert.equal("done", found["write:/dev/null"])
    for _, try in ipairs(tries) do assert.equal(DENIED, found[try], try) end
  end)

  it_by_landlock("opens what the command line, the environment and the configuration name, where links lead, too", function()
    local folder, kept = perigee.folder "linked", perigee.folder "kept"
    perigee.write([[return { name = "mine", path = "organizations/{organization}/releases/", primary_key = "version" }]],
      "elsewhere/script")
    assert(os.execute(("ln -s ../elsewhere/script '%s/mine.lua' && ln -s ../kept/real.db '%s/link.db' && : >'%s/real.db'")
      :format(folder, folder, kept)))
    local authority, authorities = perigee.write("", "authority.pem"), perigee.folder "authorities"
    assert(os.execute(("ln -s '%s' '%s/hash.0'"):format(perigee.write("", "elsewhere/other.pem"), authorities)))
    local words = connector.words("sync", scenario, { config = { ca_file = authority },
      words = { "--to", folder .. "/link.db", "--streams", "mine,issues" } })
    words.env = { PERIGEE_SCRIPTS = folder, SSL_CERT_DIR = authorities, TMPDIR = env.TMPDIR }
    local tries = { "read:" .. folder .. "/mine.lua", "read:" .. authority, "read:" .. authorities .. "/hash.0",
      "write:" .. kept .. "/more" }
    local found = run(words, tries)
    for _, try in ipairs(tries) do assert.equal("done", found[try], try) end
    local checked = perigee.run { "check", "--config", "/dev/stdin", input = require("json").encode(sentry.config(scenario)) }
    assert.equal("SUCCEEDED", checked.of "CONNECTION_STATUS"[1].status)
  end)

  -- Where it cannot connect, it has still given up the rest.
  it_by_landlock("opens what libpq reads for PostgreSQL, and nothing else", function()
    local home, root = perigee.folder "home", perigee.write("", "a root.crt")
    perigee.folder "home/.postgresql"
    local key, passwords = perigee.write("", "home/.postgresql/postgresql.key"), perigee.write("", "home/.pgpass")
    local to = "postgresql://me@127.0.0.1:1/none?sslrootcert=" .. root:gsub("[ /]", { [" "] = "%20", ["/"] = "%2F" })
    local tries = { "read:" .. key, "read:" .. passwords, "read:" .. home, "write:" .. passwords, "read:" .. secret }
    local link = perigee.new_path()
    assert(os.execute(("ln -s '%s' '%s'"):format(root, link)))
    tries[#tries + 1] = "read:" .. link
    local found, result = holes.run({ "status", "--to", to, env = { HOME = home, TMPDIR = env.TMPDIR } }, tries)
    assert.equal(1, result.status)
    assert.same({ ["read:" .. key] = "done", ["read:" .. passwords] = "done", ["read:" .. link] = "done",
      ["read:" .. home] = DENIED, ["write:" .. passwords] = DENIED, ["read:" .. secret] = DENIED }, found, result.err)
  end)

  it_by_landlock("accepts no connection, and reaches no other program but its children", function()
    if version < 6 then return pending("this kernel's Landlock has version " .. version .. ", and 6 is the first that can") end
    local shell = assert(io.popen "echo $PPID")
    local signal, abstract = "signal:" .. shell:read "l", "abstract:" .. perigee.folder():match "[^/]+$"
    shell:close()
    holes.with_listener(abstract:match ":(.*)", function()
      local tries = { "bind:0", abstract, "child" }
      assert.same({ ["bind:0"] = DENIED, [abstract] = REFUSED, child = "done" }, (run(read_words(), tries)))
      assert.same({ ["bind:0"] = "done", [abstract] = "done", child = "done" }, (run(read_words(), tries, 0)))
      assert.same({ [signal] = REFUSED }, (run({ "spec" }, { signal })))
      assert.same({ [signal] = "done" }, (run({ "spec" }, { signal }, 0)))
    end)
  end)

  it_by_landlock("does the same under each older version, as far as that goes", function()
    for older = 1, version do
      local words, folder = verbs.sync()
      local kept = "write:" .. folder .. "/" .. older
      local found, result = run(words, { "read:" .. secret, "write:" .. elsewhere .. "/x", "bind:0", "listen", kept }, older)
      assert.same({ ["read:" .. secret] = DENIED, ["write:" .. elsewhere .. "/x"] = DENIED, listen = REFUSED,
        ["bind:0"] = older < 4 and "done" or DENIED, [kept] = "done" }, found, result.err)
    end
  end)

  it("works without Landlock, and without both, and says so with --debug", function()
    for kernel, told in pairs {
      [0] = { "system calls are limited\"", "files are not limited: Landlock: Operation not supported", REFUSED },
      refused = { "system calls are not limited: Operation not permitted",
        "files are not limited: Landlock: Operation not permitted", "done" },
    } do
      local words = asking("read", catalog(), "--debug")
      local found, result = run(words, { "read:" .. secret, "listen" }, kernel)
      local all = table.concat(result.lines, "\n")
      assert.is_truthy(all:find(told[1], 1, true) and all:find(told[2], 1, true), all:sub(1, 600))
      assert.same({ ["read:" .. secret] = "done", listen = told[3] }, found)
      assert.equal(25, #result.records())
      assert.equal("", (result.err:gsub("hole: [^\n]+\n", "")))
    end
  end)

  it("keeps all that it may with PERIGEE_HARDENING=off, which is written so", function()
    local off = { PERIGEE_HARDENING = "off" }
    local found = run({ "spec", env = off }, { "read:" .. secret, "execute:/bin/true", "listen" })
    assert.same({ ["read:" .. secret] = "done", ["execute:/bin/true"] = "done", listen = "done" }, found)
    local result = perigee.run { "spec", env = { PERIGEE_HARDENING = "no" } }
    assert.same({ 2, "perigee: PERIGEE_HARDENING must be on or off" }, { result.status, result.err:match "^[^\n]+" })
  end)
end)
