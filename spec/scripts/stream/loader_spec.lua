-- A stream that is not there: the words are the same wherever one is named.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

describe("a stream that is not there", function()
  local place, config
  setup(function()
    place = sentry.scenario { data = { issues = 1 } }
    config = perigee.write(sentry.config(place))
  end)
  teardown(perigee.cleanup)

  -- What each of them says of this name.
  local function said_of(name, env)
    local folder = own_streams.folder {
      child = ("return { name = 'child', path = 'x/{parent.id}/', parent = '%s' }"):format(name),
    }
    local with_folder = not env and { "--scripts", folder } or {}
    local read = connector.read(place, { name, not env and "child" or nil }, { words = with_folder, env = env })
    local function error_of(input, ...)
      local words = { "--config", config, env = env, input = input, table.unpack(with_folder) }
      for i, word in ipairs { ... } do table.insert(words, i, word) end
      return perigee.run(words).err:match "error: ([^\n]*)"
    end
    local parent = connector.errors(read, "child")[1]
    return {
      read = connector.errors(read, name)[1].message,
      try = error_of(nil, "try", name), prompt = error_of(("streams.%s.path"):format(name), "repl"),
      parent = parent and parent.message:gsub("^its parent: ", "", 1) or nil,
    }
  end

  it("is said to be meant for another in the same words by read, try, the prompt and of a parent", function()
    local words = "there is no stream 'isues'; did you mean 'issues'?"
    assert.same({ read = words, try = words, prompt = words, parent = words }, said_of "isues")
  end)

  it("is answered with the names of all, where none is near", function()
    local words = "there is no stream 'zzz'; there are audit_logs, "
    for who, said in pairs(said_of "zzz") do
      assert.equal(words, said:sub(1, #words), who)
      assert.matches("; a folder with others is named by %-%-scripts$", said)
    end
  end)

  it("is said to be none of the shipped ones where streams of one's own are turned off", function()
    local words = "there is no shipped stream 'mine', and PERIGEE_CUSTOM_STREAMS=off turns streams of your own off here"
    local said = said_of("mine", { PERIGEE_CUSTOM_STREAMS = "off" })
    assert.same({ read = words, try = words, prompt = words }, said)
  end)
end)
