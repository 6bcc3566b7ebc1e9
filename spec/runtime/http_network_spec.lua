-- What lies between a request and its response: redirects, time-outs, hosts, TLS and proxies.
local exchanges = require "spec.support.exchanges"
local http = require "http"
local perigee = require "spec.support.perigee"
local raw_server = require "spec.support.raw_server"
local sentry = require "spec.support.sentry"

local EVENTS = exchanges.EVENTS
local scenario, faulty, get = exchanges.scenario, exchanges.faulty, exchanges.get
local body, ask, assert_failed = exchanges.body, exchanges.ask, exchanges.assert_failed

teardown(perigee.cleanup)

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
  it("ends connecting, the TLS handshake included", function()
    local url = "https://127.0.0.1:" .. sentry.start().http -- it answers no TLS greeting
    local answer = ask(url, { PERIGEE_CONNECT_TIMEOUT = "0.1" })
    assert.equal("connect", answer.code)
    assert.matches("timed? ?out[^;]*; where plain http is spoken there, the address begins with http://$", answer.message)
  end)

  it("ends waiting for the first byte", function()
    for _, fault in ipairs { { fault = "stall_headers" }, { fault = "delay", ms = 60000 } } do
      local answer = ask(faulty(fault).url .. EVENTS, { PERIGEE_FIRST_BYTE_TIMEOUT = "0.1" })
      assert.same({ code = "timeout", message = "no response within 0.1 s" }, answer)
    end
  end)

  it("ends a body that stops, and one that trickles", function()
    for _, fault in ipairs { { fault = "stall_body" }, { fault = "slow", rate = 1 }, { fault = "slow", rate = 1000 } } do
      local answer = ask(faulty(fault).url .. EVENTS, { PERIGEE_STALL_TIMEOUT = "0.1" })
      assert.equal("stall", answer.code)
      assert.matches("stalled after %d+ bytes?: under 1024 bytes in 0.1 s", answer.message)
    end
  end)

  it("does not count what this process spends on something else, such as a disk that is slow to take what came", function()
    local result = perigee.interpret(([[
      local tasks = require "tasks"
      local asking = tasks.spawn(require "http".get, %q)
      tasks.sleep(0.3) -- the request goes out
      os.execute "sleep 3.5"
      local response, message = asking:join(60)
      print(response and response.status or message)
    ]]):format(faulty({ fault = "delay", ms = 4000 }).url .. EVENTS), { PERIGEE_FIRST_BYTE_TIMEOUT = "2.5" })
    assert.same({ "401" }, result.lines, result.err)
  end)

  it("lets a slow body come to its end, however long that takes, and however late it began", function()
    local held = { data = { events = 25 }, gzip = false }
    local expected = body(scenario(held).url)
    assert.is_true(#expected > 16000, #expected)
    held.delay_ms, held.faults = 2500, { { fault = "slow", rate = 4000 } } -- thrice the time-out; 7 KiB more than it wants
    assert.equal(expected, ask(scenario(held).url .. EVENTS, { PERIGEE_STALL_TIMEOUT = "2" }).text)
  end)
end)

describe("a host that cannot be reached", function()
  it("is named for what it is", function()
    assert_failed("dns", "resolve host", http.get("http://" .. ("x"):rep(64) .. ".invalid/"))
    assert_failed("connect", "connect", http.get "http://127.0.0.1:1/")
  end)

  it("and speaks plain http where TLS was meant, or TLS where plain http was, may have been given the wrong scheme", function()
    raw_server.with(raw_server.response "400 Bad Request", function(server)
      local answer = ask(("https://127.0.0.1:%d/"):format(server.port))
      assert.equal("scheme", answer.code)
      assert.matches("; where plain http is spoken there, the address begins with http://$", answer.message)
    end)
    raw_server.with("\21\3\1\0\2\2\10", function(server) -- the alert of RFC 8446 that a server sends for what is no TLS
      assert.matches("; where TLS is spoken there, the address begins with https://$",
        ask(("http://127.0.0.1:%d/"):format(server.port)).message)
    end)
    local place = scenario()
    assert.matches("; where TLS is spoken there, the address begins with https://$",
      ask((place.tls:gsub("^https", "http")) .. EVENTS).message)
  end)

  it("and has answered before was given the right scheme", function()
    local place = faulty { fault = "reset", bytes = 0, path = "events" }
    local first = ("http.get(%q, { headers = { Authorization = 'Bearer %s' } })"):format(
      place.url .. "/api/0/organizations/acme/", sentry.token)
    local answer = ask(place.url .. EVENTS, nil, first)
    assert.equal("cut", answer.code)
    assert.is_nil(answer.message:find("https://", 1, true), answer.message)
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

  it("says by its status what it lacks", function()
    for status, words in pairs {
      ["407 Proxy Authentication Required"] = "status 407: it wants a user and a password; a proxy with both is written ",
      ["502 Bad Gateway"] = "status 502: it does not reach the host; check the host's name",
    } do
      raw_server.with(raw_server.response(status), function(server)
        local answer = ask("https://sentry.invalid/", nil, ("http.use_proxy 'http://127.0.0.1:%d'"):format(server.port))
        assert.equal("proxy", answer.code)
        assert.is_truthy(answer.message:find(words, 1, true), answer.message)
      end)
    end
  end)

  it("of the config is asked for hosts, too, that the environment would ask without one", function()
    local place = scenario()
    local env = { NO_PROXY = "127.0.0.1", no_proxy = "127.0.0.1" }
    assert.equal("proxy", ask(place.url .. EVENTS, env, 'http.use_proxy "http://127.0.0.1:1"').code)
    assert.equal(200, ask(place.url .. EVENTS, { http_proxy = "http://127.0.0.1:1", no_proxy = "127.0.0.1" }).status)
  end)

  it("that refuses, or is not reached, is told of as a proxy", function()
    local refusing = ask("https://sentry.invalid/", { https_proxy = "http://127.0.0.1:" .. sentry.start().http })
    assert.equal("proxy", refusing.code)
    assert.matches("^the proxy answered with status 404: it does not connect to this host; check the proxy", refusing.message)
    local absent = ask("http://sentry.invalid/", nil, 'http.use_proxy "http://127.0.0.1:1"')
    assert.equal("proxy", absent.code)
    assert.matches("^the proxy is not reached: .*127.0.0.1 port 1.*; check the proxy's address$", absent.message)
    assert.equal("proxy", ask("http://sentry.invalid/", nil, ('http.use_proxy "http://%s.invalid"'):format(("x"):rep(64))).code)
  end)
end)
