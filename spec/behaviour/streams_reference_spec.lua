-- docs/streams-reference.md is made of the streams' scripts and schemas, and so are the tables of streams in deploy/airbyte/.
local files = require "spec.support.files"
local held = require "tools.held"
local perigee = require "spec.support.perigee"
local streams = require "spec.support.streams"

describe("docs/streams-reference.md", function()
  local page = files.read "docs/streams-reference.md"

  it("is what ./dev reference makes of the scripts and schemas", function()
    local made = perigee.run { "lua", "tools/reference.lua", "--print", cwd = os.getenv "PWD" }
    assert.equal(0, made.status, made.err)
    local both = page .. files.read "deploy/airbyte/sentry.md"
    assert.is_true(table.concat(made.lines, "\n") .. "\n" == both, "run: ./dev reference")
  end)

  it("has a section for each stream, and says of each that was never held against a server", function()
    local sections = {}
    for name, text in page:gsub("\n## ", "\n\0"):gmatch "\0([%w_]+)(\n[^\0]*)" do sections[name] = text end
    for _, name in ipairs(streams.shipped) do
      local section = assert(sections[name], name)
      assert.matches("\n| scope |", section)
      local given = dofile(("scripts/streams/%s.lua"):format(name))
      assert.equal(given.seen == false, section:find("not seen", 1, true) ~= nil, name)
    end
  end)

  it("says of each stream what it was held against, or that it was held against nothing", function()
    local found = {}
    for _, name in ipairs(streams.shipped) do
      found[name] = held.words(name)
      assert.equal(dofile(("scripts/streams/%s.lua"):format(name)).seen == false, found[name] == nil, name)
    end
    for name in pairs(held.store) do assert.is_string(held.answers[name], name) end
    for _, list in ipairs { held.database, held.answers } do
      for name in pairs(list) do assert.is_string(found[name], name) end
    end
  end)

  it("goes with the streams that deploy/airbyte/metadata.yaml suggests", function()
    local named = files.read "deploy/airbyte/metadata.yaml":match "suggestedStreams:\n    streams: %[(.-)%]"
    assert.equal(table.concat(streams.marked "suggested", ", "), named, "run: ./dev reference")
  end)
end)
