local http = require "http"
local json = require "json"
local parallel = require "lib.parallel"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local EVENTS = "/api/0/projects/acme/web-frontend/events/"
local NOW = "2026-11-20T12:00:00Z"

-- A scenario with few events, the same each time; `more` are further keys.
local function scenario(more)
  local spec = { now = NOW, data = { events = 20 } }
  for key, value in pairs(more or {}) do spec[key] = value end
  return sentry.scenario(spec)
end

local function faulty(...)
  return scenario { faults = { ... } }
end

local function authorized(options)
  options = options or {}
  options.headers = options.headers or {}
  options.headers.Authorization = "Bearer " .. sentry.token
  return options
end

local function get(place, options)
  return http.get(place .. EVENTS, authorized(options))
end

-- The answer's body, of which everything must be there.
local function body(place)
  local response = assert(get(place))
  assert.equal(200, response.status)
  return assert(response:text())
end

-- Asks in a process of its own, with PERIGEE_… and other variables; returns what came: {status=, text=, message=, code=}.
local function ask(url, env, before)
  local result = perigee.interpret(([[
    local http, json = require "http", require "json"
    %s
    local options = { headers = { Authorization = "Bearer %s" } }
    local response, message, code = http.get(%q, options)
    if not response then return print(json.encode { message = message, code = code }) end
    local text, why, wrong = response:text()
    print(json.encode { status = response.status, text = text, message = why, code = wrong, version = response.version })
  ]]):format(before or "", sentry.token, url), env)
  assert.equal("", result.err)
  return json.decode(result.lines[1])
end

local function assert_failed(code, message, response, why, got)
  assert.is_nil(response)
  assert.equal(code, got)
  assert.matches(message, why)
end

teardown(perigee.cleanup)

