-- What `perigee try` asks for of a child stream: its parents' lists end once it has enough.
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- Tries two records of a child of thirty issues; returns its text, and how many lists of children were asked for.
local function try(path, more)
  local place = sentry.scenario { data = { issues = 30 } }
  local folder = own_streams.folder {
    child = ("return { name = 'child', parent = 'issues', primary_key = 'id', path = '%s', %s }"):format(path, more),
  }
  local result = perigee.run { "try", "child", "--config", perigee.write(sentry.config(place)), "--scripts", folder,
    "--limit", "2" }
  assert.equal(0, result.status, result.err)
  return table.concat(result.lines, "\n"), #place.log() - 1
end

describe("perigee try of a child stream", function()
  teardown(perigee.cleanup)

  it("does not ask for all of its parents", function()
    local text, lists = try("organizations/{organization}/issues/{parent.id}/hashes/", "")
    assert.is_truthy(text:find("none was written", 1, true), text)
    assert.matches("stopped after that; %-%-limit N reads more$", text)
    assert.is_true(lists < 15, lists .. " lists")
  end)

  it("does not do so either where each of its lists is read for what is new", function()
    local text, lists = try("organizations/{organization}/teams/", "cursor = { field = 'dateCreated' }")
    assert.is_truthy(text:find("stopped after that; --limit N reads more, and --state FILE", 1, true), text)
    assert.is_true(lists < 10, lists .. " lists")
  end)

  it("is read to its end where that is no more than is wanted", function()
    local text, lists = try("organizations/{organization}/teams/",
      "cursor = { field = 'dateCreated' }, filter = function() return false end")
    assert.is_nil(text:find("stopped after that", 1, true), text)
    assert.equal(30, lists)
  end)
end)
