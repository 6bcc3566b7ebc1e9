-- Streams that `perigee new --from` makes of recordings of the twelve APIs of docs/apis.md, which a client that is not ours
-- walked as their sections say. Each script is run against the server.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local lint = require "test.lint"
local perigee = require "spec.support.perigee"
local python_server = require "spec.support.python_server"

local ROWS = 23
local KEYS = { products = "sku", accounts = "Id", commits = "sha", documents = "_id", invoices = "number" }
local NAMES = { "customers", "products", "messages", "accounts", "commits", "charges", "calls", "orders", "documents", "invoices",
  "stations", "visits" }
local LIST = { visits = "/v1/exports/7/rows" } -- where the recording has more than the list
-- What one page cannot tell: the parameter for the next page, which the first request did not have.
local UNKNOWN = { charges = true, stations = true }
-- What the configuration calls the secrets, by the streams that name them so.
local SECRETS = { api = "sesame-1234", api_user = "reader", api_password = "sesame-1234", api_api_key = "sesame-1234",
  api_login_user = "my-client", api_login_password = "sesame-1234" }

describe("perigee new --from a recording", function()
  local origin, stop, folder, config
  local made, results = {}, {}

  -- The streams of recordings with so many pages, all read at once.
  local function make(pages)
    made[pages] = perigee.folder("of " .. pages)
    for _, name in ipairs(NAMES) do
      local result = perigee.run { "new", name, "--from", ("%s/%s.%s.har"):format(folder, name, pages), "--scripts", made[pages],
        LIST[name] }
      assert.equal(0, result.status, result.err)
    end
    results[pages] = perigee.run { "read", "--config", config, "--scripts", made[pages], "--retry-base=0.01",
      "--catalog", perigee.write_catalog(NAMES) }
  end

  setup(function()
    local port
    port, stop = python_server.start("cookbook_api.py", perigee.write "")
    origin, folder = ("http://127.0.0.1:%d"):format(port), perigee.folder "recordings"
    local secrets = {}
    for name, value in pairs(SECRETS) do secrets[#secrets + 1] = { name = name, value = value, host = origin } end
    config = perigee.write { start_date = "2026-01-01T00:00:00Z", secrets = secrets }
    assert(os.execute(("python3 spec/support/cookbook_walks.py %d '%s'"):format(port, folder)))
    for _, pages in ipairs { "one", "two", "all" } do make(pages) end
  end)
  teardown(function()
    stop()
    perigee.cleanup()
  end)

  local function script(pages, name) return files.read(("%s/%s.lua"):format(made[pages], name)) end

  local function count(pages, name)
    local seen, different = {}, 0
    local records = results[pages].records(name)
    for _, text in ipairs(records) do
      local id = tostring(json.decode(text)[KEYS[name] or "id"])
      different, seen[id] = different + (seen[id] and 0 or 1), true
    end
    local statuses = connector.statuses(results[pages], name)
    return different, #records, statuses[#statuses]
  end

  for _, pages in ipairs { "two", "all" } do
    for _, name in ipairs(NAMES) do
      it(("reads all that there is, once, where %s of its pages were recorded: %s"):format(pages, name), function()
        assert.same({ ROWS, ROWS, "COMPLETE" }, { count(pages, name) }, script(pages, name))
      end)
    end
  end

  for _, name in ipairs(NAMES) do
    it("reads all that there is, or fails, where one page was recorded: " .. name, function()
      local different, records, status = count("one", name)
      assert.equal(different, records, script("one", name))
      assert.equal(UNKNOWN[name] and "INCOMPLETE" or "COMPLETE", status, script("one", name))
      if not UNKNOWN[name] then assert.equal(ROWS, records, script("one", name)) end
    end)
  end

  it("writes no secret, neither of the API nor of the browser", function()
    for _, pages in ipairs { "one", "two", "all" } do
      for _, name in ipairs(NAMES) do
        for _, ending in ipairs { ".lua", ".json" } do
          local text = files.read(("%s/%s%s"):format(made[pages], name, ending))
          for _, secret in ipairs { "sesame", "c00kie", "of-the-day", "cmVhZGVyOn", "bXktY2xpZW50O" } do
            assert.is_nil(text:find(secret, 1, true), text)
          end
        end
      end
    end
  end)

  it("marks what it guesses, and what it has seen", function()
    assert.matches("%-%- seen: it was 2 after 1\n  paging = { page = \"page\"", script("two", "customers"))
    assert.matches("%-%- guessed: .-\n  paging = { page = \"page\"", script("one", "customers"))
    assert.matches("%-%- POST /v1/exports was sent before", script("two", "visits"))
    assert.matches("%-%- 7 may name one record", script("two", "visits"))
  end)

  it("writes scripts that luacheck has nothing to say of", function()
    local paths = {}
    for _, pages in ipairs { "one", "two", "all" } do
      for _, name in ipairs(NAMES) do paths[#paths + 1] = ("%s/%s.lua"):format(made[pages], name) end
    end
    local found, message, code = lint.scripts(paths)
    if code == "absent" then return print "luacheck is not installed" end
    assert.same({}, assert(found, message))
  end)

  -- What the recording of a browser lacks: windows of other dates than it was made for.
  it("makes a test of a recording that holds the whole list, without secrets", function()
    local result = perigee.run { "test", made.all }
    assert.equal(0, result.status, table.concat(result.lines, "\n"))
    local text = table.concat(result.lines, "\n")
    for _, name in ipairs(NAMES) do
      local tested = text:find(("\n%s\n  ok   recording: 23 records as expected"):format(name), 1, true)
        or text:sub(1, #name + 60):find(("%s\n  ok   recording: 23 records as expected"):format(name), 1, true)
      assert.equal(name ~= "calls", tested ~= nil, name .. "\n" .. text)
      if name ~= "calls" then
        local har = files.read(("%s/%s.har"):format(made.all, name))
        for _, secret in ipairs { "sesame", "c00kie", "of-the-day" } do assert.is_nil(har:find(secret, 1, true), name) end
      end
    end
  end)

  it("says of a recording that ends before its list that it is no test, and makes none", function()
    local here = perigee.folder "no test"
    local result = perigee.run { "new", "customers", "--from", folder .. "/customers.two.har", "--scripts", here }
    local text = table.concat(result.lines, "\n")
    assert.equal(0, result.status)
    assert.matches("The recording is no test for it: GET [^\n]*page=3[^\n]*the recording has no GET", text)
    assert.matches("`perigee test [^\n]* %-%-update %-%-config config.json` makes one of the server", text)
    assert.is_nil(io.open(here .. "/customers.har"))
    assert.is_nil(io.open(here .. "/customers.expected.jsonl"))
  end)

  it("infers a schema of all records that were recorded", function()
    local schema = json.decode(files.read(made.two .. "/commits.json"))
    assert.same({ type = { "null", "string" }, format = "date-time" }, schema.properties.committed_at)
    assert.same({ "null", "string" }, schema.properties.sha.type)
  end)

  it("lists what was recorded where it is several lists, those that are none behind", function()
    local result = perigee.run { "new", "--from", folder .. "/visits.all.har", "--scripts", folder }
    assert.equal(1, result.status)
    assert.same({ "list         GET /v1/exports/7/rows  (one page)", "one record   POST /v1/exports  (one page)",
      "one record   GET /v1/exports/7  (one page)" }, result.lines)
    assert.matches("name the path of one", result.err)
  end)

  local function entry(query, rows, more)
    local document = { things = rows }
    for name, value in pairs(more or {}) do document[name] = value end
    return { request = { method = "GET", url = "https://api.example.com/things" .. query, headers = json.array {} },
      response = { status = 200, headers = json.array {}, content = { text = json.encode(document) } } }
  end

  local function rows(from, to)
    local list = {}
    for id = from, to do list[#list + 1] = { id = id } end
    return list
  end

  -- What other APIs do: each way in two pages, and what is said of it.
  local ways = {
    { "a page's number that the first request lacks", { page = "page", total_pages = "meta.last_page" },
      entry("?sort=id", rows(1, 20), { meta = { current_page = 1, last_page = 2 } }),
      entry("?sort=id&page=2", rows(21, 30), { meta = { current_page = 2, last_page = 2 } }) },
    { "pages from 0", { page = "page", first = 0, total_pages = "totalPages" },
      entry("?page=0&size=20", rows(1, 20), { totalPages = 2, number = 0 }),
      entry("?page=1&size=20", rows(21, 30), { totalPages = 2, number = 1 }) },
    { "an address on another path", { next = "links.next" },
      entry("", rows(1, 10), { links = { next = "/things/page/2" } }),
      entry("/page/2", rows(11, 12), { links = { next = json.null } }) },
    { "a token that the first request has empty", { cursor = "cursor", next = "response_metadata.next_cursor" },
      entry("?limit=2&cursor=", rows(1, 2), { response_metadata = { next_cursor = "dGVhbQ==" } }),
      entry("?limit=2&cursor=dGVhbQ%3D%3D", rows(3, 3), { response_metadata = { next_cursor = "" } }) },
    { "the next page's number", { cursor = "page", next = "next_page" },
      entry("?page=1", rows(1, 5), { next_page = 2 }), entry("?page=2", rows(6, 7), { next_page = json.null }) },
    { "an offset that says no total", { offset = "start" }, entry("?start=0", rows(1, 7)), entry("?start=7", rows(8, 9)) },
  }
  for i, way in ipairs(ways) do
    it("sees how a list goes on: " .. way[1], function()
      local here = perigee.folder "ways"
      local har = perigee.write { log = { entries = { way[3], way[4] } } }
      local result = perigee.run { "new", "way" .. i, "--from", har, "--scripts", here }
      assert.equal(0, result.status, result.err)
      local given = assert(load(files.read(("%s/way%d.lua"):format(here, i)), "=way", "t", {}))()
      assert.same(way[2], given.paging)
      assert.equal("id", given.primary_key)
    end)
  end

  -- Lists that were asked for with other filters, and no other pages.
  it("takes no filter for a paging parameter", function()
    local here = perigee.folder "filters"
    local same = { { id = 1, status = "open" }, { id = 2, status = "shut" }, { id = 3, status = "shut" } }
    for i, queries in ipairs { { "status=open", "status=shut" }, { "user=1", "user=2" }, { "user=7", "user=10" } } do
      local har = perigee.write { log = { entries = { entry("?" .. queries[1], same), entry("?" .. queries[2], same) } } }
      local result = perigee.run { "new", "filtered" .. i, "--from", har, "--scripts", here }
      assert.equal(0, result.status, result.err)
      local text = files.read(("%s/filtered%d.lua"):format(here, i))
      assert.is_nil(text:find("\n  paging", 1, true), text)
      assert.matches("had another value in each request, and is left out", text)
    end
  end)

  it("says of a recording that holds nothing what it lacks", function()
    local function of(entries) return perigee.run { "new", "--from", perigee.write { log = { entries = entries } } } end
    local request = { method = "GET", url = "https://example.com/a", headers = json.array {} }
    assert.matches("has no response's body: save it with its content",
      of({ { request = request, response = { status = 200, content = json.decode "{}" } } }).err)
    assert.matches("has no good response that is JSON",
      of({ { request = request, response = { status = 200, content = { text = "<html>" } } } }).err)
    assert.matches("has no good response that is JSON", of(json.array {}).err)
  end)
end)
