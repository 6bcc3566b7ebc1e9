-- What stands in deploy/: units that systemd accepts, and a sync by a user who may read the configuration and no more.
local connector = require "spec.support.connector"
local database = require "spec.support.database"
local files = require "spec.support.files"
local missing = require "spec.support.missing"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local NOBODY = "65534"

local function is_root()
  local pipe = assert(io.popen "id -u")
  local id = pipe:read "l"
  pipe:close()
  return id == "0"
end

local function absolute(path) return path:sub(1, 1) == "/" and path or os.getenv "PWD" .. "/" .. path end

describe("deploy/", function()
  teardown(perigee.cleanup)

  it("has a service and a timer that systemd finds nothing wrong with", function()
    local why = missing "systemd-analyze"
    if why then return pending(why) end
    local folder = perigee.folder "units"
    for _, name in ipairs { "perigee-sync.service", "perigee-sync.timer" } do
      local text = files.read("deploy/" .. name):gsub("/usr/local/bin/perigee", absolute(perigee.binary))
      perigee.write(text, "units/" .. name)
    end
    local command = "systemd-analyze verify --man=no --recursive-errors=no '%s'/perigee-sync.* 2>&1; echo $?"
    local pipe = assert(io.popen(command:format(folder)))
    assert.equal("0\n", pipe:read "a")
    pipe:close()
  end)

  it("has commands that its own command line understands, in all of them the same", function()
    for _, name in ipairs { "perigee-sync.service", "perigee-sync.cron" } do
      assert.matches("/usr/local/bin/perigee sync %-%-config %S+ %-%-to %S+ %-%-quiet\n", files.read("deploy/" .. name))
    end
    assert.matches('args: %["sync", "%-%-config", "[^"]+", "%-%-to", "[^"]+", "%-%-quiet"%]', files.read "deploy/cronjob.yaml")
  end)

  it("names a run that a user can do who may read its configuration and write to one folder", function()
    if not is_root() or missing "setpriv" then return pending "this needs root, and setpriv" end
    local scenario, folder = sentry.scenario { data = { events = 9 } }, perigee.folder "state"
    local config = perigee.write(sentry.config(scenario))
    assert(os.execute(("chmod 755 '%s' && chmod 440 '%s' && chgrp %s '%s' && chown %s '%s'"):format(perigee.folder(), config,
      NOBODY, config, NOBODY, folder)))
    local words = { "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", absolute(perigee.binary), "sync", "--config", config,
      "--to", folder .. "/any.db", "--quiet", table.unpack(connector.USUAL) }
    local reachable = os.execute(("setpriv --reuid %s --regid %s --clear-groups test -x '%s'"):format(NOBODY, NOBODY,
      absolute(perigee.binary)))
    if not reachable then return pending "another user cannot reach the build" end
    words.binary = "/usr/bin/setpriv"
    local result = perigee.run(words)
    assert.same({ 0, 0 }, { result.status, #result.lines }, result.err)
    assert.equal(9, database.value(folder .. "/any.db", "SELECT count(*) FROM events"))
  end)
end)
