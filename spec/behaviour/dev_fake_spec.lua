-- The fake Sentry as a person starts it.
local dev_fake = require "spec.support.dev_fake"
local http = require "http"
local perigee = require "spec.support.perigee"

describe("./dev fake", function()
  teardown(perigee.cleanup)

  local function runs(pid)
    return os.execute(("kill -0 %d 2>/dev/null"):format(pid)) == true
  end

  it("prints what a shell must know, is read by perigee, and ends at Ctrl-C without leaving anything", function()
    local process, env, said = dev_fake.start()
    assert.matches("\n#   perigee try issues", said)
    local tried = perigee.run { "try", "issues", "--limit", "3", env = env }
    assert.equal(0, tried.status, tried.err)
    local config = { auth_token = env.SENTRY_AUTH_TOKEN, organization = env.SENTRY_ORG, project = env.SENTRY_PROJECT,
      hostname = env.SENTRY_URL }
    local checked = perigee.run { "check", "--config", perigee.write(config) }
    assert.equal("SUCCEEDED", checked.of("CONNECTION_STATUS")[1].status, checked.err)
    process:kill "INT"
    assert.equal(0, process:finish().status)
    assert.is_false(runs(process.pid))
    assert.is_nil(http.get(env.SENTRY_URL .. "/api/0/"))
  end)

  it("ends when it is told to, its folder gone", function()
    local process, env = dev_fake.start()
    assert.equal(200, assert(http.get(env.SENTRY_URL .. "/api/0/")).status)
    local pipe = io.popen(("ls -d ${TMPDIR:-/tmp}/fake-sentry-*-%d"):format(process.pid))
    local folder = pipe:read "l"
    pipe:close()
    assert.is_string(folder)
    process:kill "TERM"
    assert.equal(0, process:finish().status)
    assert.is_nil(io.open(folder))
  end)
end)
