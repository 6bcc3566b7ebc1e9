-- schemas/ held against what real servers sent and what Sentry publishes, and the tool that makes and compares them.
local files = require "spec.support.files"
local infer = require "try.infer"
local json = require "json"
local misfit = require "spec.support.misfit"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"
local differences = require "tools.schemas.differences"
local openapi = require "tools.schemas.openapi"
local rows = require "tools.schemas.rows"
local shipped = require "tools.shipped"

local ROOT = assert(os.getenv "PWD")

-- What the kept document has and a schema has not, with the reason.
local LEFT_OUT = {
  issues = { -- come where `expand` asks for them, which we do not
    inbox = true, integrationIssues = true, latestEventHasAttachments = true, owners = true, pluginActions = true,
    pluginIssues = true, sentryAppIssues = true, sessionCount = true,
  },
  projects = { options = true, sessionStats = true, stats = true, transactionStats = true }, -- likewise
  project_detail = { -- airbyte/source-sentry declares no more of it
    ["organization.access"] = true, ["organization.allowMemberInvite"] = true,
    ["organization.allowMemberProjectCreation"] = true, ["organization.allowSuperuserAccess"] = true,
    ["organization.extraOptions"] = true, ["organization.onboardingTasks"] = true,
  },
  releases = { lastDeploy = true }, -- of a project's release the document says that it is a text; no server sends one
}

local function schema_of(name) return json.decode(files.read(("schemas/%s.json"):format(name))) end

