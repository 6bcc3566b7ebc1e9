-- What check says of the way to a server: its address, TLS, and proxies.
local checked = require "spec.support.checked"
local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local raw_server = require "spec.support.raw_server"
local sentry = require "spec.support.sentry"

local assert_told, check = checked.assert_told, connector.check

describe("check, on its way to a server,", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = { events = 3, issues = 3, releases = 3 } } end)
  teardown(perigee.cleanup)

  it("tells of a certificate that nobody trusts", function()
    local message = assert_told(scenario, { config = { hostname = scenario.tls_untrusted } }, { "certificate", "ca_file" })
    assert.is_truthy(message:find("localhost", 1, true))
  end)

  it("tells of a certificate that is expired, and of one for another host", function()
    local trust = { SSL_CERT_FILE = scenario.ca }
    assert_told(scenario, { config = { hostname = scenario.tls_expired }, env = trust }, { "expired" })
    local wrong_host = { config = { hostname = scenario.tls_wrong_host }, env = trust }
    assert_told(scenario, wrong_host, { "certificate", "name 'localhost'" })
  end)

  it("trusts an authority of the config, or of the environment, and asks over TLS", function()
    local secured = sentry.scenario {}
    assert.equal("SUCCEEDED", (check(secured, { config = { hostname = secured.tls, ca_file = secured.ca } })))
    assert.equal("SUCCEEDED", (check(secured, { config = { hostname = secured.tls }, env = { SSL_CERT_FILE = secured.ca } })))
    for _, request in ipairs(secured.log()) do assert.equal("tls", request.via) end
  end)

  it("tells of a host that has no address, and of one where nobody listens", function()
    local nowhere = { config = { hostname = "nosuchhost.invalid" }, words = { "--check-budget=2" } }
    assert_told(scenario, nowhere, { "nosuchhost.invalid" })
    local closed = { config = { hostname = "http://127.0.0.1:1" } }
    assert_told(scenario, closed, { "127.0.0.1", "port 1", "check hostname, its port" })
  end)

  it("tells of a proxy that is not there, without repeating its password", function()
    local proxy = "http://someone:pass-word-1@127.0.0.1:1"
    local _, result = assert_told(scenario, { config = { proxy = proxy } }, { "proxy" })
    assert.is_nil(table.concat(result.lines):find("pass-word-1", 1, true))
  end)

  it("tells that NO_PROXY does not hold for a proxy of the configuration", function()
    for exempt, told in pairs { ["example.com, *"] = true, ["sentry.invalid"] = true, [".invalid"] = true, valid = false } do
      local config = { auth_token = "t", organization = "o", project = "p", hostname = "http://sentry.invalid",
        proxy = "http://127.0.0.1:1" }
      local result = perigee.run { "check", "--config", perigee.write(config), "--retry-attempts=1", env = { NO_PROXY = exempt } }
      local warned = table.concat(result.lines):find("NO_PROXY names sentry.invalid, but `proxy`", 1, true) ~= nil
      assert.equal(told, warned, exempt)
    end
  end)

  it("asks sentry.io where hostname is absent or empty, without http and without a path", function()
    for _, hostname in ipairs { false, "", "sentry.io", " https://sentry.io/ " } do
      local config = { auth_token = "t", organization = "o", project = "p", proxy = "http://127.0.0.1:1" }
      config.hostname = hostname or nil
      local result = perigee.run { "check", "--config", perigee.write(config), "--retry-attempts=1" }
      local status = result.of("CONNECTION_STATUS")[1]
      assert.is_truthy(status.message:find("https://sentry.io/api/0/", 1, true), status.message)
    end
  end)

  it("takes host:port for https, and a base URL with a prefix as it is", function()
    local bare = scenario.tls:match "^https://([^/]*)"
    local prefixed = sentry.scenario {}
    assert_told(scenario, { config = { hostname = bare, ca_file = scenario.ca } }, { "https://" .. bare .. "/api/0/ knows no" })
    local shouted = prefixed.url:gsub("^http", "HTTP")
    for _, hostname in ipairs { prefixed.url, prefixed.url .. "/", prefixed.url .. "/api/0/", shouted } do
      assert.equal("SUCCEEDED", (check(prefixed, { config = { hostname = hostname } })), hostname)
    end
  end)

  it("says what is wrong with a hostname, and repeats no password of it", function()
    for hostname, words in pairs {
      ["https:/sentry.io"] = "must have two slashes behind its scheme", ["http:///x"] = "must have two slashes",
      ["https//sentry.io"] = "must have two slashes behind its scheme",
      ["::1"] = "is an IPv6 address, which stands in brackets: [::1]",
      ["https://me:secret-4711@sentry.io"] = "holds a user or a password, which are never sent",
      ["me:secret-4711@sentry.io"] = "holds a user or a password", ["bücher.example"] = "has letters beyond ASCII",
    } do
      local _, result = assert_told(scenario, { config = { hostname = hostname } }, { "hostname " .. words })
      assert.is_nil(table.concat(result.lines):find("4711", 1, true))
    end
    assert_told(scenario, { config = { hostname = "[::1]:1" } }, { "https://[::1]:1/api/0/", "::1 port 1" })
  end)

  it("tells a wrong scheme apart from a certificate that is not trusted", function()
    raw_server.with(raw_server.response "400 Bad Request", function(server)
      local message = assert_told(scenario, { config = { hostname = "127.0.0.1:" .. server.port } },
        { "where plain http is spoken there, the address begins with http://" })
      assert.is_nil(message:find("certificate", 1, true), message)
    end)
    for _, page in ipairs { -- those of nginx, Go and Apache
      "<title>400 The plain HTTP request was sent to HTTPS port</title>", "Client sent an HTTP request to an HTTPS server.",
      "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.</p>",
    } do
      raw_server.with(raw_server.response("400 Bad Request", page), function(server)
        local at = "http://127.0.0.1:" .. server.port
        assert_told(scenario, { config = { hostname = at } }, { "wants TLS at this port; its address begins with https://" })
      end)
    end
  end)

  it("says of a server that gives no answer how far the requests came", function()
    raw_server.with(nil, function(server)
      for scheme, words in pairs {
        http = "it takes requests, and does not answer them", https = "it takes connections, and no TLS comes about",
      } do
        local at = ("%s://127.0.0.1:%d"):format(scheme, server.port)
        local message = assert_told(scenario, { config = { hostname = at }, words = { "--check-budget=2" } }, { words })
        assert.is_nil(message:find("check hostname", 1, true), message)
      end
    end)
  end)

  it("takes a proxy's errors for its own, over plain http, too", function()
    for status, words in pairs {
      ["407 Proxy Authentication Required"] = "is behind a proxy that wants a user and a password",
      ["502 Bad Gateway"] = "; the proxy may have answered so in its place",
    } do
      raw_server.with(raw_server.response(status), function(server)
        local proxy = "http://127.0.0.1:" .. server.port
        assert_told(scenario, { config = { hostname = "http://sentry.invalid", proxy = proxy } }, { words })
      end)
    end
  end)

  it("refuses a hostname that is none, and says what one looks like", function()
    for _, hostname in ipairs { "ftp://sentry.example.com", "http://", "sentry example", "me@sentry.io", "sentry.io?x=1" } do
      assert_told(scenario, { config = { hostname = hostname } }, { "hostname" })
    end
  end)

  it("sends the token to the configured host alone", function()
    local elsewhere = sentry.scenario {}
    local own = sentry.scenario { faults = { { fault = "redirect", to = elsewhere.tls, times = -1 } } }
    assert_told(own, nil, { "redirect" })
    assert.same({}, elsewhere.log())
  end)

  it("warns of plain http, and only of that", function()
    local config = { auth_token = "t", organization = "o", project = "p", proxy = "http://127.0.0.1:1" }
    for _, host in ipairs { "sentry.example", "127.0.0.1.example", "localhost.example:80" } do
      config.hostname = "http://" .. host
      local plain = perigee.run { "check", "--config", perigee.write(config), "--retry-attempts=1" }
      assert.equal("hostname asks for plain http: the token and all data travel unencrypted", connector.logs(plain, "WARN"))
    end
    local _, _, secure = check(scenario, { config = { hostname = scenario.tls, ca_file = scenario.ca } })
    assert.equal("", connector.logs(secure, "WARN"))
  end)

  it("does not warn of plain http where nothing leaves this machine", function()
    for _, host in ipairs { "127.0.0.1", "localhost", "[::1]" } do
      local hostname = scenario.url:gsub("//[^/:]*", "//" .. host)
      local _, _, plain = check(scenario, { config = { hostname = hostname } })
      assert.equal("", connector.logs(plain, "WARN"))
    end
  end)
end)
