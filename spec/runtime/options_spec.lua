local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local BINARY = os.getenv "PERIGEE" or "build/perigee"
local TEXTS = { "config", "catalog", "state", "scripts", "record", "replay", "fault" }
local NUMBERS = { "connect-timeout", "first-byte-timeout", "stall-timeout", "check-budget", "max-body", "retry-base",
  "retry-attempts", "rate-limit-patience", "outage-patience", "checkpoint-records", "script-time", "script-memory" }
local FLAGS = { "debug", "update", "help", "version" }

local function assert_misused(message, words)
  local result = perigee.run(words)
  assert.equal(2, result.status, table.concat(words, " "))
  assert.same({}, result.lines)
  assert.equal("perigee: " .. message, result.err:match "^[^\n]*")
  assert.matches("\n\nusage: perigee VERB %[options%]\n", result.err)
  local _, lines = result.err:gsub("\n", "")
  assert.is_true(lines < 24, lines .. " lines") -- what is wrong must not leave the screen
end

-- A config for a server that never answers: what `check` says tells which budget held.
local function silent()
  return perigee.write_config(sentry.config(sentry.scenario { faults = { { fault = "stall_headers", times = -1 } } }))
end

local function budget(words)
  return perigee.run(words).of("CONNECTION_STATUS")[1].message:match "no complete answer within ([%d.]+) s"
end

