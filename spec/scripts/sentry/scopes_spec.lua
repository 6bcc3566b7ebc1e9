-- Which scopes allow what: held against what a real Sentry 23.7.1 answered to tokens of one scope each.
local files = require "spec.support.files"
local json = require "json"
local scopes = require "sentry.scopes"
local shipped = require "tools.shipped"
local url = require "lib.url"

local observed = json.decode(files.read "spec/fixtures/sentry-23.7.1/observed.json")

local function lists_at(path)
  local found = {}
  for _, seen in pairs(observed) do
    if seen.path:match "^[^?]*" == path then found[#found + 1] = seen end
  end
  return found
end

describe("the scopes of a token", function()
  it("allow each stream that a real server gave to a token of that scope alone, and no other", function()
    local compared = 0
    for _, stream in ipairs(shipped.streams()) do
      local path = not stream.parent and stream.path and url.fill(stream.path, { organization = "acme", project = "checkout" })
      for _, seen in ipairs(path and lists_at(path) or {}) do
        for scope, status in pairs(seen.scopes) do
          assert.equal(status == 200, scopes.allow({ [scope] = true }, stream.scope), ("%s with %s"):format(stream.name, scope))
          compared = compared + 1
        end
      end
    end
    assert.is_true(compared >= 40, compared)
  end)

  it("allow by a right to write or to administer what asks for the right to read", function()
    for _, held in ipairs { "member:read", "member:write", "member:admin" } do
      assert.is_true(scopes.allow({ [held] = true }, "member:read"), held)
    end
    assert.is_false(scopes.allow({ ["member:read"] = true }, "member:write"))
    assert.is_false(scopes.allow({ ["org:read"] = true }, "org:write"))
    assert.is_true(scopes.allow({}, nil))
  end)

  it("are those that the server's root tells, and are not known where it tells none", function()
    local function told(document)
      local asked = { config = {} }
      function asked.document() return document end
      return scopes.of(asked --[[@as client]])
    end
    assert.same({ ["org:read"] = true }, told { version = "0", auth = { scopes = { "org:read" } } })
    for _, document in ipairs { { version = "0", auth = json.null }, { auth = { scopes = "org:read" } }, {}, json.null, "x" } do
      assert.is_nil(told(document))
    end
    assert.is_nil(told(nil))
  end)
end)