describe("the schemas of the shipped streams", function()
  teardown(perigee.cleanup)

  for _, stream in ipairs(shipped.streams()) do
    it(("declare each field of rows of %s that real servers sent, with its kinds"):format(stream.name), function()
      local schema = schema_of(stream.name)
      for i, row in ipairs(rows.kept(stream.name)) do
        local record, where = json.decode(row.text), ("%s, row %d"):format(row.from, i)
        for name in pairs(stream.api.other_kinds or {}) do
          if stream.name == "events" and record[name] then record[name] = tostring(record[name]) end
        end
        assert.is_nil(misfit(schema, record, where))
        for name in pairs(record) do assert.is_table(schema.properties[name], ("%s: '%s'"):format(where, name)) end
      end
    end)

    it(("have what Sentry's document says of %s"):format(stream.name), function()
      local told = openapi.shape(json.decode(files.read(openapi.KEPT)), stream)
      if not told then return end
      local unknown, left_out, met = {}, LEFT_OUT[stream.name] or {}, {}
      for _, one in ipairs(differences.of(schema_of(stream.name), told)) do
        met[one.field] = true
        if not left_out[one.field] then unknown[#unknown + 1] = ("%s %s (%s)"):format(one.kind, one.field, one.theirs) end
      end
      assert.equal("", table.concat(unknown, "\n"))
      for field in pairs(left_out) do assert.is_true(met[field], field .. ": differs no longer; take it from the list") end
    end)
  end

  -- The stream whose answer a file holds: that of its name, or of the beginning of it.
  local function stream_of(file)
    local found
    for _, name in ipairs(streams.shipped) do
      local fits = file == name or file:sub(1, #name + 1) == name .. "_"
      if fits and #name > #(found or "") then found = name end
    end
    return found
  end

  it("fit each row of the answers that the fake Sentry is made of", function()
    local judged = 0
    for _, folder in ipairs { "spec/fixtures/sentry-23.7.1/lists", "spec/fixtures/documented" } do
      for file in io.popen("ls " .. folder .. "/*.json"):lines() do
        local name = stream_of(file:match "([^/]+)%.json$")
        local answer = json.decode(files.read(file))
        for i, record in ipairs(name and (getmetatable(answer) ~= nil and answer or { answer }) or {}) do
          if record ~= json.null then assert.is_nil(misfit(schema_of(name), record, ("%s, row %d"):format(file, i))) end
          judged = judged + 1
        end
      end
    end
    assert.is_true(judged > 50, judged .. " rows")
  end)

  it("are departed from by no record of any stream that the fake Sentry sends", function()
    local scenario = sentry.scenario { dialect = "sentry-23.7.1", data = { events = 2, issues = 2, releases = 2 } }
    local result = perigee.run { "sync", "--streams", "all", "--quiet", "--to", perigee.new_path ".db", "--config",
      perigee.write(sentry.config(scenario)) }
    assert.equal(0, result.status, result.err)
    for line in result.err:gmatch "[^\n]+" do assert.is_nil(line:find("schema", 1, true), line) end
  end)

  -- As PyAirbyte needs it (docs/clients.md).
  it("mark fields of several kinds with an object or a list, and those of no known kind, and no others", function()
    local marked = 0
    for _, stream in ipairs(shipped.streams()) do
      local schema = schema_of(stream.name)
      for name, property in pairs(schema.properties) do
        marked = marked + (property.airbyte_type and 1 or 0)
        schema.properties[name] = json.decode(json.encode(property))
        schema.properties[name].airbyte_type = nil
      end
      infer.mark(schema.properties)
      assert.same(schema_of(stream.name), schema, stream.name)
    end
    assert.is_true(marked > 20, marked)
  end)

  it("are each a stream's, and none is missing that a row is kept of", function()
    for _, folder in ipairs { "schemas", "spec/fixtures/rows" } do
      for name in io.popen("ls " .. folder):lines() do
        local stream = name:match "^(.*)%.jsonl?$"
        if stream and stream ~= "spec" then
          assert.matches(" " .. stream .. " ", " " .. table.concat(streams.shipped, " ") .. " ")
        end
      end
    end
  end)
end)

describe("./dev schemas", function()
  local folder
  setup(function()
    folder = perigee.folder "checkout"
    assert(os.execute(("mkdir -p '%s/spec/fixtures' && cp -r tools schemas '%s' && cp -r spec/fixtures/rows spec/fixtures/openapi"
      .. " '%s/spec/fixtures'"):format(folder, folder, folder)))
  end)
  teardown(perigee.cleanup)

  local function schemas(...) return perigee.run { "lua", "tools/schemas.lua", cwd = folder, ... } end

  local PATH = "/api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/"

  -- The kept document, with the answer of a project changed.
  local function document_with(change)
    local document = json.decode(files.read(openapi.KEPT))
    change(document.paths[PATH].get.responses["200"].content["application/json"].schema.properties)
    return perigee.write(json.encode(document), "openapi-derefed.json")
  end

  -- The lines below a stream's name.
  local function section(result, name)
    local lines, inside = {}, false
    for _, line in ipairs(result.lines) do
      if line:find "^%S" then inside = line:find("^" .. name .. "  ") ~= nil elseif inside then lines[#lines + 1] = line end
    end
    return table.concat(lines, "\n")
  end

  it("says stream by stream what a newer document has new, changed and no longer", function()
    local path = document_with(function(properties)
      properties.colour = { type = "string" }
      properties.slug = { type = { "integer", "null" } } -- as OpenAPI 3.1 has it
      properties.team = { type = "object", nullable = true, properties = { leads = { type = "array" } } }
      properties.color = nil
    end)
    local result = schemas(path)
    assert.equal(1, result.status, result.err)
    local told = section(result, "project_detail")
    assert.matches("\n  new +colour +string\n", "\n" .. told .. "\n")
    assert.matches("\n  new +team%.leads +array\n", "\n" .. told .. "\n")
    assert.matches("\n  changed +slug +integer, here string\n", "\n" .. told .. "\n")
    assert.matches("\n  removed +color +string\n", "\n" .. told .. "\n")
    assert.equal("  nothing", section(result, "events"))
    assert.is_nil(section(result, "releases"):find("removed", 1, true))
  end)

  it("keeps of a document what tells of our streams, and no words", function()
    local path = document_with(function(properties)
      properties.slug = { type = "string", description = "what it is called" }
    end)
    local before = files.read(folder .. "/" .. openapi.KEPT)
    assert.equal(0, schemas("--extract", path).status)
    assert.equal(before, files.read(folder .. "/" .. openapi.KEPT))
  end)

  it("keeps few rows that show all kinds of values, and makes a schema of them and of the document", function()
    local function payload(path, name, body)
      perigee.write(("GET https://a.example/api/0/%s?per_page=2\nHTTP 200 OK\n"):format(path), "mine/" .. name .. ".http")
      perigee.write(body, "mine/" .. name .. ".json")
    end
    perigee.folder "mine"
    payload("organizations/acme/releases/", "first", '[{"id":1,"version":"a","made":"2026-01-31T10:00:00Z"},'
      .. '{"id":2,"version":"b","made":"2026-01-31T10:00:00Z"},{"id":3,"version":"c","made":null,"extra":{"a":1.5}}]')
    payload("organizations/acme/teams/", "other", '[{"id":"no stream\'s"}]')
    payload("organizations/acme/releases/", "refused", "[]")
    perigee.write("GET https://x/api/0/organizations/acme/releases/\nHTTP 403 Forbidden\n", "mine/refused.http")
    assert(os.execute(("rm '%s/spec/fixtures/rows/releases.jsonl'"):format(folder)))
    local kept = schemas("--keep", perigee.folder "mine")
    assert.equal(0, kept.status, kept.err)
    assert.matches("\nreleases: 2 of 3 rows kept", "\n" .. table.concat(kept.lines, "\n"))
    assert.equal(0, schemas("--write", "releases").status)
    local made = json.decode(files.read(folder .. "/schemas/releases.json"))
    assert.same({ type = { "null", "integer" } }, made.properties.id) -- the document says `number`
    assert.same({ type = { "null", "string" }, format = "date-time" }, made.properties.made)
    assert.same({ "null", "number" }, made.properties.extra.properties.a.type)
    assert.is_table(made.properties.newGroups) -- of the document
    assert.is_true(made.additionalProperties)
  end)

  it("prefers answers to what the stream asks, and keeps of a list the elements that show something", function()
    perigee.folder "alike"
    for name, query in pairs { asked = "?visibility=all&per_page=2", other = "" } do
      perigee.write(("GET https://a.example/api/0/organizations/acme/environments/%s\nHTTP 200 OK\n"):format(query),
        "alike/" .. name .. ".http")
      perigee.write(('[{"id":"1","%s":[{"a":1},{"a":2},{"a":null},{"b":[]}]}]'):format(name), "alike/" .. name .. ".json")
    end
    assert(os.execute(("rm -f '%s/spec/fixtures/rows/environments.jsonl'"):format(folder)))
    assert.equal(0, schemas("--keep", perigee.folder "alike").status)
    assert.equal('{"from":"alike/asked","row":{"asked":[{"a":1},{"b":[]}],"id":"1"}}\n',
      files.read(folder .. "/spec/fixtures/rows/environments.jsonl"))
  end)

  it("says what is wrong, and writes nothing", function()
    local before = files.read(folder .. "/schemas/issues.json")
    for told, words in pairs {
      ["there is no stream 'isues'; did you mean 'issues'?"] = { "--write", "isues" },
      ["nowhere.json: there is no such file"] = { "nowhere.json" },
      ["is no OpenAPI document"] = { ROOT .. "/schemas/issues.json" },
      ["./dev schemas FILE"] = { "--wirte", "issues" },
    } do
      local result = schemas(table.unpack(words))
      assert.equal(2, result.status)
      assert.is_truthy(result.err:find(told, 1, true), result.err)
    end
    assert.equal(before, files.read(folder .. "/schemas/issues.json"))
  end)
end)