describe("a request", function()
  it("sends its query encoded, names in order, lists repeated", function()
    local place = scenario()
    local asked = { b = "ä &=+/?#%", a = { "x", 2, true }, ["ü"] = "", z = 1.5, y = 9007199254740993 }
    local response = get(place.url, { query = asked })
    local query = "?a=x&a=2&a=true&b=%C3%A4%20%26%3D%2B%2F%3F%23%25&y=9007199254740993&z=1.5&%C3%BC="
    assert.equal(place.url .. EVENTS .. query, response.url)
    assert.same({ a = "true", b = "ä &=+/?#%", ["ü"] = "", z = "1.5", y = "9007199254740993" }, place.log()[1].query)
  end)

  it("adds its query to one that the address has", function()
    assert.matches("events/%?a=1&b=2$", http.get(scenario().url .. EVENTS .. "?a=1", { query = { b = 2 } }).url)
  end)

  it("says who asks, and asks for gzip alone", function()
    local place = scenario()
    get(place.url)
    local headers = place.log()[1].headers
    assert.matches("^perigee/%d+%.%d+%.%d+$", headers["user-agent"])
    assert.equal("gzip", headers["accept-encoding"])
  end)

  it("sends the headers and the method it is given", function()
    local place = scenario()
    local options = authorized { url = place.url .. EVENTS, method = "POST", body = '{"a":1}', headers = { Accept = "text/x" } }
    http.request(options)
    local request = place.log()[1]
    assert.same({ "POST", "text/x", true }, { request.method, request.headers.accept, request.authorization })
  end)

  it("refuses a header with a line break, and sends nothing", function()
    local place = scenario()
    for _, value in ipairs { "a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x7fb" } do
      assert_failed("refused", "a line break or another control character", get(place.url, { headers = { ["X-Test"] = value } }))
    end
    assert_failed("refused", "a line break", get(place.url, { headers = { ["X-Test: 1\r\nX-Evil"] = "1" } }))
    assert.same({}, place.log())
  end)

  it("refuses a method that would make another request of it", function()
    local place = scenario()
    for _, method in ipairs { "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET", "GET /", "" } do
      assert_failed("refused", "must be a word", http.request { url = place.url .. EVENTS, method = method })
    end
    assert.same({}, place.log())
  end)

  it("refuses options of a wrong type", function()
    local function with(options) return function() http.get("http://127.0.0.1:1/", options) end end
    assert.error_matches(with { query = "a=1" }, "query must be a table")
    assert.error_matches(with { query = { a = {} , b = { {} } } }, "the query's 'b' cannot be a table")
    assert.error_matches(with { query = { a = json.null } }, "the query's 'a' cannot be a userdata")
    assert.error_matches(with { query = { "a" } }, "one is a number")
    assert.error_matches(with { headers = "a: b" }, "headers must be a table")
    assert.error_matches(with { headers = { a = {} } }, "string expected, got table")
    assert.error_matches(function() http.get() end, "string expected, got no value")
  end)

  it("knows http and https alone", function()
    for _, url in ipairs { "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/" } do
      assert_failed("failed", "not supported or disabled", http.get(url))
      assert_failed("failed", "not supported or disabled", http.get(url, { endpoint = "paced" }))
    end
  end)

  it("waits while others ask: several are under way at once", function()
    local place = scenario { delay_ms = 100 }
    local began = require "clock".now()
    parallel({ 1, 2, 3, 4 }, 4, function() return get(place.url).status end)
    local took = (require "clock".now() - began) / 1e6
    assert.is_true(took < 0.3, ("%.3f s"):format(took))
  end)

  it("goes over the connection of the one before it", function()
    local place = scenario()
    for _ = 1, 3 do body(place.url) end
    local connections = {}
    for i, request in ipairs(place.log()) do connections[i] = request.connection end
    assert.same({ connections[1], connections[1], connections[1] }, connections)
  end)

  it("may be left behind, by a process that ends", function()
    local place = faulty { fault = "stall_headers" }
    local result = perigee.interpret(([[
      local tasks = require "tasks"
      local asking = tasks.spawn(require "http".get, %q)
      print(select(3, asking:join(0.05)))
    ]]):format(place.url .. EVENTS))
    assert.same({ { "timeout" }, 0, "" }, { result.lines, result.status, result.err })
  end)
end)

