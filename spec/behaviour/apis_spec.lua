-- The scripts of docs/apis.md, as they are printed there, against servers that answer as it says.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local python_server = require "spec.support.python_server"

local ROWS, LONGEST = 23, 20 -- lines of a script
local KEYS = { products = "sku", accounts = "Id", commits = "sha", documents = "_id", invoices = "number" }

-- Each section's script, by the stream's name, in order.
local function scripts()
  local found, names = {}, {}
  for text in files.read "docs/apis.md":gmatch "\n```lua\n(.-)\n```" do
    local name = text:match 'name = "([%w_]+)"'
    names[#names + 1], found[name] = name, text
  end
  return found, names
end

describe("the scripts of docs/apis.md", function()
  local printed, names = scripts()
  local origin, stop, log, result

  setup(function()
    local port
    log = perigee.write ""
    port, stop = python_server.start("cookbook_api.py", log)
    origin = ("http://127.0.0.1:%d"):format(port)
    local here = {}
    for name, text in pairs(printed) do here[name] = text:gsub("https://api%.example%.com", origin) end
    local config = perigee.write { start_date = "2026-01-01T00:00:00Z",
      secrets = { { name = "example", value = "sesame-1234", host = origin } } }
    result = perigee.run { "read", "--config", config, "--scripts", own_streams.folder(here), "--retry-base=0.01",
      "--catalog", perigee.write_catalog(names) }
  end)
  teardown(function()
    stop()
    perigee.cleanup()
  end)

  it("are twelve, of twenty lines at the most, each of a shape of its own", function()
    assert.equal(12, #names)
    for _, name in ipairs(names) do
      local _, lines = (printed[name] .. "\n"):gsub("\n", "")
      assert.is_true(lines <= LONGEST, name .. " has " .. lines)
    end
  end)

  for _, name in ipairs(names) do
    it("read all that there is: " .. name, function()
      local seen, count = {}, 0
      for _, text in ipairs(result.records(name)) do
        local id = json.decode(text)[KEYS[name] or "id"]
        assert.is_not_nil(id, text)
        count, seen[tostring(id)] = count + (seen[tostring(id)] and 0 or 1), true
      end
      assert.same({ ROWS, ROWS }, { count, #result.records(name) }, connector.logs(result))
      assert.equal("COMPLETE", connector.last_status(result, name), connector.logs(result))
    end)
  end

  it("send no secret elsewhere than the sections say, and log none", function()
    for line in io.lines(log) do
      if not line:find "^get /v1/stations" then assert.is_nil(line:find("sesame", 1, true), line) end
    end
    assert.is_nil(table.concat(result.lines or {}, "\n"):find("sesame", 1, true))
    assert.is_nil(result.err:find("sesame", 1, true))
  end)
end)
