-- Streams that `perigee new --from` makes of OpenAPI documents. Of APIs that we did not write, what is expected is what their
-- documentation says.
local contract = require "stream.contract"
local files = require "spec.support.files"
local json = require "json"
local lint = require "test.lint"
local perigee = require "spec.support.perigee"

local FIXTURES = "spec/fixtures/documents/"

-- What a script returns, as the contract takes it, and its text.
local function made(folder, name)
  local path = folder .. "/" .. name .. ".lua"
  local text = files.read(path)
  local given = assert(load(text, "=" .. name, "t"))()
  local _, wrong = contract.check(given, name)
  assert.is_nil(wrong, text)
  return given, text
end

describe("perigee new --from an OpenAPI document", function()
  local folder, count

  setup(function() folder, count = perigee.folder "from documents", 0 end)
  teardown(perigee.cleanup)

  local function new(words)
    return perigee.run { "new", "--scripts", folder, table.unpack(words) }
  end

  -- Of a document that a spec writes.
  local function from(document, words, ending)
    count = count + 1
    local text = type(document) == "string" and document or json.encode(document)
    local path = perigee.write(text, ("document%d.%s"):format(count, ending or "json"))
    local result = new { "--from", path, table.unpack(words or {}) }
    return result, table.concat(result.lines, "\n")
  end

  local function of(path, response, more)
    local operation = { responses = { ["200"] = { content = { ["application/json"] = { schema = response } } } } }
    for name, value in pairs(more or {}) do operation[name] = value end
    return { openapi = "3.1.0", servers = { { url = "https://api.example.com/v1" } }, paths = { [path] = { get = operation } } }
  end

  local RECORD = { type = "object", properties = { id = { type = "integer" } } }
  local LIST = { type = "array", items = RECORD }

  local apis = {
    { "github", "/repos/{owner}/{repo}/issues", { base = "https://api.github.com/", path = "repos/{owner}/{repo}/issues",
      params = { state = "all" }, paging = { link = true }, page_size = { per_page = 100 }, primary_key = "id",
      cursor = { field = "updated_at" } } },
    { "stripe", "/v1/customers", { base = "https://api.stripe.com/", records = "data",
      auth = { Authorization = "Bearer {secrets.stripe}" }, primary_key = "id",
      paging = { cursor = "starting_after", last = "id", more = "has_more" }, page_size = { limit = 100 },
      cursor = { field = "created", type = "seconds", changes = true } } },
    { "stripe", "/v1/balance", { single = true } },
    { "digitalocean", "/v2/certificates", { records = "certificates", paging = { next = "links.pages.next" },
      page_size = { per_page = 200 }, primary_key = "id", cursor = { field = "created_at", changes = true },
      limits = "ratelimit" } },
    { "kubernetes", "/api/v1/nodes", { path = "api/v1/nodes", records = "items",
      paging = { cursor = "continue", next = "metadata.continue" }, page_size = { limit = 100 } } },
    { "netbox", "/dcim/sites/", { base = "https://demo.netbox.dev/api/", path = "dcim/sites/", records = "results",
      paging = { next = "next" }, page_size = { limit = 100 }, primary_key = "id", cursor = { field = "last_updated" } } },
    { "box", "/retention_policies", { records = "entries", paging = { cursor = "marker", next = "next_marker" },
      page_size = { limit = 1000 }, primary_key = "id" } },
    { "box", "/users", { records = "entries", paging = { offset = "offset" }, page_size = { limit = 1000 } } },
    { "zoom", "/users", { records = "users", paging = { cursor = "next_page_token", next = "next_page_token" },
      page_size = { page_size = 300 }, primary_key = "id" } },
    { "asana", "/portfolios", { records = "data", paging = { cursor = "offset", next = "next" }, page_size = { limit = 100 },
      primary_key = "gid" } },
    { "petstore", "/pet/{petId}", { base = "http://petstore.swagger.io/v2/", path = "pet/{petId}", single = true,
      auth = { api_key = "{secrets.swagger}" }, primary_key = "id" } },
  }
  for i, api in ipairs(apis) do
    it(("knows what %s's %s is"):format(api[1], api[2]), function()
      local name = ("api%d"):format(i)
      local result = new { name, "--from", FIXTURES .. api[1] .. ".json", api[2] }
      assert.equal(0, result.status, result.err)
      local given, text = made(folder, name)
      for field, wanted in pairs(api[3]) do assert.same(wanted, given[field], field .. "\n" .. text) end
      for _, field in ipairs { "single", "paging", "records", "cursor" } do
        if api[3][field] == nil and field ~= "cursor" then assert.is_nil(given[field], text) end
      end
    end)
  end

  it("writes scripts that luacheck has nothing to say of", function()
    local paths = {}
    for i in ipairs(apis) do paths[i] = ("%s/api%d.lua"):format(folder, i) end
    local found, message, code = lint.scripts(paths)
    if code == "absent" then return print "luacheck is not installed" end
    assert.same({}, assert(found, message))
  end)

  it("writes a schema as ours are: each field may be null, each object holds what it holds, and cycles end", function()
    local node = { type = "object", properties = {
      id = { type = "integer" }, at = { type = "string", format = "date-time" }, kind = { const = "a", type = "string" },
      child = { ["$ref"] = "#/components/schemas/Node" }, either = { oneOf = { { type = "string" }, { type = "integer" } } },
      maybe = { type = { "string", "null" } }, old = { type = "number", nullable = true },
      by = { oneOf = { { type = "string" }, { type = "object" } } } } }
    local document = of("/nodes", { type = "array", items = { ["$ref"] = "#/components/schemas/Node" } })
    document.components = { schemas = { Node = node } }
    assert.equal(0, from(document, { "tree" }).status)
    local schema = json.decode(files.read(folder .. "/tree.json"))
    assert.equal("http://json-schema.org/draft-07/schema#", schema["$schema"])
    assert.equal("object", schema.type)
    local properties = schema.properties
    assert.same({ "null", "integer" }, properties.id.type)
    assert.same({ type = { "null", "string" }, format = "date-time" }, properties.at)
    assert.same({ "null", "integer", "string" }, properties.either.type)
    assert.same({ "object" }, { properties.by.airbyte_type, properties.either.airbyte_type }) -- for PyAirbyte
    assert.same({ "null", "string" }, properties.maybe.type)
    assert.same({ "null", "number" }, properties.old.type)
    local depth, at = 0, schema
    while at.properties and at.properties.child do
      assert.is_true(at.additionalProperties)
      depth, at = depth + 1, at.properties.child
    end
    assert.is_true(depth > 2 and depth < 10, depth)
  end)

  it("lists what there is where nothing is named, and says what to do next", function()
    local result = new { "--from", FIXTURES .. "stripe.json" }
    assert.equal(1, result.status)
    local text = table.concat(result.lines, "\n")
    assert.matches("list +/v1/customers\n", text)
    assert.matches("one record +/v1/balance", text)
    assert.matches("3 lists and records; name the path of one: perigee new %-%-from spec/fixtures/documents/stripe.json "
      .. "/v1/customers", result.err)
  end)

  it("takes a path as it is, with its values, its method or its end, or by the document's own name", function()
    local words = { "/repos/{owner}/{repo}/issues", "/repos/lua/lua/issues", "GET /repos/{owner}/{repo}/issues",
      "repos/{owner}/{repo}/issues/", "issues/list-for-repo", "/{repo}/issues" }
    for i, word in ipairs(words) do
      local name = "named" .. i
      local result = new { name, "--from", FIXTURES .. "github.json", word }
      assert.equal(0, result.status, result.err)
      assert.equal("repos/{owner}/{repo}/issues", made(folder, name).path)
    end
    local wrong = new { "--from", FIXTURES .. "github.json", "/repos/{owner}/{repo}/isues" }
    assert.equal(1, wrong.status)
    assert.matches("has no /repos/{owner}/{repo}/isues that can be read %(did you mean '/repos/{owner}/{repo}/issues'%?%)",
      wrong.err)
  end)

  it("takes a stream's name for a path that ends so, and the path's for the stream where none is given", function()
    assert.equal(0, new({ "certificates", "--from", FIXTURES .. "digitalocean.json" }).status)
    assert.equal("v2/certificates", made(folder, "certificates").path)
    assert.equal(0, new({ "--from", FIXTURES .. "kubernetes.json" }).status)
    assert.equal("api/v1/nodes", made(folder, "nodes").path)
  end)

  it("asks the configuration for what a path or a needed parameter lacks, and says so", function()
    local document = of("/orgs/{org-id}/items", LIST, { parameters = {
      { name = "org-id", ["in"] = "path", required = true, schema = { type = "string" } },
      { name = "end", ["in"] = "query", required = true, schema = { type = "string" } },
      { name = "kind", ["in"] = "query", required = true, schema = { type = "string", default = "all" } },
      { name = "Api-Version", ["in"] = "header", required = true, schema = { type = "string", enum = { "2026-01" } } } } })
    local result, text = from(document, { "items" })
    assert.equal(0, result.status, result.err)
    local given = made(folder, "items")
    assert.equal("orgs/{org_id}/items", given.path)
    assert.same({ ["end"] = "2026", kind = "all" }, given.params { config = { ["end"] = "2026" } })
    assert.same({ ["Api-Version"] = "2026-01" }, given.auth)
    assert.matches('"org_id": "…"', text)
    assert.matches('"end": "…"', text)
  end)

  local schemes = {
    bearer = { { type = "http", scheme = "bearer" }, { Authorization = "Bearer {secrets.example}" } },
    basic = { { type = "http", scheme = "basic" },
      { basic = { user = "{secrets.example_user}", password = "{secrets.example_password}" } } },
    header = { { type = "apiKey", ["in"] = "header", name = "X-Api-Key" }, { ["X-Api-Key"] = "{secrets.example}" } },
    query = { { type = "apiKey", ["in"] = "query", name = "key" }, { query = { key = "{secrets.example}" } } },
    login = { { type = "oauth2", flows = { clientCredentials = { tokenUrl = "/oauth/token", scopes = { read = "" } } } },
      { login = { url = "https://api.example.com/oauth/token", form = { grant_type = "client_credentials", scope = "read",
        client_id = "{secrets.example_client_id}", client_secret = "{secrets.example_client_secret}" } } } },
    code = { { type = "oauth2", flows = { authorizationCode = { tokenUrl = "https://x.example.com/t" } } },
      { Authorization = "Bearer {secrets.example}" } },
  }
  for name, scheme in pairs(schemes) do
    it("puts secrets where the document says: " .. name, function()
      local document = of("/things", LIST, { security = { { it = { "read" } } } })
      document.components = { securitySchemes = { it = scheme[1] } }
      local result, text = from(document, { "auth_" .. name, "/things" })
      assert.equal(0, result.status, result.err)
      local given = made(folder, "auth_" .. name)
      assert.same(scheme[2], given.auth)
      assert.matches('"name": "example[%w_]*", "value": "…", "host": "https://api.example.com"', text)
    end)
  end

  it("keeps what a document says a comment or a value, whatever stands in it", function()
    local hostile = "x\n]] os.exit() --[[ \" ' \\ \r -- \0"
    local document = of("/things/" .. "a\nb", { type = "object", properties = { ["a\n\"'b"] = LIST } }, { summary = hostile,
      parameters = { { name = "q\n\"", ["in"] = "query", required = true, description = hostile,
        schema = { type = "string", default = hostile } } } })
    document.servers = { { url = "https://api.example.com/v1/\nreturn os.exit()" } }
    local result = from(document, { "hostile" })
    assert.equal(0, result.status, result.err)
    local given = load(files.read(folder .. "/hostile.lua"), "=hostile", "t", {})()
    assert.same({ ["q\n\""] = hostile }, given.params)
    assert.equal("hostile", given.name)
  end)

  it("says of what it cannot read what it is", function()
    local cases = {
      { "openapi: 3.0.0\npaths: {}\n", "is YAML; JSON can be read. To convert it:\n.*python3 %-c" },
      { "swagger: '2.0'\n", "is YAML" },
      { "{ nonsense", "is no JSON: " },
      { { openapi = "4.0.0", paths = {} }, "is of OpenAPI 4.0.0; 3.0, 3.1 and Swagger 2.0 can be read" },
      { { openapi = "3.0.0" }, "has no `paths`" },
      { { openapi = "3.0.0", paths = { ["/x"] = { post = {} } } }, "describes no GET that answers with JSON" },
      { { info = {}, item = {} }, "is neither a document of OpenAPI %(it has no `openapi` or `swagger`%) nor a recording" },
    }
    for _, case in ipairs(cases) do
      local result = from(case[1], { "nothing" })
      assert.equal(1, result.status)
      assert.matches(case[2], result.err)
    end
    assert.matches("names a file: fetch it first, as by curl", new({ "--from", "https://example.com/openapi.json" }).err)
    assert.matches("nowhere.json: no such file", new({ "--from", "nowhere.json" }).err)
  end)

  it("takes documents of many megabytes", function()
    local text = json.encode(of("/large", LIST))
    local parts = (('{"a":1},'):rep(800000)) .. "{}"
    local result = from('{"x-parts":[' .. parts .. "]," .. text:sub(2), { "large" })
    assert.equal(0, result.status, result.err)
  end)

  it("writes over nothing, neither a script nor its schema", function()
    perigee.write("{}", "from documents/kept.json")
    local result = new { "kept", "--from", FIXTURES .. "stripe.json", "/v1/customers" }
    assert.equal(1, result.status)
    assert.matches("kept.json is there already", result.err)
    assert.is_nil(io.open(folder .. "/kept.lua"))
  end)

  it("takes a name of its own where the path's is a shipped stream's", function()
    assert.equal(0, new({ "--from", FIXTURES .. "github.json", "/repos/{owner}/{repo}/issues" }).status)
    assert.equal("github_issues", made(folder, "github_issues").name)
  end)

  it("takes no path without --from, and no third word", function()
    assert.equal(2, perigee.run({ "new", "a", "b" }).status)
    assert.equal(2, perigee.run({ "new", "a", "b", "c", "--from", "x.json" }).status)
  end)
end)
