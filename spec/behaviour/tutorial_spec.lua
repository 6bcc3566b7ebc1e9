-- The tutorial and the README, followed by the letter: each command, file and session in them, in order, in an empty
-- folder, and what they say that comes of it. How blocks are marked stands in spec/support/document.lua.
local dev_fake = require "spec.support.dev_fake"
local document = require "spec.support.document"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local terminal = require "spec.support.terminal"

local function follow(path, serve)
  describe("a reader of " .. path, function()
    local reader, close

    setup(function()
      local folder = perigee.folder((path:gsub("%W", "_")))
      local env
      env, close = serve(folder)
      reader = document.runner(folder, env)
    end)
    teardown(function()
      close()
      perigee.cleanup()
    end)

    local blocks, skipped = document.blocks(path), false
    for i, block in ipairs(blocks) do
      local test = block.language == "console" and terminal.it(_ENV) or it
      test("finds that " .. document.title(block), function()
        local in_checkout = block.info == "checkout"
        if in_checkout and not document.is_release() then
          skipped = i
          return pending "this is no release build, which is what ./dev demo builds"
        end
        if skipped == i - 1 and block.language == "text" then return pending "what printed it was not run" end
        reader:run(block)
      end)
    end
  end)
end

follow("docs/tutorial.md", function() -- the server that it tells those to start who have none
  local process, env = dev_fake.start()
  return env, function()
    process:kill "INT"
    process:finish()
  end
end)

follow("README.md", function(folder)
  local scenario = sentry.scenario { data = { events = 20, issues = 12, releases = 4, projects = 3 } }
  perigee.write(sentry.config(scenario), folder:match "[^/]*$" .. "/config.json") -- with the reader's own token
  perigee.folder(folder:match "[^/]*$" .. "/my_streams")
  return { SENTRY_AUTH_TOKEN = sentry.token, SENTRY_ORG = "acme", SENTRY_PROJECT = "web-frontend",
    SENTRY_URL = scenario.url }, function() end
end)

describe("the folder of an image", function()
  teardown(perigee.cleanup)

  it("is streams.d beside the scripts of an installed perigee, as the tutorial says", function()
    local binary = os.getenv "PERIGEE" or "build/perigee"
    local prefix = perigee.folder "prefix"
    local install = ("cmake --install '%s' --prefix '%s' >/dev/null"):format(binary:match "^(.*)/", prefix)
    assert.is_true(os.execute(install))
    perigee.folder "prefix/share/perigee/streams.d"
    for _, block in ipairs(document.blocks "docs/tutorial.md") do
      if block.info == "my_streams/large_teams.lua" then
        perigee.write(table.concat(block.lines, "\n"), "prefix/share/perigee/streams.d/large_teams.lua")
      end
    end
    local result = perigee.run { "discover", binary = prefix .. "/bin/perigee" }
    assert.equal(0, result.status, result.err)
    local names = {}
    for _, stream in ipairs(json.decode(result.lines[#result.lines]).catalog.streams) do names[stream.name] = true end
    assert.is_true(names.large_teams and names.issues)
  end)
end)
