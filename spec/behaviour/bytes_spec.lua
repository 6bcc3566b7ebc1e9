local connector = require "spec.support.connector"
local json_text = require "spec.support.json_text"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local LISTS = { "events", "issues", "projects", "releases" }
local FULL = streams.of_peer
local INCREMENTAL = { { "events", "incremental" }, { "issues", "incremental" }, { "projects", "incremental" },
  { "releases", "incremental" }, "project_detail" }

local SECRETS_TOO = { include_secrets = { "project_detail" } }

-- As recorded answers have them: neither is the object's first member, or stands beside its like.
local function without_secrets(text)
  return (text:gsub(', *"securityToken": *"[^"]*"', ""):gsub(', *"sentry:token": *"[^"]*"', ""))
end

local function recorded(server, name)
  return files.read(("spec/fixtures/%s/%s.json"):format(server, name))
end

-- Between tokens the protocol allows no line ends.
local function on_one_line(texts)
  local lines = {}
  for i, text in ipairs(texts) do lines[i] = text:gsub("[\r\n\t]", " ") end
  return lines
end

local function assert_same_bytes(wanted, result, stream)
  local wrong = connector.difference(wanted, result.records(stream))
  assert.is_nil(wrong and ("%s: %s"):format(stream, wrong))
end

local bodies = {
  ["sentry-9.1.2"] = { events = "events_full", issues = "issues_emptyq", projects = "projects", releases = "releases" },
  glitchtip = { events = "events_limit5", issues = "issues_emptyq", projects = "projects", releases = "releases" },
}

for server, names in pairs(bodies) do
  describe("every record of the recorded answers of " .. server, function()
    local wanted
    setup(function()
      wanted = { project_detail = { (recorded(server, "project"):gsub("%s+$", "")) } }
      for stream, name in pairs(names) do wanted[stream] = json_text.elements(recorded(server, name)) end
    end)
    teardown(perigee.cleanup)

    local function assert_passed(entries, size)
      local scenario = sentry.scenario { data = { fixtures = server }, page_size = size }
      local result = connector.read(scenario, entries, { config = SECRETS_TOO })
      assert.equal(0, result.status)
      for _, stream in ipairs(FULL) do assert_same_bytes(wanted[stream], result, stream) end
    end

    it("passes byte for byte in full pages", function() assert_passed(FULL, 100) end)
    it("passes byte for byte in small pages", function() assert_passed(FULL, 7) end)
    it("passes byte for byte when it is read incrementally", function() assert_passed(INCREMENTAL, 30) end)

    it("passes byte for byte over TLS", function()
      local scenario = sentry.scenario { data = { fixtures = server } }
      local result = connector.read(scenario, FULL, { config = { hostname = scenario.tls, ca_file = scenario.ca,
        include_secrets = SECRETS_TOO.include_secrets } })
      for _, stream in ipairs(FULL) do assert_same_bytes(wanted[stream], result, stream) end
    end)

    it("passes but for its secrets where nothing is said of them", function()
      local result = connector.read(sentry.scenario { data = { fixtures = server } }, { "project_detail" })
      assert_same_bytes({ without_secrets(wanted.project_detail[1]) }, result, "project_detail")
    end)
  end)
end

-- Halves of surrogate pairs, zero bytes, numbers beyond doubles, keys given twice, white space and line ends between
-- tokens, escaped names, nested decoys of key and cursor, deep nesting: odd.py of the fake Sentry.
for _, dialect in ipairs { "sentry", "sentry9", "glitchtip" } do
  describe("an unusual record of " .. dialect, function()
    local data = { odd = true, events = 50, issues = 26, releases = 26 }
    teardown(perigee.cleanup)

    it("passes byte for byte, on one line", function()
      local scenario = sentry.scenario { dialect = dialect, data = data, page_size = 20 }
      for _, entries in ipairs { FULL, INCREMENTAL } do
        local result = connector.read(scenario, entries)
        assert.equal(0, result.status)
        for _, stream in ipairs(LISTS) do
          assert_same_bytes(on_one_line(connector.truth(scenario, stream)), result, stream)
        end
        for _, line in ipairs(result.lines) do assert.is_nil(line:find "[\r\t]") end
      end
    end)
  end)
end

describe("a record", function()
  teardown(perigee.cleanup)

  local function assert_passes(spec)
    local scenario = sentry.scenario(spec)
    local result = connector.read(scenario, { "events", { "issues", "incremental" } })
    assert.equal(0, result.status)
    for _, stream in ipairs { "events", "issues" } do
      assert_same_bytes(on_one_line(connector.truth(scenario, stream)), result, stream)
    end
  end

  it("passes alike from compressed, plain and chunked answers", function()
    local data = { odd = { "issues" }, events = 20, issues = 20 }
    for _, gzip in ipairs { true, false, "identity" } do assert_passes { data = data, gzip = gzip } end
    assert_passes { data = data, chunked = true }
    assert_passes { data = data, chunked = true, gzip = false }
  end)

  it("passes whole when it is larger than any pipe holds", function()
    assert_passes { data = { events = 5, issues = 1, body = 700000 } }
  end)

  it("passes when its time is written in any form that servers use", function()
    for _, format in ipairs { "offset", "zone", "naive", "seconds" } do
      local fault = { fault = "field_format", path = "issues", index = 1, format = format, times = -1 }
      local scenario = sentry.scenario { data = { issues = 4 }, faults = { fault } }
      local result = connector.read(scenario, { { "issues", "incremental" } })
      assert.equal(0, result.status, format)
      assert.equal(4, #result.records(), format)
      assert.equal("", connector.logs(result, "WARN"), format)
    end
  end)
end)
