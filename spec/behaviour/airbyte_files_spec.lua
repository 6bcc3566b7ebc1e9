-- What a registry of Airbyte's asks of a connector beside its image: deploy/airbyte/. Whether metadata.yaml is valid by Airbyte's
-- own schema, spec/interop/airbyte_models_spec.lua tells.
local cjson = require "cjson"
local expected_records = require "spec.support.expected_records"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local streams = require "spec.support.streams"

local metadata = files.read "deploy/airbyte/metadata.yaml"
local page = files.read "deploy/airbyte/sentry.md"

local function field(name) return metadata:match("\n  " .. name .. ": ([^\n]+)") end

local NAME = field "name"
local FREE = false -- in place of a heading: any further ones

-- Airbyte's template of a connector's page (connectors_qa, template.md.j2); a mark ? is at headings that may be left out.
local TEMPLATE = { NAME, "Prerequisites", "Setup guide", "Set up " .. NAME, "?For Airbyte Cloud:",
  "?For Airbyte Open Source:", FREE, ("?Set up the %s connector in Airbyte"):format(NAME), "?For Airbyte Cloud:",
  "?For Airbyte Open Source:", FREE,
  "Supported sync modes", "Supported Streams", FREE, "?Performance considerations", "?Data type map",
  "?Limitations & Troubleshooting", FREE, "?Tutorials", "Changelog" }

local function is_of_template(heading)
  for _, wanted in ipairs(TEMPLATE) do
    if wanted and wanted:gsub("^%?", "") == heading then return true end
  end
  return false
end

-- Nil where the headings follow the template; else what is wrong.
local function wrong_heading(text)
  local at = 1
  for heading in ("\n" .. text):gmatch "\n#+ ([^\n]+)" do
    while at <= #TEMPLATE do
      local wanted = TEMPLATE[at]
      if wanted == FREE and not is_of_template(heading) then break end
      if wanted and wanted:gsub("^%?", "") == heading then
        at = at + 1
        break
      end
      if wanted and wanted:sub(1, 1) ~= "?" then return ("'%s' where '%s' belongs"):format(heading, wanted) end
      at = at + 1
    end
    if at > #TEMPLATE and heading ~= "Changelog" then return ("'%s' is not in its place"):format(heading) end
  end
  return at <= #TEMPLATE and ("'%s' is missing"):format(tostring(TEMPLATE[at])) or nil
end

local function section(heading) return (page .. "\n## "):match("\n##+ " .. heading:gsub("%p", "%%%0") .. "\n(.-)\n##") end

local function version() return perigee.run({ "--version" }).lines[1]:match "%d+%.%d+%.%d+" end

describe("deploy/airbyte", function()
  teardown(perigee.cleanup)

  it("has a page whose headings follow Airbyte's template, in its order", function()
    assert.is_nil(wrong_heading(page))
    for heading in page:gmatch "\n(##+ [^\n]+)" do
      local optional = { "### For Airbyte Open Source:", "### Performance considerations", "## Data type map",
        "## Limitations & Troubleshooting", ("## Set up the %s connector in Airbyte"):format(NAME) }
      local may_lack = false
      for _, one in ipairs(optional) do may_lack = may_lack or one == heading end
      local without = page:gsub("\n" .. heading:gsub("%p", "%%%0") .. "\n", "\n")
      assert.equal(may_lack, wrong_heading(without) == nil, "without " .. heading)
    end
    local exchanged = page:gsub("## Supported Streams", "## X"):gsub("## Supported sync modes", "## Supported Streams")
      :gsub("## X", "## Supported sync modes")
    assert.is_truthy(wrong_heading(exchanged))
  end)

  it("has in that page the texts that Airbyte's checks look for", function()
    local hidden = "\n<HideInUI>\n\nThis page contains the setup guide and reference information for the [%s]("
    assert.is_truthy(page:find(hidden:format(NAME), 1, true))
    local modes = "\nThe %s source connector supports the following [sync modes]"
      .. "(https://docs.airbyte.com/cloud/core-concepts/#connection-sync-modes):\n"
    assert.is_truthy(section "Supported sync modes":find(modes:format(NAME), 1, true))
    assert.matches("^\n1%. Navigate to the Airbyte Open Source dashboard%.\n", section "For Airbyte Open Source:")
    assert.matches("\n## Changelog\n\n<details>\n  <summary>Expand to review</summary>\n", page)
    local schema = perigee.run({ "spec" }).of("SPEC")[1].connectionSpecification
    for _, name in ipairs(schema.required) do
      assert.is_truthy(section "Prerequisites":find(schema.properties[name].title, 1, true), name)
    end
    for _, name in ipairs(streams.shipped) do assert.matches("\n| " .. name .. " |", section "Supported Streams") end
  end)

  it("has the version of the program, and a row of it in the page's changelog", function()
    assert.equal(version(), field "dockerImageTag")
    assert.matches("\n| " .. version():gsub("%.", "%%.") .. " | %d%d%d%d%-%d%d%-%d%d |[^\n]*| [^|\n]+ |\n", page)
  end)

  it("has metadata of its own connector, which may take as long between messages as its longest wait", function()
    assert.matches("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$", field "definitionId")
    assert.not_equal("cdaf146a-9b75-49fd-9dd2-9d64a0bb4781", field "definitionId")
    assert.equal("7200", field "maxSecondsBetweenMessages")
    assert.equal(perigee.run({ "spec" }).of("SPEC")[1].documentationUrl, field "documentationUrl")
    for name in metadata:match "suggestedStreams:\n    streams: %[(.-)%]":gmatch "[%w_]+" do
      assert.matches(" " .. name .. " ", " " .. table.concat(streams.marked "suggested", " ") .. " ")
    end
    assert.is_nil(metadata:find("connectorIPCOptions", 1, true)) -- read refuses sockets
  end)

  it("has an icon that is a square, and needs nothing from elsewhere", function()
    local icon = files.read "deploy/airbyte/icon.svg"
    local width, height = icon:match 'width="(%d+)" height="(%d+)"'
    assert.is_true(width == height and width ~= nil)
    assert.is_nil(icon:gsub('xmlns="[^"]*"', ""):find("http", 1, true))
    assert.is_nil(icon:find("<script", 1, true))
  end)

  it("expects the records of the recordings", function()
    assert.is_true(expected_records.text() == files.read(expected_records.path),
      "run: build/perigee lua spec/support/expected_records.lua")
  end)

  it("names files that are there, and a catalog and states that perigee takes", function()
    local config = files.read "deploy/airbyte/acceptance-test-config.yml"
    for path in config:gmatch "path: ([^\n]+)" do
      if not path:find "^secrets/" then files.read("deploy/airbyte/" .. path) end
    end
    local folder = "deploy/airbyte/integration_tests/"
    local names = {}
    for i, one in ipairs(cjson.decode(files.read(folder .. "configured_catalog.json")).streams) do names[i] = one.stream.name end
    table.sort(names)
    assert.same(streams.of_peer, names)
    local result = perigee.run { "read", "--config", folder .. "invalid_config.json", "--catalog",
      folder .. "configured_catalog.json", "--state", folder .. "abnormal_state.json", "--retry-attempts=1" }
    assert.equal(1, result.status)
    for _, trace in ipairs(result.of "TRACE") do
      assert.is_nil(trace.error and trace.error.message:find "abnormal_state", trace.error and trace.error.message)
    end
    local check = perigee.run { "check", "--config", folder .. "invalid_config.json" }
    assert.equal("FAILED", check.of("CONNECTION_STATUS")[1].status)
  end)
end)