-- The options that a help lists, in its order.
local function listed(text)
  local names = {}
  for name in text:gmatch "\n  %-%-([%l-]+)" do names[#names + 1] = name end
  return names
end

teardown(perigee.cleanup)

describe("the command line", function()
  it("takes its options in any order, as two words or as one", function()
    local config = silent()
    for _, words in ipairs {
      { "check", "--config", config, "--check-budget", "0.05" },
      { "--check-budget=0.05", "--config=" .. config, "check" },
      { "--debug", "--check-budget", "0.05", "check", "--config=" .. config },
      { "--check-budget=9", "check", "--config=/nothing", "--config", config, "--check-budget=5e-2" },
    } do
      assert.equal("0.05", budget(words))
    end
  end)

  it("is refused with the usage when a verb is missing, unknown or given twice", function()
    assert_misused("a verb is missing", {})
    assert_misused("a verb is missing", { "--debug" })
    assert_misused("unknown verb: chekc (did you mean check?)", { "chekc" })
    assert_misused("unknown verb: lua", { "lua" })
    assert_misused("unknown verb: ", { "" })
    assert_misused("unexpected word: check", { "spec", "check" })
    assert_misused("unexpected word: -", { "spec", "-" })
  end)

  it("is refused with the usage when what a verb needs is missing", function()
    assert_misused("--config FILE is missing: check", { "check" })
    assert_misused("--config FILE is missing: read", { "read", "--catalog", "x" })
    assert_misused("--catalog FILE is missing: read", { "read", "--config", "x" })
    assert_misused("--record and --replay exclude each other: spec", { "spec", "--record=x", "--replay=y" })
  end)

  it("is refused with the usage when an option is another verb's, which would be passed over", function()
    assert_misused("`spec` takes no --update, which is for `test`", { "spec", "--update" })
    for _, option in ipairs { "--plan", "--infer", "--why=1", "--limit=1" } do
      assert_misused(("`spec` takes no %s, which is for `try`"):format(option:match "^[^=]*"), { "spec", option })
    end
    local words = { "read", "--json", "--config=x", "--catalog=x" }
    assert_misused("`read` takes no --json, which is for `check`, `discover`, `sync`, `status`, `streams`, `compare` and `try`",
      words)
  end)

  it("is refused with the usage for an option that is not there", function()
    for _, word in ipairs { "-c", "--" } do assert_misused("unknown option " .. word, { "spec", word }) end
    for _, word in ipairs { "--conf", "--configs", "--Config" } do
      assert_misused(("unknown option %s (did you mean --config?)"):format(word), { "spec", word })
    end
    assert_misused("unknown option --token", { "spec", "--token=secret" })
  end)

  it("is refused with the usage for a value that an option cannot take", function()
    for _, name in ipairs(TEXTS) do
      assert_misused(("--%s needs a value"):format(name), { "spec", "--" .. name })
      assert_misused(("--%s must not be empty"):format(name), { "spec", ("--%s="):format(name) })
    end
    for _, name in ipairs(FLAGS) do assert_misused(("--%s takes no value"):format(name), { "spec", ("--%s=1"):format(name) }) end
    for i, value in ipairs { "0", "-1", "", "x", "5s", "nan", "inf", "1e13" } do
      local name = NUMBERS[i]
      assert_misused(("--%s must be a number above 0"):format(name), { "spec", "--" .. name, value })
    end
  end)

  it("explains itself, every option of it", function()
    local result = perigee.run { "--help" }
    assert.same({ 0, "" }, { result.status, result.err })
    local text = table.concat(result.lines, "\n")
    assert.matches("^usage: perigee VERB %[options%]\n", text)
    for _, verb in ipairs { "spec", "check", "discover", "read", "test" } do assert.matches("\n  " .. verb .. " ", text) end
    for _, names in ipairs { TEXTS, NUMBERS, FLAGS } do
      for _, name in ipairs(names) do assert.truthy(text:find(("\n  --%s "):format(name), 1, true), name) end
    end
    for _, line in ipairs(result.lines) do assert.is_true(#line <= 100, line) end
  end)

  it("lists for one verb the options that it heeds, and no others", function()
    for _, words in ipairs { { "try", "--help" }, { "--help", "try" }, { "help", "try" }, { "try", "-h" } } do
      local text = table.concat(perigee.run(words).lines, "\n")
      assert.matches("^usage: perigee try STREAM %[", text)
      assert.matches("\n  %-%-plan ", text)
      assert.matches("\n  %-%-retry%-base S ", text)
      assert.is_nil(text:find("--strict", 1, true))
    end
    local text = table.concat(perigee.run({ "new", "--help" }).lines, "\n")
    assert.same({ "scripts", "from", "debug", "help", "version" }, listed(text))
  end)

  it("tells the version that the build has", function()
    local version = files.text("CMakeLists.txt"):match "project%(perigee VERSION ([%d.]+)"
    local line = perigee.run({ "--version" }).lines[1]
    local said, commit = line:match "^perigee (%d+%.%d+%.%d+)(.*)$"
    assert.equal(version, said, line)
    local pipe = assert(io.popen "git rev-parse HEAD 2>/dev/null")
    local head = pipe:read "l"
    pipe:close()
    assert.equal(head and (" (%s)"):format(head:sub(1, 12)) or "", (commit:gsub("%-modified", "")))
    assert.matches("\n## " .. version:gsub("%.", "%%.") .. "\n", files.text "CHANGELOG.md")
  end)
end)

describe("the environment", function()
  it("gives the numbers that the command line does not", function()
    local config = silent()
    assert.equal("0.05", budget { "check", "--config", config, env = { PERIGEE_CHECK_BUDGET = "0.05" } })
    assert.equal("0.06", budget { "check", "--config", config, "--check-budget=0.06", env = { PERIGEE_CHECK_BUDGET = "9" } })
  end)

  it("gives every number, and is refused with the usage when it is none", function()
    local wrong = { "soon", "0", "" }
    for i, name in ipairs(NUMBERS) do
      local variable = "PERIGEE_" .. name:upper():gsub("-", "_")
      local message = ("the environment's value for --%s must be a number above 0"):format(name)
      assert_misused(message, { "spec", env = { [variable] = wrong[i % #wrong + 1] } })
      assert.equal(0, perigee.run({ "spec", env = { [variable] = "1.5" } }).status)
    end
  end)

  it("gives no files and no flags", function()
    assert_misused("--config FILE is missing: check", { "check", env = { PERIGEE_CONFIG = "/nothing" } })
    assert.equal(0, perigee.run({ "spec", env = { PERIGEE_HELP = "1", PERIGEE_REPLAY = "/nothing" } }).status)
  end)
end)

describe("the binary", function()
  local expected

  setup(function() expected = perigee.run({ "discover" }).lines end)

  local function absolute(path)
    return path:sub(1, 1) == "/" and path or os.getenv "PWD" .. "/" .. path
  end

  it("works from any folder, with files named from there", function()
    perigee.write(sentry.config(sentry.scenario { data = { events = 1 } }), "here.json")
    local result = perigee.run { "check", "--config", "here.json", cwd = perigee.folder() }
    assert.equal("SUCCEEDED", result.of("CONNECTION_STATUS")[1].status)
    assert.same(expected, perigee.run({ "discover", cwd = "/" }).lines)
  end)

  it("works through a link to it", function()
    local link = perigee.folder() .. "/linked"
    assert(os.execute(("ln -s '%s' '%s'"):format(absolute(BINARY), link)))
    assert.same(expected, perigee.run({ "discover", binary = link }).lines)
  end)

  it("says where it looked when its scripts are not beside it", function()
    local alone = perigee.folder "alone" .. "/perigee"
    assert(os.execute(("cp '%s' '%s'"):format(BINARY, alone)))
    local result = perigee.run { "spec", binary = alone }
    assert.same({ 1, {} }, { result.status, result.lines })
    assert.matches("^perigee: its scripts and schemas are not in .*/alone/../share/perigee, .*/alone/%.%.\n$", result.err)
  end)
end)
