local contract = require "stream.contract"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local set_of = require "lib.set_of"

local read = require("spec.support.files").read

local function is_there(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

describe("perigee new", function()
  local folder

  setup(function() folder = perigee.folder "new streams" end)
  teardown(perigee.cleanup)

  it("writes a stream into the current folder, and tells what to do next", function()
    local result = perigee.run { "new", "teams", cwd = folder }
    assert.equal(0, result.status)
    assert.is_true(is_there(folder .. "/teams.lua"))
    assert.is_truthy(table.concat(result.lines, "\n"):find("perigee try teams --scripts .", 1, true))
  end)

  it("writes one that fits the contract and pleases luacheck", function()
    local name = "a_name_of_usual_length"
    perigee.run { "new", name, "--scripts", folder }
    local path = folder .. "/" .. name .. ".lua"
    local given = assert(loadfile(path, "t"))()
    local stream, wrong = contract.check(given, name)
    assert.is_nil(wrong)
    assert.equal(name, stream.name)
    local checked = os.execute(("luacheck --version >/dev/null 2>&1 && luacheck -q --std lua54 '%s' >/dev/null"):format(path))
    if os.execute "luacheck --version >/dev/null 2>&1" then assert.is_true(checked)
    else print "luacheck is not installed, so only the contract was checked" end
  end)

  it("writes one whose every line, without its dashes, is Lua that the contract knows", function()
    local text = require "new.template"("mine", ".")
    local bare = text:gsub("\n  %-%- ([%w_]+ = [^\n]*)", "\n  %1"):gsub("\n  %-%-   ([%w_]+ = [^\n]*)",
      "\n    %1"):gsub("\n  %-%- },", "\n  },")
    local given = assert(load(bare, "=starter", "t"))()
    for _, field in ipairs { "params", "cursor", "single", "filter", "transform", "parent", "base", "paging", "tests" } do
      assert.is_not_nil(given[field], field)
    end
    local of_shipped = set_of { "default", "suggested", "only_named", "seen" }
    for _, field in ipairs((contract.fields())) do
      assert.is_true(given[field] ~= nil or of_shipped[field] ~= nil, field)
    end
    assert.same({ "dateCreated" }, given.cursor.ordered_by)
  end)

  it("gives a stream that discover lists and try reads", function()
    perigee.run { "new", "releases", "--scripts", perigee.folder "read" }
    local scenario = sentry.scenario { data = { releases = 4 } }
    local result = perigee.run { "try", "releases", "--scripts", perigee.folder "read", "--config",
      perigee.write_config(sentry.config(scenario)) }
    assert.equal(0, result.status, result.err)
    assert.is_truthy(table.concat(result.lines, "\n"):find("4 records; ", 1, true))
  end)

  it("writes over nothing", function()
    perigee.write("-- mine", "new streams/kept.lua")
    local result = perigee.run { "new", "kept", "--scripts", folder }
    assert.equal(1, result.status)
    assert.matches("kept.lua is there already", result.err)
    assert.equal("-- mine", read(folder .. "/kept.lua"))
  end)

  it("refuses names that no stream can have, and says why", function()
    for _, name in ipairs { "../out", "a b", "", "1st", "a/b", ("x"):rep(101) } do
      local result = perigee.run { "new", name, "--scripts", folder }
      assert.equal(1, result.status, name)
      assert.matches("name", result.err)
    end
  end)

  it("tells where it cannot write, and which shipped stream it would replace", function()
    local nowhere = perigee.run { "new", "x", "--scripts", "/nowhere" }
    assert.equal(1, nowhere.status)
    assert.matches("/nowhere/x.lua cannot be written: No such file or directory; is the folder there%? mkdir %-p /nowhere",
      nowhere.err)
    assert.matches("yours takes its place", perigee.run({ "new", "issues", "--scripts", folder }).err)
  end)

  it("needs a name", function()
    assert.equal(2, perigee.run({ "new" }).status)
  end)
end)
