local base64 = require "lib.base64"
local assert_linear = require "spec.support.linear"
local http = require "http"
local json = require "json"
local files = require "spec.support.files"
local perigee = require "spec.support.perigee"
local secrets = require "secrets"
local sentry = require "spec.support.sentry"
local tree = require "spec.support.tree"

local TOKEN = sentry.token
local SPEC = [[{"connectionSpecification": {"properties": {
  "token": {"airbyte_secret": true}, "name": {"type": "string"}, "off": {"airbyte_secret": false},
  "nested": {"properties": {"key": {"airbyte_secret": true}}},
  "list": {"items": {"properties": {"key": {"airbyte_secret": true}}}}}}}]]

local function take(config)
  return secrets.read(perigee.write(config), SPEC)
end

-- Any piece of the token that tells something of it.
local function assert_untold(text)
  for _, form in ipairs { TOKEN:reverse(), base64.encode("me:" .. TOKEN), TOKEN:gsub(".", function(c)
    return ("%%%02x"):format(c:byte())
  end) .. "" } do
    assert.is_nil(text:find(form:sub(5, 40), 1, true), text)
  end
  for length = #TOKEN, 10, -1 do
    assert.is_nil(text:find(TOKEN:sub(1, length), 1, true), text)
  end
end

local function assert_silent(result)
  assert_untold(table.concat(result.lines, "\n") .. "\n" .. result.err)
  return result
end

