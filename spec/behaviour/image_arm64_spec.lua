-- The image for arm64, cross-compiled, and run under qemu: --long. What qemu cannot do is skipped by name.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local image = require "spec.support.image"
local inventory = require "spec.support.image.inventory"
local it_unless = require "spec.support.it_unless"
local json = require "json"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local WHY = image.emulation_refused()

local built
local function runs(name, test)
  it_unless(_ENV, WHY)(name, function()
    built = built or image.build "arm64"
    test()
  end)
end

local function run(verb, config, given)
  return image.run(built, 'eval "$AIRBYTE_ENTRYPOINT ' .. verb .. '"', { config = config, proc = given and given.proc })
end

describe("the image for arm64", function()
  teardown(perigee.cleanup)

  runs("is one of that architecture, as small as the other", function()
    assert.same({ "arm64", "1000:1000" }, { built.architecture, built.config.User })
    assert.is_true(built.size <= 10500000, built.size .. " bytes")
    assert.matches("AArch64", image.output("readelf -h %s/usr/bin/perigee", built.root))
  end)

  runs("holds what image/inventory lists, and nothing else", function()
    assert.is_nil(inventory.difference(json.decode(files.read(built.root .. "/usr/share/doc/perigee/sbom.spdx.json"))))
  end)

  runs("prints the specification, checks, and discovers with the same catalog as the binary", function()
    local scenario = sentry.scenario {}
    local config = { ["config.json"] = sentry.config(scenario) }
    assert.same(json.decode(perigee.run({ "spec" }).lines[1]), json.decode(run("spec").lines[1]))
    local checked = run("check --config /config/config.json", config)
    assert.same({ 0, "SUCCEEDED" }, { checked.status, checked.of "CONNECTION_STATUS"[1].status }, checked.err)
    local discovered = run("discover --config /config/config.json", config)
    local here = perigee.run { "discover", "--config", perigee.write(sentry.config(scenario)) }
    assert.same(here.of "CATALOG", discovered.of "CATALOG")
  end)

  runs("reads each record as the server sent it, in a stream of one's own, too", function()
    local scenario = sentry.scenario { data = { events = 250, issues = 120, releases = 30 } }
    local catalog = files.read(perigee.write_catalog { "events", "issues", "releases", "projects", "own" })
    local own = [[return { name = "own", path = "organizations/{organization}/releases/", primary_key = "id",
      identity = "version" }]]
    local config = { ["config.json"] = sentry.config(scenario), ["catalog.json"] = catalog, ["own.lua"] = own }
    local words = "read --config /config/config.json --catalog /config/catalog.json --scripts /config"
    local result = run(words, config, { proc = false })
    assert.equal(0, result.status, result.err)
    assert.is_nil(connector.difference(connector.truth(scenario, "releases"), result.records "own"))
    for _, stream in ipairs { "events", "issues", "releases", "projects" } do
      assert.is_nil(connector.difference(connector.truth(scenario, stream), result.records(stream)), stream)
    end
  end)

  runs("reads a recording of a real Sentry as the binary does", function()
    local catalog = files.read(perigee.write_catalog { "events", "issues", "releases" })
    local config = { ["config.json"] = files.read "demo/config.json", ["catalog.json"] = catalog,
      ["sentry.har"] = files.read "demo/sentry.har" }
    local words = "read --config %s/config.json --catalog %s/catalog.json --replay %s/sentry.har"
    local result, container = run(words:gsub("%%s", "/config"), config)
    local here = {}
    for word in words:gsub("%%s", container.config):gmatch "%S+" do here[#here + 1] = word end
    local wanted = perigee.run(here)
    assert.is_true(#wanted.records() > 0 and wanted.status == 0, wanted.err)
    assert.same({ 0, wanted.records() }, { result.status, result.records() }, result.err)
  end)

  runs("passes the specs of JSON and of pages, whose scanner has a branch of its own there", function()
    local folder = os.getenv "PWD" .. "/build-image/arm64"
    local modules = folder .. "/packages/usr/lib/aarch64-linux-gnu/lua/5.4/?.so;;"
    local said = image.output("QEMU_LD_PREFIX=%s/packages LUA_CPATH_5_4=%s %s", folder, image.quoted(modules), image.emulated(
      folder .. "/perigee/usr/bin/perigee lua spec/support/run.lua spec/runtime/json_spec.lua spec/runtime/page_spec.lua"))
    assert.matches("\n%d+ passed, 0 failed$", said)
  end)

  it("limits the memory of a stream of one's own", function() pending "qemu-user ignores RLIMIT_AS" end)
end)
