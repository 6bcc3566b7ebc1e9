-- Recordings: written while a read goes on, and answered from instead of a network.
local base64 = require "lib.base64"
local assert_linear = require "spec.support.linear"
local connector = require "spec.support.connector"
local http = require "http"
local json = require "json"
local perigee = require "spec.support.perigee"
local recording = require "recording"
local sentry = require "spec.support.sentry"

local FEW = { events = 12, issues = 6, releases = 4, projects = 3 }

local whole = require("spec.support.files").read
local record, replay = connector.record, connector.replay

describe("a recording", function()
  teardown(perigee.cleanup)

  it("gives the same records again, byte for byte, for any host", function()
    local scenario = sentry.scenario { data = { events = 12, issues = 6, odd = true }, page_size = 5 }
    local first, path = record(scenario, { "events", "issues" })
    local asked = #scenario.log()
    local again = replay(path, scenario, { "events", "issues" })
    assert.equal(0, again.status, again.err)
    for _, stream in ipairs { "events", "issues" } do
      assert.is_true(#first.records(stream) > 0)
      assert.same(first.records(stream), again.records(stream))
    end
    assert.equal(asked, #scenario.log())
  end)

  it("is an HTTP Archive of every exchange, without the token", function()
    local scenario = sentry.scenario { data = FEW }
    local _, path = record(scenario, { "events", "projects" })
    local text = whole(path)
    assert.is_nil(text:find(sentry.token, 1, true))
    local log = assert(json.decode(text)).log
    assert.equal("1.2", log.version)
    assert.equal(#scenario.log(), #log.entries)
    for _, entry in ipairs(log.entries) do
      assert.equal("GET", entry.request.method)
      assert.equal(200, entry.response.status)
      assert.equal(entry.response.content.size, #entry.response.content.text)
    end
  end)

  -- The recording of one answer with this body, which a script of its own asks for.
  local function recorded(body)
    local scenario = sentry.scenario { data = FEW, faults = {
      { fault = "status", status = 200, path = "issues", body = body, content_type = "application/json", times = -1 } } }
    local _, path = record(scenario, { "issues" }, "--retry-attempts=1")
    local entry = assert(json.decode(whole(path))).log.entries[1]
    return entry.response.content.text, entry.comment
  end

  it("masks what bodies hold of the secrets of others, in equal length, and says so", function()
    for body, masked in pairs {
      ['[{"dsn": {"secret": "https://ab:cd@o1.invalid/2", "public": "https://ab@o1.invalid/2"}}]'] =
        '[{"dsn": {"secret": "**************************", "public": "https://ab@o1.invalid/2"}}]',
      ['[{"securityToken":"\\"x\\"","options":{"sentry:token" : "y"},"token":null,"id":"1"}]'] =
        '[{"securityToken":"*****","options":{"sentry:token" : "*"},"token":null,"id":"1"}]',
      ['[{"cookies":[["a","b"],["c",{"d":"e"}]],"title":"f"}]'] = '[{"cookies":[["*","*"],["*",{"d":"*"}]],"title":"f"}]',
      ['[{"headers":[["Accept","*/*"],["Cookie","s=1"],["Authorization", "Bearer x"]],"z":"y"}]'] =
        '[{"headers":[["Accept","*/*"],["Cookie","***"],["Authorization", "********"]],"z":"y"}]',
      ['[{"dsn":"http://key:pass@host/1?a=b@c"}]'] = '[{"dsn":"http://key:****@host/1?a=b@c"}]',
      ['[{"authToken":7,"apiKey":{"a":["b"],"c":1},"password":"","x":"y"}]'] =
        '[{"authToken":7,"apiKey":{"a":["*"],"c":1},"password":"","x":"y"}]',
    } do
      local text, comment = recorded(body)
      assert.equal(masked, text)
      assert.equal(#body, #text)
      assert.matches("overwritten by asterisks, in the body too$", comment)
    end
  end)

  it("leaves a body without secrets as it is, byte for byte, valid or not", function()
    for _, body in ipairs { '[{"tokens":"a","title":"the token","secrets":["b"],"k":"token"}]', '{"token', '"token":',
      '["Cookie"', '["Cookie",', '[{"token":', '[{"cookies":[', '{"a":"http://b:c', '[["token","value"]]' } do
      local text, comment = recorded(body)
      assert.equal(body, text)
      assert.is_nil(comment:find "body")
    end
  end)

  -- The last one made the scan stand still; the page that holds it fails, and its recording is whole.
  it("masks what it can tell of a body that is no JSON", function()
    for body, masked in pairs {
      ['[{"token":"abc"},{"token":"d'] = '[{"token":"***"},{"token":"d',
      ['call({"token":"abc"});'] = 'call({"token":"***"});',
      ['{"token":"abc"}\n{"token":["de",{"f":"g"}]}'] = '{"token":"***"}\n{"token":["**",{"f":"*"}]}',
      ['{"token":]"x","secret":}"y","cookie":"z"}'] = '{"token":]"x","secret":}"y","cookie":"*"}',
      ['[{"token":[\0]}]'] = '[{"token":[\0]}]',
      ['[{"token":[\0"ab"]}]'] = '[{"token":[\0"**"]}]',
    } do
      assert.equal(masked, (recorded(body)))
    end
  end)

  -- Each verb that can record, told to; a script of the user's own asks from a process of its own.
  local own = [[return { name = "mine", path = "organizations/{organization}/releases/", primary_key = "id" }]]
  local function recorded_by(words, input, path)
    local scenario = sentry.scenario { data = FEW, faults = { { fault = "status", status = 200, path = "/(issues|releases)/$",
      body = '[{"sentry:token":"abc","securityToken":"de","webhookSecret":"fg","token":"h"}]',
      content_type = "application/json", times = -1 } } }
    local config = perigee.write(sentry.config(scenario))
    path = path or perigee.folder() .. "/" .. scenario.name .. ".har"
    local list = { words[1], input = input and input:gsub("PATH", path) }
    for i = 2, #words do list[i] = words[i]:gsub("PATH", path) end
    table.move({ "--config", config, "--retry-attempts=1" }, 1, 3, #list + 1, list)
    perigee.run(list)
    return whole(path)
  end

  local folder
  setup(function()
    folder = perigee.folder "verbs"
    perigee.write(own, "verbs/mine.lua")
  end)

  for verb, given in pairs {
    read = function() return { "read", "--record=PATH", "--catalog=" .. perigee.write_catalog { "issues" } } end,
    ["read of a stream of one's own"] = function()
      return { "read", "--record=PATH", "--scripts", folder, "--catalog=" .. perigee.write_catalog { "mine" } }
    end,
    check = function() return { "check", "--record=PATH" } end,
    ["try"] = function() return { "try", "issues", "--record=PATH" } end,
    repl = function() return { "repl", "--record=PATH" }, "print(streams.issues:pages():next())\n" end,
    ["repl's .record"] = function() return { "repl" }, ".record PATH\nprint(streams.issues:pages():next())\n" end,
    ["test --update"] = function() return { "test", folder, "--update" }, nil, folder .. "/mine.har" end,
  } do
    it(("by %s masks what the API alone names a secret"):format(verb), function()
      local text = recorded_by(given())
      local masked = [[{\"sentry:token\":\"***\",\"securityToken\":\"**\",\"webhookSecret\":\"**\",\"token\":\"*\"}]]
      assert.matches(masked, text, 1, true)
      assert.is_nil(text:find([["abc\"]], 1, true))
    end)
  end

  it("masks the usual names where no script has given others, and those that one gives from then on", function()
    local body = '[{"token":"abc","crumb":"de","Access_Token":"f"}]'
    local scenario = sentry.scenario { faults = {
      { fault = "status", status = 200, path = "issues", body = body, content_type = "application/json", times = -1 } } }
    local path = perigee.folder() .. "/names.har"
    local function texts()
      assert(recording.record(path))
      assert(http.get(scenario.url .. "/api/0/projects/acme/shop/issues/"))
      recording.record(nil)
      return json.decode(whole(path)).log.entries[1].response.content.text
    end
    assert.equal('[{"token":"***","crumb":"de","Access_Token":"*"}]', texts())
    recording.redact { "Crumb" }
    assert.equal('[{"token":"***","crumb":"**","Access_Token":"*"}]', texts())
  end)

  -- The one entry of a request that is sent so, answered with this body and these headers.
  local function exchanged(request, body, headers)
    local scenario = sentry.scenario { headers = headers, faults = {
      { fault = "status", status = 200, path = "issues", body = body, content_type = "application/json", times = -1 } } }
    local path = perigee.folder() .. "/" .. scenario.name .. ".har"
    assert(recording.record(path))
    request.url = scenario.url .. "/api/0/projects/acme/shop/issues/" .. (request.url or "")
    assert(http.request(request))
    recording.record(nil)
    local text = whole(path)
    return json.decode(text).log.entries[1], text
  end

  local NAMES = { "X-Auth-Token", "PRIVATE-TOKEN", "Job-Token", "X-Api-Key", "X-CSRFToken", "X-Session-Id", "X-Vault-Token",
    "X-Amz-Security-Token", "X-Client-Secret", "Ocp-Apim-Subscription-Key", "x-functions-key", "X-Csrf",
    "XSRF-Header" }
  local MEMBERS = { "access_token", "client_secret", "clientSecret", "sessionId", "session_id", "JSESSIONID", "PHPSESSID",
    "id_token", "api-key", "passphrase", "private_key", "client_assertion", "jwt", "passcode", "dbPwd", "signing_key" }

  it("masks headers that hold a secret by their names, of requests and responses", function()
    local headers, answered = {}, { Location = "https://b.example/?access_token=loc-1&page=2", Link = "<https://c.example/?a=1&"
      .. "private_token=link-1>; rel=\"next\"", ["Set-Cookie"] = "sid=cookie-value-1; Path=/; Max-Age=31536000" }
    headers["X-Next-Key"], headers["X-Key-Count"] = "page-9", "count-9" -- which are none
    for i, name in ipairs(NAMES) do
      headers[name] = ("asked-%d"):format(i)
      answered["Re-" .. name] = ("said-%d"):format(i)
    end
    headers.Session = "asked-0"
    headers["X-Sentry-Auth"] = "Sentry sentry_version=7, sentry_secret=5ecret"
    local entry, text = exchanged({ headers = headers }, "[]", answered)
    for _, value in ipairs { "asked-", "said-", "loc-1", "link-1", "cookie-value", "5ecret" } do
      assert.is_nil(text:find(value, 1, true), value)
    end
    assert.is_truthy(text:find("page-9", 1, true) and text:find("count-9", 1, true))
    assert.equal("https://b.example/?access_token=*****&page=2", entry.response.redirectURL)
    assert.is_truthy(text:find('<https://c.example/?a=1&private_token=******>; rel=\\"next\\"', 1, true), text)
    assert.is_truthy(text:find("sentry_version=7, sentry_secret=******", 1, true), text)
  end)

  it("masks parameters of queries and forms, and in URLs within URLs and bodies", function()
    for _, name in ipairs(MEMBERS) do
      local pair = name .. "=va%26l-1"
      local nested = pair:gsub("%%26", "."):gsub("=", "%%3D")
      local url = "?a=b&%s&to=https%%3A%%2F%%2Fx%%3F%s%%26c%%3Dd&e=f"
      local body = '[{"next":"https:\\/\\/h/?c=d\\u0026%s\\u0026e=f","g":"h"}]'
      local entry, text = exchanged({ method = "POST", url = url:format(pair, nested), body = "a=b&" .. pair .. "&c=d",
        headers = { ["Content-Type"] = "application/x-www-form-urlencoded" } }, body:format(pair))
      assert.is_nil(text:find("l-1", 1, true), text)
      assert.equal("a=b&" .. name .. "=********&c=d", entry.request.postData.text)
      assert.equal(body:format(name .. "=********"), entry.response.content.text)
      local masked = url:format(name .. "=********", name .. "%3D******")
      assert.equal(masked, entry.request.url:sub(-#masked))
    end
    local short = exchanged({ url = "?key=AIzaSyD-1&otp=12&keys=a&a_key=b" }, "[]")
    assert.matches("%?key=%*%*%*%*%*%*%*%*%*&otp=%*%*&keys=a&a_key=b$", short.request.url)
    local form = exchanged({}, "access_token=gho_16C7e42F&scope=repo&token_type=bearer")
    assert.equal("access_token=************&scope=repo&token_type=bearer", form.response.content.text)
  end)

  it("masks members of JSON whose names tell of a secret, and leaves tokens that turn pages", function()
    for _, name in ipairs(MEMBERS) do
      assert.equal(('[{"%s":"***"}]'):format(name), (recorded(('[{"%s":"abc"}]'):format(name))))
    end
    for _, name in ipairs { "nextPageToken", "$skiptoken", "next_token", "sync_token", "continuation-token", "session", "sid",
      "code", "key", "keys", "foreign_key" } do
      local body = ('[{"%s":"abc"}]'):format(name)
      assert.equal(body, (recorded(body)))
    end
  end)

  it("masks a value that was masked by its name wherever else it stands, in what is written from then on", function()
    local secrets_of_others = { header = "header-v4lue", bearer = "be4rer/value", cookie = "c00kie-value", query = "qu3ry value",
      member = "m3mber\\/value" }
    local first = exchanged({ url = "?client_secret=qu3ry%20value", headers = { ["X-Auth-Token"] = "header-v4lue",
      ["X-Authorization"] = "Bearer be4rer/value", Cookie = "a=b; c=c00kie-value" } },
      '[{"password":"m3mber\\/value","title":"m3mber\\u002fvalue and header-v4lue"}]')
    assert.equal('[{"password":"*************","title":"***************** and ************"}]', first.response.content.text)
    for _, value in pairs(secrets_of_others) do
      local plain = value:gsub("\\", "")
      local encoded = plain:gsub("[/ ]", { ["/"] = "%2F", [" "] = "%20" })
      local _, text = exchanged({ url = "?q=" .. encoded, headers = { ["X-Other"] = plain } },
        ('[{"a":"%s"}]'):format(value), { ["X-More"] = plain })
      for _, part in ipairs { plain, value, "v4lue", "be4rer", "c00kie", "qu3ry", "m3mber" } do
        assert.is_nil(text:find(part, 1, true), text)
      end
    end
  end)

  it("is replayed where it masked a value of a query", function()
    local scenario = sentry.scenario { faults = { { fault = "status", status = 200, path = "issues", body = '[{"id":"7"}]',
      content_type = "application/json", times = -1 } } }
    local url, path = scenario.url .. "/api/0/projects/acme/shop/issues/?access_token=v4lue&a=b", perigee.folder() .. "/query.har"
    assert(recording.record(path))
    assert(http.get(url))
    recording.record(nil)
    assert.is_nil(whole(path):find("v4lue", 1, true))
    assert(recording.replay(path))
    assert.equal('[{"id":"7"}]', assert(http.get(url)):text())
    assert(recording.replay(nil))
  end)

  it("masks thousands of values in a time that grows with them alone", function()
    assert_linear(function(count)
      local rows, plain = {}, {}
      for i = 1, count do
        rows[i] = ('{"token":"%032d","n":"a\\u002fb?a=b"}'):format(i)
        plain[i] = ('{"token":"%s","n":"a\\u002fb?a=b"}'):format(("*"):rep(32))
      end
      assert.equal("[" .. table.concat(plain, ",") .. "]", (recorded("[" .. table.concat(rows, ",") .. "]")))
    end, 20000)
  end)

  it("masks a body of any depth in a time that grows with it alone", function()
    assert_linear(function(depth)
      local deep = ("["):rep(depth) .. '{"token":' .. ("["):rep(depth) .. '"abc"'
      assert.equal((deep:gsub("abc", "***")), (recorded(deep)))
    end, 200000)
  end)

  it("keeps in base64 what is no text, and it is corrupt again in the same way", function()
    local scenario = sentry.scenario { data = FEW, faults = { { fault = "gzip_corrupt", path = "issues", times = -1 } } }
    local first, path = record(scenario, { "issues" })
    local content = assert(json.decode(whole(path))).log.entries[1].response.content
    assert.equal("base64", content.encoding)
    assert.equal(content.size, #assert(base64.decode(content.text)))
    local again = replay(path, scenario, { "issues" })
    assert.same({ 1, 1 }, { first.status, again.status })
    for _, result in ipairs { first, again } do
      assert.matches("corrupt", connector.errors(result, "issues")[1].message)
    end
  end)

  it("keeps failures, which then fail again in the same way", function()
    local scenario = sentry.scenario { data = FEW, faults = { { fault = "reset", path = "issues", times = -1 } } }
    local first, path = record(scenario, { "issues", "projects" })
    local again = replay(path, scenario, { "issues", "projects" })
    assert.same({ 1, 1 }, { first.status, again.status })
    assert.matches("%(cut%)", connector.errors(again, "issues")[1].message)
    assert.same(first.records "projects", again.records "projects")
  end)

  it("does not answer what it does not hold, and names the nearest that it does", function()
    local scenario = sentry.scenario { data = FEW }
    local _, path = record(scenario, { "events" })
    local result = replay(path, scenario, { "issues" })
    assert.equal(1, result.status)
    local message = connector.errors(result, "issues")[1].message
    assert.matches("the recording has no GET /.-/issues/", message)
    assert.matches("the nearest is GET /.-/events/", message)
  end)

  it("that is none is refused before anything is read", function()
    local scenario = sentry.scenario { data = FEW }
    for _, text in ipairs { "", "{", "[]", '{"log":{}}' } do
      local result = replay(perigee.write(text), scenario, { "events" })
      assert.equal(1, result.status, text)
      assert.equal("config_error", connector.errors(result)[1].failure_type)
      assert.equal(0, #result.records())
    end
    local absent = replay(perigee.folder() .. "/absent.har", scenario, { "events" })
    assert.matches("absent.har", connector.errors(absent)[1].message)
  end)

  it("that cannot be written is told of", function()
    local scenario = sentry.scenario { data = FEW }
    local result = connector.read(scenario, { "events" }, { words = { "--record", "/nowhere/x.har" } })
    assert.equal(1, result.status)
    assert.matches("/nowhere/x.har", connector.errors(result)[1].message)
  end)
end)
