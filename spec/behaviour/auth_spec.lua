-- Where secrets stand in the requests of a user's own streams, and the logins whose tokens they carry.
local base64 = require "lib.base64"
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local posted_api = require "spec.support.posted_api"

local LIST = [[return { name = "%s", primary_key = "id", base = "{origin}/", path = "%s", records = "rows",
  paging = { page = "page" }, page_size = { size = 2 }, auth = { %s } }]]
local LOGIN = [[login = { url = "{origin}/token/%s", form = { grant_type = "client_credentials", client_id = "me",
  client_secret = "{secrets.key}" } }]]

describe("a stream's auth", function()
  local api
  setup(function() api = posted_api.start() end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)
  before_each(function() api.sent() end)

  local function read(path, auth, given) return api.read(LIST:format("mine", path, auth), given) end

  local function targets(sent)
    local list = {}
    for i, one in ipairs(sent or api.sent()) do list[i] = one.target end
    return list
  end

  local function count(name)
    local n = 0
    for _, target in ipairs(targets()) do n = n + (target:find(name, 1, true) == 1 and 1 or 0) end
    return n
  end

  local function assert_read(result, rows)
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(rows, #result.records())
  end

  it("places secrets in the query, as Basic, and in headers", function()
    for auth, target in pairs {
      ['query = { api_key = "{secrets.key}" }'] = "/keyed?page=1&size=2&api_key=sesame-1234%2F%2Bx",
      ['basic = { user = "reader", password = "{secrets.key}" }'] = "/keyed?page=1&size=2",
      ['headers = { ["X-Key"] = "{secrets.key}" }, query = { api_key = "{secrets.key}" }, ["X-Other"] = "plain"'] =
        "/keyed?page=1&size=2&api_key=sesame-1234%2F%2Bx",
    } do
      local result = api.read((LIST:format("mine", "keyed", auth):gsub('paging = [^}]*}', 'paging = "none"')))
      assert_read(result, 1)
      local sent = api.sent()[1]
      assert.equal((target:gsub("page=1&", "")), sent.target)
      if auth:find "X-Key" then assert.same({ "sesame-1234/+x", "plain" }, { sent.headers["X-Key"], sent.headers["X-Other"] }) end
    end
  end)

  it("keeps a key in the query out of next addresses and states, and sends it there all the same", function()
    local fields = LIST:format("mine", "keyed", 'query = { api_key = "{secrets.key}" }')
    local result = api.read((fields:gsub('paging = [^}]*}', 'paging = { next = "next" }')))
    assert_read(result, 3)
    for _, target in ipairs(targets()) do
      assert.equal(1, select(2, target:gsub("api_key=sesame%-1234%%2F%%2Bx", "")), target)
    end
  end)

  it("sends a key in the query along a redirect, once", function()
    local fields = LIST:format("mine", "keyed", 'query = { api_key = "{secrets.key}" }')
    assert_read(api.read((fields:gsub('paging = [^}]*}', 'paging = "none", params = { slash = 1 }'))), 1)
    assert.equal(1, select(2, targets()[2]:gsub("api_key", "")))
  end)

  it("logs in once for all requests of all streams that describe the login alike", function()
    local auth = LOGIN:format "once"
    local scripts = {}
    for _, name in ipairs { "one", "two", "three" } do
      scripts[name] = (LIST:format(name, "guarded", auth):gsub("{origin}", api.origin))
    end
    local result = api.read(nil, { folder = own_streams.folder(scripts), entries = { "one", "two", "three" } })
    assert_read(result, 21)
    assert.equal(1, count "/token")
    assert.matches("logged in at " .. api.origin .. "/token/once; again in 35%d%d s", connector.logs(result, "INFO"))
  end)

  it("logs in by Basic, by JSON, and for a header of its own", function()
    assert_read(read("guarded", [[login = { url = "{origin}/token/basic", form = { grant_type = "client_credentials" },
      basic = { user = "me", password = "{secrets.key}" } }]]), 7)
    assert_read(read("guarded", [[login = { url = "{origin}/session", header = "X-Session", prefix = "",
      token = "data.session.id", expires = "data.session.until",
      json = { user = { name = "reader", password = "{secrets.key}" } } }]]), 7)
    local sent = api.sent()
    assert.matches("^session%-1", sent[#sent].headers["X-Session"])
  end)

  it("renews a token before it ends", function()
    local result = api.read(([[return { name = "mine", primary_key = "id", base = "{origin}/", auth = { %s },
      read = function(context)
      local tasks = require "tasks"
      for i = 1, 2 do
        context:emit((context:page("guarded", { page = i }, "rows")))
        tasks.sleep(1.1)
      end
    end }]]):format(LOGIN:format "short"))
    assert_read(result, 4)
    local asked = {}
    for i, target in ipairs(targets()) do asked[i] = target:match "^/%w+" end
    assert.same({ "/token", "/guarded", "/token", "/guarded" }, asked)
  end)

  it("logs in again once after a 401, and fails after the second", function()
    local renewed = read("guarded/revoked", LOGIN:format "revoked")
    assert_read(renewed, 7)
    local logs = connector.logs(renewed)
    assert.matches("the server takes the login's token no longer (status 401), so it is logged in anew", logs, 1, true)
    assert.is_nil(logs:find("check the secrets", 1, true), logs)
    local sent = api.sent()
    local logins = 0
    for _, one in ipairs(sent) do logins = logins + (one.target:find "^/token" and 1 or 0) end
    assert.is_true(logins >= 2)
    local wrong = LOGIN:format "x" .. ', headers = { ["X-Session"] = "wrong" }'
    local message, kind = own_streams.error_of(read("guarded", wrong), "mine")
    assert.matches("does not accept the stream's `auth`", message)
    assert.equal("config_error", kind)
    assert.equal(2, count "/token")
  end)

  it("tries a login again whose server is busy", function()
    assert_read(read("guarded", LOGIN:format "busy"), 7)
    assert.equal(2, count "/token")
  end)

  it("waits with a login for as long as its server says, which uses up one attempt", function()
    local result = read("guarded", LOGIN:format "limited", { words = { "--retry-attempts=2" } })
    assert_read(result, 7)
    assert.equal(2, count "/token")
    assert.matches("a limit holds for the login at " .. api.origin .. "/token/limited; it is made in 2 s", connector.logs(result))
  end)

  -- One worker: a request that waits for its login must leave that the place.
  it("paces and counts logins like other requests", function()
    local scripts = {}
    for _, name in ipairs { "one", "two" } do
      local auth = LOGIN:format("paced"):gsub('"me"', '"me", scope = "' .. name .. '"')
      scripts[name] = LIST:format(name, "guarded", auth):gsub("{origin}", api.origin):gsub("auth =", 'limits = "X-RateLimit", %0')
    end
    local result = api.read(nil, { folder = own_streams.folder(scripts), entries = { "one", "two" },
      config = { secrets = api.config.secrets, num_workers = 1 }, words = { "--retry-attempts=1" } })
    assert_read(result, 14)
    local sent, told = targets(), 0
    for number in connector.logs(result, "INFO"):gmatch "(%d+) requests?, " do told = told + number end
    assert.equal(#sent, told)
    local logins = 0
    for _, target in ipairs(sent) do logins = logins + (target:find "^/token" and 1 or 0) end
    assert.equal(2, logins)
  end)

  it("ends with the login's address and the server's error where it is refused, after one attempt", function()
    local message, kind = own_streams.error_of(read("guarded", LOGIN:format "error"), "mine")
    local words = "the login at " .. api.origin .. "/token/error was refused: status 401, invalid_client (no client *"
    assert.is_truthy(message:find(words, 1, true), message)
    assert.equal("config_error", kind)
    assert.same({ "/token/error" }, targets())
    message = own_streams.error_of(read("guarded", LOGIN:format "none"), "mine")
    words = "brought no token where `token` of the stream's `auth` says: status 200"
    assert.is_truthy(message:find(words, 1, true), message)
  end)

  it("sends a login's secrets to their own host alone, and to a host that the stream may ask", function()
    local config = { secrets = { { name = "key", value = "sesame-1234/+x", host = "auth.example.com" } } }
    local message = own_streams.error_of(read("guarded", LOGIN:format "x", { config = config }), "mine")
    assert.matches("the login at .* failed: a secret of the config was to be sent to a host that it is not for", message)
    local script = LIST:format("mine", "guarded", (LOGIN:format "x")):gsub("{origin}/token", "http://127.0.0.2:1/token")
    script = script:gsub("{origin}", api.origin)
    config = { custom_streams = { { name = "mine", script = script, hosts = { api.origin } } }, secrets = api.config.secrets }
    local result = perigee.run { "read", "--config", perigee.write(config), "--catalog", perigee.write_catalog { "mine" } }
    message = own_streams.error_of(result, "mine")
    assert.is_truthy(message:find("http://127.0.0.2:1 is not granted to this stream and was not asked", 1, true), message)
    assert.same({}, targets())
  end)

  it("is named wrong at once, field by field", function()
    for auth, words in pairs {
      ['basik = { user = "a", password = "b" }'] = "(did you mean 'basic'?)",
      ["login = {}"] = "`login.url` is missing",
      ['login = { url = "{origin}/t", from = {} }'] = "`login` has no field 'from' (did you mean 'form'?)",
      ['login = { url = "{origin}/t", form = {}, json = {} }'] = "`login` has a `form` or `json`, not both",
      ['login = { url = "/t" }'] = "`login.url` must be an address such as",
      ['login = { url = "{origin}/t", form = { a = {} } }'] = "`login.form` must be a table of fields",
      ['basic = { user = "a" }'] = "`basic` is { user",
      ['query = "x"'] = "a table whose `query` is a table, too",
      ['query = { a = 1 }'] = "a table whose `query` has names and texts",
      ['login = { url = "{origin}/t", form = { secret = "{secrets.kee}" } }'] = "the stream's `auth` needs the secret 'kee'",
      ['basic = { user = "a:b", password = "{secrets.key}" }'] = "a user name with a colon in it cannot be sent by Basic",
    } do
      local message, kind = own_streams.error_of(read("guarded", auth), "mine")
      assert.is_truthy(message:find(words, 1, true), message)
      assert.equal("config_error", kind)
    end
    assert.same({}, targets())
  end)

  it("refuses by its name a secret that stands where none may", function()
    for call, words in pairs {
      ['context:get("echo", { a = context.config.secrets.key })'] = "cannot stand in the address of a request",
      ['context:request { method = "POST", path = "echo", json = { a = context.config.secrets.key } }'] =
        "cannot stand in the body of a request",
      ['context:request { method = "POST", path = "echo", form = { a = context.config.secrets.key } }'] =
        "cannot stand in the body of a request",
      ['context:get("echo/" .. context.config.secrets.key)'] = "cannot stand in the address of a request",
    } do
      local script = 'return { name = "mine", primary_key = "id", base = "{origin}/", read = function(context) %s end }'
      local message, kind = own_streams.error_of(api.read(script:format(call)), "mine")
      assert.is_truthy(message:find("the secret key " .. words, 1, true), message)
      assert.equal("config_error", kind)
    end
    local written = {
      [ [[path = "echo", params = { a = "{secrets.key}" }]] ] = "'params' has {secrets.key}, and no secret is filled in there",
      [ [[path = "echo/{secrets.key}"]] ] = "which is a secret: those go where `auth` says",
      [ [[path = "echo", body = { a = "{secrets.key}" }]] ] = "which is a secret: those go where `auth` says",
      [ [[read = function(context) context:request { path = "echo", headers = { a = "{secrets.key}" } } end]] ] =
        "a request's fields have {secrets.key}, and no secret is filled in there; in a header, write context.config.secrets.key",
    }
    for fields, words in pairs(written) do
      local script = ('return { name = "mine", primary_key = "id", base = "{origin}/", %s }'):format(fields)
      local message = own_streams.error_of(api.read(script), "mine")
      assert.is_truthy(message:find(words, 1, true), message)
    end
    assert.same({}, targets())
  end)

  it("is recorded, and replayed with other secrets", function()
    local file = perigee.new_path ".har"
    local script = LIST:format("mine", "guarded", LOGIN:format "recorded"):gsub("{origin}", api.origin)
    local folder = own_streams.folder { mine = script }
    local first = api.read(nil, { folder = folder, words = { "--record", file } })
    assert_read(first, 7)
    local config = { secrets = { { name = "key", value = "another", host = api.origin } } }
    local again = api.read(nil, { folder = folder, config = config, words = { "--replay", file } })
    assert_read(again, 7)
  end)

  it("needs no secrets in `perigee test`, where all responses are recorded", function()
    local script = LIST:format("mine", "guarded", LOGIN:format "tested"):gsub("{origin}", api.origin)
    local folder = own_streams.folder { mine = script }
    assert_read(api.read(nil, { folder = folder, words = { "--record", folder .. "/mine.har" } }), 7)
    for _, words in ipairs { { "test", folder, "--update" }, { "test", folder } } do
      local result = perigee.run(words)
      assert.equal(0, result.status, table.concat(result.lines, "\n") .. result.err)
    end
  end)

  -- Each form of a secret of which no text for people, and no recording, may hold any.
  local function forms_of(secret)
    local escaped = secret:gsub(".", function(c) return ("\\u%04x"):format(c:byte()) end)
    local percent = secret:gsub(".", function(c) return ("%%%02X"):format(c:byte()) end)
    local list = { secret, (secret:gsub("/", "\\/")), (secret:gsub("/", "%%%%2F"):gsub("+", "%%%%2B")), escaped, percent,
      secret:reverse() }
    for before = 0, 2 do -- the digits that are the secret's alone, wherever it stands in what was encoded
      list[#list + 1] = base64.encode(("x"):rep(before) .. secret):sub(before > 0 and 5 or 1, -5)
    end
    return list
  end

  local function assert_untold(text, where)
    local secrets = { "sesame-1234/+x" }
    for _, token in ipairs { "access-token-told-%d-of-many", "refresh-token-%d-of-many", "session-%d-of-many" } do
      for n = 0, 9 do secrets[#secrets + 1] = token:format(n) end
    end
    for _, secret in ipairs(secrets) do
      for _, form in ipairs(forms_of(secret)) do
        local at = text:find(form, 1, true)
        assert.is_nil(at, at and ("%s has %s of %s: %s"):format(where, form, secret, text:sub(math.max(at - 80, 1), at + 120)))
      end
    end
  end

  -- Has the server repeat all that came in each form, and a script tell it all.
  local TELLS = [[return { name = "mine", primary_key = "id", base = "{origin}/", auth = { %s }, read = function(context)
    local json = require "json"
    local document, response = context:get "repeated"
    for name, text in pairs(document) do
      context:log("WARN", name .. text)
      context:emit { id = name, text = text, backwards = text:reverse() }
    end
    context:emit { id = "body", text = response:text() }
    for name, text in pairs(response:headers()) do context:emit { id = name, text = text } end
    context:emit { id = "config", text = json.encode(context.config) }
    context:get "refused"
  end }]]

  it("is told by nothing: no log, record of a script's, state, error, trace or recording holds a secret in any form", function()
    for number, auth in ipairs {
      LOGIN:format "told", 'query = { api_key = "{secrets.key}" }', 'basic = { user = "reader", password = "{secrets.key}" }',
      [[login = { url = "{origin}/token/told", form = { grant_type = "refresh_token", refresh_token = "{secrets.refresh}",
        client_secret = "{secrets.key}" } }]],
      [[login = { url = "{origin}/session", header = "X-Session", prefix = "", token = "data.session.id",
        json = { user = { name = "reader", password = "{secrets.key}" } } }]],
    } do
      local file = perigee.new_path ".har"
      local folder = own_streams.folder { mine = (TELLS:format(auth):gsub("{origin}", api.origin)) }
      local refresh = { name = "refresh", value = "refresh-token-0-of-many", host = api.origin }
      local config = { secrets = { api.config.secrets[1], refresh } }
      local result = api.read(nil, { folder = folder, config = config, words = { "--debug", "--record", file } })
      assert.is_true(#result.records() > 3, connector.logs(result))
      local lines = {} -- but for the one line that hands a new refresh token over
      for _, line in ipairs(result.lines) do
        if line:sub(1, 17) ~= '{"type":"CONTROL"' then lines[#lines + 1] = line end
      end
      assert_untold(table.concat(lines, "\n") .. result.err, "the read " .. number)
      assert_untold(files.read(file), "the recording " .. number)
      if number == 1 then
        for _, words in ipairs { { "try", "mine", "--limit=50" }, { "check" }, { "discover" } } do
          local more = { "--config", perigee.write(config), "--scripts", folder, "--debug" }
          local told = perigee.run(table.move(more, 1, #more, #words + 1, words))
          assert_untold(table.concat(told.lines, "\n") .. told.err, words[1])
        end
      end
    end
  end)
end)