describe("an answer", function()
  it("has status, headers in any case, and the address it came from", function()
    local place = scenario { headers = { ["X-Test"] = "  a: b  " } }
    local response = get(place.url)
    assert.same({ 200, "1.1" }, { response.status, response.version })
    assert.same({ "a: b", "a: b" }, { response:header "x-TEST", response:header "X-Test" })
    assert.is_nil(response:header "X-Tes")
    assert.is_nil(response:header "X-Test2")
    assert.equal(place.url .. EVENTS, response.url)
    assert.is_true(response.bytes > 0 and response.ms >= 0)
  end)

  it("comes with its headers alone when it is asked for early, and then waits for its body", function()
    local place = faulty { fault = "slow", rate = 4000 }
    local response = assert(get(place.url, { early = true }))
    assert.same({ 200, "application/json" }, { response.status, response:header "Content-Type" })
    assert.error_matches(function() response:text() end, "still on its way; response:wait%(%) waits for it")
    assert.equal(response, response:wait())
    assert.is_true(json.valid(assert(response:text())))
    assert.equal(response, response:wait())
  end)

  it("that came early may still be cut", function()
    local response, message, code = get(faulty { fault = "cut", fraction = 0.5 }.url, { early = true })
    if response then response, message, code = response:wait() end -- else both were noticed at once
    assert_failed("cut", "", response, message, code)
  end)

  it("is not early where a redirect leads elsewhere first", function()
    local response = assert(get(faulty { fault = "redirect", to = "same" }.url, { early = true }))
    assert.equal(200, response.status)
    assert.is_true(json.valid(assert(assert(response:wait()):text())))
  end)

  it("may have any status, and has its body then too", function()
    local response = get(faulty { fault = "status", status = 503, body = "busy" }.url)
    assert.same({ 503, "busy" }, { response.status, response:text() })
  end)

  it("is the same whole text, compressed or not, chunked or not", function()
    local plain = body(scenario { gzip = false }.url)
    assert.is_true(json.valid(plain))
    local packed = scenario()
    assert.equal(plain, body(packed.url))
    assert.is_true(get(packed.url).bytes < #plain / 2)
    assert.equal(plain, body(scenario { chunked = true }.url))
    assert.equal(plain, body(scenario { gzip = "identity" }.url))
  end)

  it("may be empty", function()
    assert.equal("", body(faulty { fault = "empty" }.url))
  end)

  it("is corrupt when its gzip is cut, damaged, or none", function()
    for _, fault in ipairs {
      { fault = "gzip_cut" }, { fault = "gzip_cut", fraction = 0.99 }, { fault = "gzip_cut", fraction = 0.01 },
      { fault = "gzip_corrupt" }, { fault = "gzip_corrupt", where = "crc" }, { fault = "not_gzip" },
    } do
      local response = get(faulty(fault).url)
      assert_failed("corrupt", "gzip is cut or corrupt", response:text())
      assert_failed("corrupt", "gzip is cut or corrupt", response:page {})
    end
  end)

  it("stays a response when its body turns out to be corrupt", function()
    local response = get(faulty { fault = "gzip_corrupt" }.url)
    assert_failed("corrupt", "gzip is cut or corrupt", response:text())
    assert.equal(response, (response:wait()))
    assert.equal(200, response.status)
  end)

  it("has its headers by their names, without the white space around them, and no status line among them", function()
    local headers = get(scenario { headers = { ["X-Two"] = " a: b ", ["X-Empty"] = "" } }.url):headers()
    assert.same({ "a: b", "" }, { headers["X-Two"], headers["X-Empty"] })
    for name in pairs(headers) do assert.is_nil(name:find "[ /:]", name) end
  end)

  it("is refused when it is encoded in a way that was not asked for", function()
    local place = scenario { gzip = false, headers = { ["Content-Encoding"] = "br" } }
    assert_failed("corrupt", "encoded as br, which was not asked for", get(place.url):text())
  end)

  it("is too large when it inflates like no page does", function()
    local response = get(faulty { fault = "gzip_bomb", bytes = 40 << 20 }.url)
    assert.is_true(response.bytes < 1 << 20)
    assert_failed("too_large", "inflates beyond the limit", response:text())
  end)

  it("is too large beyond the limit, whether that is announced, sent in chunks, or inflated", function()
    local env = { PERIGEE_MAX_BODY = "5000" }
    for _, place in ipairs { faulty { fault = "huge", bytes = 100000 }, scenario { gzip = false, chunked = true }, scenario() } do
      local answer = ask(place.url .. EVENTS, env)
      assert.equal("too_large", answer.code)
      assert.matches("the limit for a body", answer.message)
    end
    local whole = body(scenario().url)
    for _, gzip in ipairs { true, false } do
      local url = scenario { gzip = gzip }.url .. EVENTS
      assert.equal(whole, ask(url, { PERIGEE_MAX_BODY = tostring(#whole) }).text)
      assert.equal("too_large", ask(url, { PERIGEE_MAX_BODY = tostring(#whole - 1) }).code)
    end
  end)

  it("stays until the last of its pages is closed, and longer where it is kept", function()
    local response = get(scenario { gzip = false }.url)
    local first, second = assert(response:page {}), assert(response:page {})
    first:close()
    first:close()
    assert.matches("^{.*}$", (second:record(second:count())))
    second:close()
    assert_failed("failed", "freed when its page was closed", response:text())
    local kept = get(scenario { gzip = false }.url):keep()
    assert(kept:page {}):close()
    assert.equal("string", type(kept:text()))
  end)

  it("is cut when less comes than was announced, and no JSON when more does", function()
    assert_failed("cut", "", get(faulty { fault = "content_length", by = 10 }.url))
    local place = scenario { gzip = false, faults = { { fault = "content_length", by = -10 } } }
    assert_failed("malformed", "^byte %d+: ", get(place.url):page {})
  end)

  it("is cut when the connection ends or is reset before its end", function()
    for _, fault in ipairs { { fault = "cut" }, { fault = "cut", bytes = 0 }, { fault = "cut_headers" }, { fault = "reset" },
      { fault = "reset", fraction = 0.5 } } do
      assert_failed("cut", ".", get(faulty(fault).url))
    end
  end)
end)

describe("a redirect", function()
  it("within the origin is followed, with query and headers, for every status", function()
    for _, status in ipairs { 301, 302, 303, 307, 308 } do
      local place = faulty { fault = "redirect", status = status, times = 2 }
      local response = get(place.url, { query = { a = "ä b" } })
      assert.same({ 200, place.url .. EVENTS .. "?a=%C3%A4%20b" }, { response.status, response.url })
      assert.equal(3, #place.log())
      assert.is_true(place.log()[3].authorization)
    end
  end)

  it("may name a path alone", function()
    local place = faulty { fault = "redirect", to = "path", path_to = "../issues/?limit=1" }
    assert.equal(place.url .. "/api/0/projects/acme/web-frontend/issues/?limit=1", get(place.url).url)
  end)

  it("to another host, port, scheme or kind of address is not followed", function()
    local other = scenario { own_port = true }
    for _, to in ipairs { "other", other.url .. EVENTS, "https://127.0.0.1:1/", "//127.0.0.2/", "file:///etc/passwd" } do
      local place = faulty { fault = "redirect", to = to }
      assert_failed("redirect", "status 302 sends to .*not followed: another origin", get(place.url))
      assert.equal(1, #place.log())
    end
    assert.same({}, other.log())
  end)

  it("from TLS to plain text is not followed", function()
    local place = faulty { fault = "redirect", to = "plain" }
    assert.equal("redirect", ask(place.tls .. EVENTS, { SSL_CERT_FILE = place.ca }).code)
    assert.equal(1, #place.log())
  end)

  it("is followed five times and no more", function()
    assert.equal(200, get(faulty { fault = "redirect", times = 5 }.url).status)
    local place = faulty { fault = "redirect", times = -1 }
    assert_failed("redirect", "one redirect too many", get(place.url))
    assert.equal(6, #place.log())
  end)
end)

describe("a time-out", function()
  local env = { PERIGEE_CONNECT_TIMEOUT = "0.1", PERIGEE_FIRST_BYTE_TIMEOUT = "0.1", PERIGEE_STALL_TIMEOUT = "0.1" }

  it("ends connecting, the TLS handshake included", function()
    local url = "https://127.0.0.1:" .. sentry.start().http -- it answers no TLS greeting
    local answer = ask(url, env)
    assert.equal("connect", answer.code)
    assert.matches("timed? ?out", answer.message)
  end)

  it("ends waiting for the first byte", function()
    for _, fault in ipairs { { fault = "stall_headers" }, { fault = "delay", ms = 1000 } } do
      local answer = ask(faulty(fault).url .. EVENTS, env)
      assert.same({ code = "timeout", message = "no response within 0.1 s" }, answer)
    end
  end)

  it("ends a body that stops, and one that trickles", function()
    for _, fault in ipairs { { fault = "stall_body" }, { fault = "slow", rate = 1 }, { fault = "slow", rate = 1000 } } do
      local answer = ask(faulty(fault).url .. EVENTS, env)
      assert.equal("stall", answer.code)
      assert.matches("stalled after %d+ bytes: under 1024 bytes in 0.1 s", answer.message)
    end
  end)

  it("lets a slow body come to its end, however long that takes, and however late it began", function()
    local held = { data = { events = 4 }, gzip = false }
    local expected = body(scenario(held).url)
    held.delay_ms, held.faults = 300, { { fault = "slow", rate = 9000 } }
    assert.equal(expected, ask(scenario(held).url .. EVENTS, { PERIGEE_STALL_TIMEOUT = "0.25" }).text)
  end)
end)

describe("a host that cannot be reached", function()
  it("is named for what it is", function()
    assert_failed("dns", "resolve host", http.get("http://" .. ("x"):rep(64) .. ".invalid/"))
    assert_failed("connect", "connect", http.get "http://127.0.0.1:1/")
  end)
end)

describe("TLS", function()
  local ca

  setup(function() ca = sentry.start().ca end)

  it("trusts what http.trust names, a file or the text of one, and what the environment names", function()
    local place = scenario()
    local text = assert(io.open(ca)):read "a"
    local folder = perigee.folder "authorities"
    assert(os.execute(("cp %s %s/ca.pem && openssl rehash %s"):format(ca, folder, folder)))
    for _, case in ipairs {
      { before = ("http.trust(%q)"):format(ca) }, { before = ("http.trust(%q)"):format(text) },
      { env = { SSL_CERT_FILE = ca } }, { env = { CURL_CA_BUNDLE = ca } }, { env = { SSL_CERT_DIR = folder } },
    } do
      local answer = ask(place.tls .. EVENTS, case.env, case.before)
      assert.equal(200, answer.status, answer.message)
    end
  end)

  it("fails on no trust, another host's name, a certificate's end, and a file of trust that is not there", function()
    local place, env = scenario(), { SSL_CERT_FILE = ca }
    for message, answer in pairs {
      ["unable to get local issuer certificate"] = ask(place.tls .. EVENTS),
      ["unable to get local issuer certificate$"] = ask(place.tls_untrusted .. EVENTS, env),
      ["certificate has expired"] = ask(place.tls_expired .. EVENTS, env),
      ["no alternative certificate subject name matches"] = ask(place.tls_wrong_host .. EVENTS, env),
      ["/none.pem"] = ask(place.tls .. EVENTS, { SSL_CERT_FILE = "/none.pem" }),
    } do
      assert.equal("tls", answer.code, answer.message)
      assert.matches(message, answer.message)
    end
    assert.same({}, place.log())
  end)
end)

describe("a proxy", function()
  it("of the environment or of the config is asked for everything", function()
    local place = scenario()
    local proxy = "http://127.0.0.1:" .. sentry.start().http
    local url = place.url:gsub("127.0.0.1:%d+", "sentry.invalid") .. EVENTS
    assert.equal(200, ask(url, { http_proxy = proxy }).status)
    assert.equal(200, ask(url, nil, ("http.use_proxy(%q)"):format(proxy)).status)
    assert.equal("sentry.invalid", place.log()[2].headers.host)
  end)

  it("whose address is none is told of without it: a password may stand there", function()
    for _, proxy in ipairs { "http://me:pass word@127.0.0.1:1", "none://me:password@127.0.0.1:1" } do
      local answer = ask("http://sentry.invalid/", { http_proxy = proxy })
      assert.matches("^the proxy's address is none that can be used", answer.message)
      assert.equal("refused", answer.code) -- which is not asked again
    end
  end)

  it("that refuses, or is not reached, is told of as a proxy", function()
    local refusing = ask("https://sentry.invalid/", { https_proxy = "http://127.0.0.1:" .. sentry.start().http })
    assert.same({ "proxy", "CONNECT tunnel failed, response 404" }, { refusing.code, refusing.message })
    local absent = ask("http://sentry.invalid/", nil, 'http.use_proxy "http://127.0.0.1:1"')
    assert.equal("proxy", absent.code)
    assert.matches("127.0.0.1 port 1", absent.message)
    assert.equal("proxy", ask("http://sentry.invalid/", nil, ('http.use_proxy "http://%s.invalid"'):format(("x"):rep(64))).code)
  end)
end)
