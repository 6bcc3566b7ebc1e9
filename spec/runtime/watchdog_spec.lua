-- A script of perigee's own that runs on and on, as a server's bytes may have it do: it ends with an error that names it.
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local TIME = "400" -- ms that a script may run here
local RAN = "it ran for 0.4 s without waiting, the limit for perigee's own scripts; please report it"
local HELD = "ran for 0.4 s without waiting, the limit for perigee's own scripts, where Lua cannot be interrupted"
local PATTERN = "('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))"

teardown(perigee.cleanup)

-- A copy of the program and its scripts, among which these texts stand; the copies share what is large.
local copies = 0
local function copy_with(scripts)
  copies = copies + 1
  local folder = perigee.folder("copy" .. copies)
  local binary = os.getenv "PERIGEE" or "build/perigee"
  assert(os.execute(("mkdir %s/bin && cp %s %s/bin/perigee && cp -r scripts schemas %s"):format(folder, binary, folder,
    folder)))
  for name, text in pairs(scripts) do perigee.write(text, ("copy%d/scripts/%s.lua"):format(copies, name)) end
  return folder .. "/bin/perigee"
end

-- A stream of ours that does this at its beginning, and the results of a verb with it.
local function run_with(body, verb, words)
  local script = ('%s return { name = "spoiled", path = "projects/{organization}/", primary_key = "id" }'):format(body)
  local place = sentry.scenario { data = { releases = 5 } }
  local all = connector.words(verb, place, { words = words, env = { PERIGEE_MAIN_TIME = TIME } })
  all.binary = copy_with { ["streams/spoiled"] = script }
  return perigee.run(all)
end

local function catalog(...) return { "--catalog=" .. perigee.write_catalog { ... } } end

describe("a stream of perigee's own", function()
  it("that loops ends alone, with its limit named, and the others are read", function()
    for _, body in ipairs { "while true do end", "while true do pcall(function() while true do end end) end" } do
      local result = run_with(body, "read", catalog("spoiled", "releases"))
      local told = connector.errors(result, "spoiled")
      assert.equal(1, #told)
      assert.is_truthy(told[1].message:find("'spoiled' failed: ", 1, true), told[1].message)
      assert.is_truthy(told[1].message:find("spoiled.lua:1: " .. RAN, 1, true), told[1].message)
      assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, "spoiled"))
      assert.equal("COMPLETE", connector.statuses(result, "releases")[3])
      assert.equal(5, #result.records "releases")
      assert.equal(1, result.status)
    end
  end)

  it("that hangs in a pattern ends the process, with an error that names it, in whole lines", function()
    local result = run_with("local _ = " .. PATTERN, "read", catalog "spoiled")
    local told = connector.errors(result, "spoiled")
    assert.equal(1, #told)
    assert.is_truthy(told[1].message:find("the script of the stream 'spoiled' " .. HELD, 1, true), told[1].message)
    assert.same({ "STARTED", "INCOMPLETE" }, connector.statuses(result, "spoiled"))
    assert.equal(1, result.status)
    assert.is_truthy(result.err:find("perigee: the script of the stream 'spoiled' " .. HELD, 1, true), result.err)
  end)

  it("that loops is told of by discover, which lists the others", function()
    local result = run_with("while true do end", "discover")
    assert.is_truthy(connector.errors(result)[1].message:find("spoiled.lua:1: " .. RAN, 1, true))
    assert.equal(1, result.status)
    assert.is_true(#result.of("CATALOG")[1].streams >= 5)
  end)
end)

describe("a verb's own script", function()
  local function spec_with(body)
    return perigee.run { "spec", binary = copy_with { spec = "return function() " .. body .. " end" },
      env = { PERIGEE_MAIN_TIME = TIME } }
  end

  it("that loops, or hangs in a pattern, ends with an error", function()
    local looped = spec_with "while true do end"
    assert.is_truthy(connector.errors(looped)[1].internal_message:find("spec.lua:1: " .. RAN, 1, true))
    assert.equal(1, looped.status)
    local held = spec_with("return " .. PATTERN)
    assert.is_truthy(connector.errors(held)[1].message:find("a script of perigee " .. HELD, 1, true))
    assert.equal(1, held.status)
  end)

  it("may take its time where a person waits for it", function()
    local script = "return function() local t = os.clock() while os.clock() < t + 1 do end return 0 end"
    local result = perigee.run { "new", "mine", binary = copy_with { new = script }, cwd = perigee.folder "for_people",
      env = { PERIGEE_MAIN_TIME = TIME } }
    assert.equal("", result.err)
    assert.equal(0, result.status)
  end)
end)