local function run(verb, place, overrides, ...)
  local config = sentry.config(place, overrides)
  local words = { verb, "--config", perigee.write(config), "--debug", "--retry-base=0.001", "--retry-attempts=2", ... }
  if verb == "read" then
    words[#words + 1] = "--catalog"
    words[#words + 1] = perigee.write_catalog { "events", { "issues", "incremental" }, "releases", "nothing" }
  end
  return assert_silent(perigee.run(words))
end

local function faulty(fault)
  fault.times = -1
  return sentry.scenario { data = { events = 3, issues = 3 }, faults = { fault } }
end

teardown(perigee.cleanup)

describe("the secrets of a config", function()
  it("are taken out before Lua sees it, and the rest stays as it was", function()
    local text = take '{ "name" : "a\\u0041", "token":"one", "big": 9007199254740993 , "off":"plain","x":[ ]}'
    assert.equal('{ "name" : "a\\u0041", "token":"<secret:token>", "big": 9007199254740993 , "off":"plain","x":[ ]}', text)
  end)

  it("are found wherever the spec marks them: nested, in lists, twice, spelled with escapes", function()
    local text = take [[{"nested":{"key":"two","name":"n"},"list":[{"key":"three"},{"key":"four"}],
      "token":"five","\u0074oken":"six"}]]
    for _, value in ipairs { "two", "three", "four", "five", "six" } do assert.is_nil(text:find(value, 1, true)) end
    local config = json.decode(text)
    local handles = { config.nested.key, config.list[1].key, config.list[2].key, config.token }
    for i, handle in ipairs(handles) do
      assert.matches("^<secret:.+>$", handle)
      for k = 1, i - 1 do assert.are_not.equal(handles[k], handle) end
    end
    assert.equal("n", config.nested.name)
  end)

  it("are the fields that the spec marks, which one file alone reads", function()
    local code = tree.files("runtime scripts", "%.[chl]u?a?$")
    local readers = tree.find(code, '"airbyte_secret"', "%.airbyte_secret")
    assert.same({ "runtime/secrets/secrets.c" }, { readers[1].path, readers[2] and readers[2].path })
  end)

  it("are no longer there when they are no text", function()
    for _, value in ipairs { "1234567890", "true", '["seven"]', '{"key":"seven"}' } do
      assert.equal('{"token":false}', take(('{"token":%s}'):format(value)))
    end
    assert.equal('{"token":null,"nested":{"key":""}}', take '{"token":null,"nested":{"key":""}}')
  end)

  it("are not told by the message about a config that is no JSON", function()
    for _, config in ipairs { '{"token":"eight', '{"token":"eight"', '{"token":"eight\xff"}', '"eight"}', '{"token": eight}' } do
      local text, message, code = take(config)
      assert.is_nil(text)
      assert.equal("malformed", code)
      assert.is_nil(message:find "eight")
    end
  end)
end)

describe("a secret", function()
  local place, other, handle

  local function ask(url, options)
    options = options or { headers = { Authorization = "Bearer " .. handle } }
    return http.get(url .. "/api/0/organizations/acme/", options)
  end

  before_each(function()
    place, other = sentry.scenario {}, sentry.scenario { own_port = true }
    handle = json.decode(take(('{"token":"%s"}'):format(TOKEN))).token
  end)

  it("is sent in a header to the origin that it was granted for", function()
    assert.is_true(secrets.grant(handle, place.url .. "/some/path"))
    assert.equal(200, ask(place.url).status)
    assert.is_true(place.log()[1].authorization)
  end)

  it("is refused to any other origin, and before it is granted", function()
    local function refused(url)
      local response, message, code = ask(url)
      assert.is_nil(response)
      assert.equal("refused", code)
      return message
    end
    local said = "a secret of the config was to be sent to a host that it is not for; it was not sent"
    assert.equal(said, refused(place.url))
    secrets.grant(handle, place.url)
    local function origin(url) return url:match "^%a+://[^/]+" end
    for _, url in ipairs { other.url, place.tls, (place.url:gsub("127.0.0.1", "localhost")) } do
      local why = (" (it is for %s alone, and not for %s; "):format(origin(place.url), origin(url))
      local message = refused(url)
      assert.equal(said .. why, message:sub(1, #said + #why))
    end
    assert.is_false(secrets.grant(handle, other.url))
    refused(other.url)
    assert.same({}, other.log())
    assert.same({}, place.log())
  end)

  it("is refused with both origins, where it was granted for two", function()
    assert.is_true(secrets.grant(handle, "https://sentry.io") and secrets.widen(handle, "https://de.sentry.io", "sentry.io"))
    local _, message = ask(place.url)
    assert.is_truthy(message:find("(it is for https://sentry.io:443 and https://de.sentry.io:443 alone", 1, true), message)
  end)

  it("does not follow a redirect to another origin", function()
    secrets.grant(handle, place.url)
    for _, to in ipairs { other.url .. "/api/0/organizations/acme/", "other" } do
      place.change { faults = { { fault = "redirect", to = to } } }
      assert.equal("redirect", select(3, ask(place.url)))
    end
    assert.same({}, other.log())
  end)

  it("is refused anywhere else, by its name: in an address, a query, a body", function()
    secrets.grant(handle, place.url)
    for _, request in ipairs {
      { url = place.url .. "?a=" .. handle }, { url = place.url, query = { a = "b" .. handle } },
      { url = place.url, method = "POST", body = '{"a":"' .. handle .. '"}' },
    } do
      local response, message, code = http.request(request)
      assert.same({ nil, "refused" }, { response, code })
      assert.matches("^the secret .* cannot stand in the %a+ of a request, and it was not sent; secrets stand in headers",
        message)
    end
    assert.is_not_nil(http.get(place.url, { query = { a = "<secret:of nobody>" } }))
    assert.equal(1, #place.log())
  end)

  it("is no Lua value when a server sends it back", function()
    secrets.grant(handle, place.url)
    place.change { headers = { ["X-Echo"] = "a " .. TOKEN }, faults = { { fault = "detail", detail = "b " .. TOKEN } } }
    local response = ask(place.url)
    assert.matches("^a <secret:token", response:header "X-Echo")
    assert.matches("b <secret:token", response:text())
  end)

  local function spelled_by(format)
    return function(text) return (text:gsub(".", function(c) return format:format(c:byte()) end)) end
  end

  local text_of_token = "to/ken+of=specs, 2nd" -- whose base64 differs in the two alphabets
  local forms = {
    ["percent-encoded"] = spelled_by "%%%02X", ["percent-encoded in lower case"] = spelled_by "%%%02x",
    ["percent-encoded where need be"] = function(text) return (text:gsub("[/+=, ]", spelled_by "%%%02X")) end,
    ["in a form"] = function(text) return (text:gsub(" ", "+")) end,
    ["percent-encoded twice"] = function(text) return (text:gsub("[/+=, ]", spelled_by "%%%02X"):gsub("%%", "%%25")) end,
    ["percent-encoded twice in lower case"] = function(text)
      return (text:gsub("[/+=, ]", spelled_by "%%%02x"):gsub("%%", "%%25"))
    end,
    ["in hexadecimal digits"] = spelled_by "%02x", ["in upper hexadecimal digits"] = spelled_by "%02X",
    reversed = string.reverse, ["with escapes of JSON"] = spelled_by "\\u%04x",
    ["reversed and percent-encoded"] = function(text) return spelled_by "%%%02X" (text:reverse()) end,
  }
  for _, before in ipairs { "", "a", "me", "me:", "\255\254:" } do
    for _, after in ipairs { "", "!", "~~" } do
      local name = ("in base64 between %d and %d bytes"):format(#before, #after)
      forms[name] = function(text) return base64.encode(before .. text .. after) end
      forms[name .. ", of URLs"] = function(text)
        return (base64.encode(before .. text .. after):gsub(".", { ["+"] = "-", ["/"] = "_", ["="] = "" }))
      end
    end
  end

  it("is masked percent-encoded, reversed, in hexadecimal digits and in base64, wherever in that it stands", function()
    handle = json.decode(take(('{"token":"%s"}'):format(text_of_token))).token
    for name, form in pairs(forms) do
      local body = "<a " .. form(text_of_token) .. " a>" -- the same for some forms: a fault that is used up is no new one then
      place.change { faults = { { fault = "status", status = 200, body = body, times = 100 } } }
      local text = ask(place.url, {}):text()
      local left, count = text:gsub("<secret:token[:0-9]*>", "")
      assert.equal(1, count, name .. ": " .. text)
      assert.is_true(#left <= #"<a  a>" + 10, name .. ": " .. text) -- the neighbours' digits
    end
  end)

  it("is masked in a time that grows with the text alone, however often and in whichever form it stands there", function()
    local repeats = "\\u0061" .. ("a"):rep(30) .. "bc"
    handle = json.decode(take(('{"token":"%s"}'):format(("a"):rep(31) .. "bc"))).token
    assert_linear(function(count)
      local body = repeats:rep(count) .. ("a"):rep(10 * count)
      place.change { faults = { { fault = "status", status = 200, body = body, times = 1 } } }
      assert.equal(#handle:rep(count) + 10 * count, #ask(place.url, {}):text())
    end, 100000)
  end)

  it("is no Lua value when it was sent back with JSON's escapes, and then decoded", function()
    handle = json.decode(take '{"token":"to/ken+of=specs"}').token
    local function spelled(c) return ("\\u%04X"):format(c:byte()) end
    for _, text in ipairs { "to\\/ken+of=specs", ("to/ken+of=specs"):gsub(".", spelled), "to/ken+of\\u003dspecs" } do
      place.change { faults = { { fault = "status", status = 200, body = '{"a":"b ' .. text .. '","' .. text .. '":1}' } } }
      local response = ask(place.url, {})
      local document = response:text()
      for _, decode in ipairs { json.decode, require "cjson".decode } do
        local key = next(decode(document), decode(document).a and "a")
        assert.equal("b " .. handle, decode(document).a)
        assert.is_true(key == nil or key == handle, key)
      end
      local page = response:page { single = true, fields = { "a" } }
      assert.matches("^b %*+$", json.decode((page:record(1))).a)
      assert.matches("^b %*+$", page:value "a")
    end
  end)

  it("cannot add headers by a line break, nor be cut by a zero", function()
    for _, value in ipairs { "x\\r\\nX-Evil: 1", "x\\n", "x\\u0000y", "x\\u007f" } do
      local evil = json.decode(take(('{"token":"%s"}'):format(value))).token
      secrets.grant(evil, place.url)
      local _, message, code = ask(place.url, { headers = { Authorization = "Bearer " .. evil } })
      assert.equal("refused", code)
      assert.matches("a line break or another control character; check the token in the config", message)
    end
    assert.same({}, place.log())
  end)
end)

describe("the token of a config", function()
  it("stands in no output when all is well, nor in a recording", function()
    local place = sentry.scenario { data = { events = 3 } }
    assert.equal("SUCCEEDED", run("check", place).of("CONNECTION_STATUS")[1].status)
    run("discover", place)
    local archive = perigee.folder() .. "/all.har"
    run("read", place, nil, "--record", archive)
    assert.is_true(place.log()[1].authorization)
    local text = files.read(archive)
    assert.matches("Authorization", text)
    assert_untold(text)
  end)

  it("stands in no message, however a server repeats it", function()
    local padded = ("x"):rep(190)
    for _, fault in ipairs {
      { fault = "status", status = 401, detail = "not " .. TOKEN },
      { fault = "status", status = 403, body = '{"detail":{"a":"' .. TOKEN:gsub("%-", "\\u002d") .. '"}}' },
      { fault = "status", status = 500, body = padded .. TOKEN, content_type = "text/plain" },
      { fault = "status", status = 404, body = "<html>" .. TOKEN, content_type = "text/html" },
      { fault = "detail", detail = TOKEN },
      { fault = "detail", detail = base64.encode("me:" .. TOKEN) },
      { fault = "detail", detail = TOKEN:reverse() },
      { fault = "detail", detail = TOKEN:gsub(".", function(c) return ("%%%02x"):format(c:byte()) end) },
      { fault = "html", body = TOKEN },
      { fault = "redirect", to = "http://other.example/?" .. padded:sub(1, 160) .. TOKEN },
    } do
      local archive = perigee.folder() .. "/" .. fault.fault .. (fault.status or "") .. ".har"
      local result = run("read", faulty(fault), nil, "--record", archive)
      assert.equal(1, result.status)
      run("check", faulty(fault))
      assert_untold(files.read(archive))
    end
  end)

  it("stays in records, which go out as they came, in whichever form", function()
    local texts = { TOKEN, TOKEN:reverse(), base64.encode("me:" .. TOKEN), (TOKEN:gsub("%-", "%%2D")) }
    local row = json.encode { id = "1", lastSeen = "2026-11-20T12:00:00Z", title = table.concat(texts, " ") }
    local last = '<http://a.example/?cursor=0:1:0>; rel="next"; results="false"; cursor="0:1:0"'
    local place = sentry.scenario { headers = { Link = last }, faults = { { fault = "status", status = 200, path = "issues",
      body = "[" .. row .. "]", content_type = "application/json", times = -1 } } }
    local result = perigee.run { "read", "--config", perigee.write(sentry.config(place)), "--catalog",
      perigee.write_catalog { "issues" } }
    assert.is_truthy(table.concat(result.lines, "\n"):find(row, 1, true), result.err .. table.concat(result.lines, "\n"))
  end)

  it("is asked for when it is missing, empty or no text, without being told", function()
    for _, value in ipairs { 1234567890, true, { "1234567890" }, { key = "1234567890" }, "" } do
      local result = run("check", sentry.scenario {}, { auth_token = value })
      local status = result.of("CONNECTION_STATUS")[1]
      assert.same({ "FAILED", 0 }, { status.status, result.status })
      assert.matches("auth_token must be a non%-empty string", status.message)
      assert.is_nil(table.concat(result.lines):find("1234567890", 1, true))
    end
  end)

  it("that ends in a line break is told of, not sent", function()
    local place = sentry.scenario {}
    local result = run("check", place, { auth_token = TOKEN .. "\n" })
    assert.matches("auth_token has a blank or a line break in it, which no token has", result.of("CONNECTION_STATUS")[1].message)
    assert.same({}, place.log())
  end)

  it("tells by its first letters what kind of token it is, and nothing else", function()
    local read = assert(json.decode((take { token = "sntryu_" .. TOKEN })))
    assert.equal("sntryu_", secrets.prefix(read.token, { "sntrys_", "sntryu_" }))
    assert.is_nil(secrets.prefix(read.token, { "sntrys_", "ntryu_" }))
    assert.is_nil(secrets.prefix("sntryu_", { "sntryu_" })) -- no handle
  end)

  it("is out of a stream script's reach", function()
    local folder = perigee.folder "thief"
    local script = [[
      local sentry = require "sentry"
      return { name = "thief", read = function(context)
        local config = context.config
        local _, message = require "http".get(%q, { headers = sentry.headers(config) })
        error(message .. "; " .. config.auth_token .. "; " .. require "json".encode(config))
      end, hosts = %q }]]
    local other = sentry.scenario { own_port = true }
    perigee.write(script:format(other.url, other.url:match "^http://[^/]+"), "thief/thief.lua")
    local result = assert_silent(perigee.run { "read", "--scripts", folder, "--config",
      perigee.write(sentry.config(sentry.scenario {})), "--catalog", perigee.write_catalog { "thief" } })
    local message = result.of("TRACE")[2].error.message
    assert.matches("to a host that it is not for; it was not sent %b(); <secret:auth_token>; {", message)
    assert.same({}, other.log())
  end)

  it("stands not on the command line, and no core file can hold it", function()
    local place = sentry.scenario { faults = { { fault = "stall_headers", times = -1 } } }
    local going = perigee.start { "read", "--config", perigee.write(sentry.config(place)), "--catalog",
      perigee.write_catalog { "events" } }
    perigee.wait_until(function() return place.log()[1] end)
    local seen = {}
    for _, name in ipairs { "cmdline", "limits" } do
      local file = assert(io.open(("/proc/%d/%s"):format(going.pid, name), "rb"))
      seen[name] = file:read "a"
      file:close()
    end
    going:kill "TERM"
    assert_silent(going:finish())
    assert_untold(seen.cmdline)
    assert.matches("read%z%-%-config%z", seen.cmdline)
    assert.matches("Max core file size +0 +0 ", seen.limits)
  end)
end)

describe("secrets of the environment", function()
  teardown(perigee.cleanup)

  it("are handles from the start, and are taken out of it", function()
    local result = perigee.interpret([[
      local secrets = require "secrets"
      local spec = [=[{"properties":{"auth_token":{"airbyte_secret":true},"organization":{}}}]=]
      print(secrets.environment({ auth_token = "A_TOKEN" }, spec))
      print(secrets.environment({ organization = "AN_ORGANIZATION", project = "NOT_SET", host = "EMPTY" }, spec))
      print(os.getenv "A_TOKEN", os.getenv "AN_ORGANIZATION", os.getenv "OTHER")
      for line in io.lines "/proc/self/environ" do print((line:find "the-secret-value")) end
    ]], { A_TOKEN = "the-secret-value", AN_ORGANIZATION = "acme \"1\"", EMPTY = "", OTHER = "stays" })
    assert.same({
      '{"auth_token":"<secret:auth_token>"}', '{"organization":"acme \\"1\\""}', "nil\tnil\tstays", "nil",
    }, result.lines)
  end)
end)
