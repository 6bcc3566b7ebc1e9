local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local refusals = require "spec.support.refusals"
local sentry = require "spec.support.sentry"

teardown(perigee.cleanup)

local NAME = "asking"

-- A stream that asks one address when its headers are made, and ends with what came of it.
local function asking(url, more)
  return ([[
    local function read(context)
      local http, config = require "http", context.config

      local response, message, code = http.request { url = %q, method = %q, headers = %s }
      error(response and "status " .. response.status or code .. ": " .. message)
    end
    return { name = "%s", primary_key = "id", read = read %s }]]):format(url, more.method or "GET",
    more.headers or "{}", NAME, more.hosts and ", hosts = " .. more.hosts or "")
end

-- What came of it; `given`: hosts (text of the script's), granted (a list in the configuration: the script is pasted),
-- headers (text), secrets, proxy.
local function ask(place, url, given)
  local script, words, config = asking(url, given), {}, { secrets = given.secrets, proxy = given.proxy }
  if given.granted then
    config.custom_streams = { { name = NAME, script = script, hosts = given.granted } }
  else
    words = { "--scripts", perigee.folder "grants" }
    perigee.write(script, "grants/" .. NAME .. ".lua")
  end
  for _, word in ipairs(given.words or {}) do words[#words + 1] = word end
  local result = connector.read(place, { NAME }, { words = words, config = config, env = given.env })
  return connector.errors(result, NAME)[1].message, result
end

local function origin(place) return place.url:match "^http://[^/]+" end

local function assert_says(wanted, message)
  assert.truthy(message:find(wanted, 1, true), message)
end

-- A name that leads to a loopback address without being one, as many machines have it in /etc/hosts.
local function name_of_this_machine()
  for _, name in ipairs { "$(hostname)", "ip6-localhost", "localhost.localdomain" } do
    local pipe = assert(io.popen(("echo %s; getent ahosts %s"):format(name, name)))
    local known = pipe:read "l"
    local address = pipe:read "l" or ""
    pipe:close()
    if address:find "^127%." or address:find "^::1 " then return known end
  end
end

describe("a stream of the user's own", function()
  local place, other, path

  before_each(function()
    place, other = sentry.scenario {}, sentry.scenario { own_port = true }
    path = other.url .. "/api/0/organizations/acme/"
  end)

  it("may ask the configured host", function()
    assert_says("status 200", (ask(place, place.url .. "/api/0/projects/", {
      headers = "{ Authorization = 'Bearer ' .. config.auth_token }" })))
  end)

  it("may ask no other host, and is told how that is granted", function()
    for _, url in ipairs { path, (path:gsub("127.0.0.1", "localhost")), "https://sentry.io/", "http://169.254.169.254/latest/",
      "http://[::1]:80/", (place.url:gsub("http://", "http://user@"):gsub("127.0.0.1", "127.0.0.2")) } do
      local message = ask(place, url, {})
      assert_says("asking.lua:5: refused: ", message)
      assert_says(" is not granted to this stream and was not asked; put it into `hosts` in its script", message)
    end
    assert_says("refused: http://127.0.0.1:1 is not granted to this stream and was not asked; put it into the `hosts` of its "
      .. "entry in custom_streams", (ask(place, "http://127.0.0.1:1/", { granted = {} })))
    assert_says("file:///etc/passwd is no address of http or https", (ask(place, "file:///etc/passwd", {})))
    assert_says("gopher://127.0.0.1/x is no address of http or https", (ask(place, "gopher://127.0.0.1/x", {})))
    assert.same({}, other.log())
  end)

  it("may ask the hosts that its file names, or its entry in the configuration", function()
    local hosts = ("{ 'api.example.com', %q }"):format(origin(other))
    assert_says("status 401", (ask(place, path, { hosts = hosts })))
    assert_says("status 401", (ask(place, path, { granted = { "api.example.com", origin(other) } })))
    assert.equal(2, #other.log())
  end)

  it("grants itself nothing when its script stands in the configuration", function()
    local hosts = ("{ %q }"):format(origin(other))
    assert_says("refused: " .. origin(other) .. " is not granted", (ask(place, path, { granted = {}, hosts = hosts })))
    assert.same({}, other.log())
  end)

  it("means https and its port by a host's name alone", function()
    assert_says("is not granted", (ask(place, "http://api.example.com/", { hosts = "'api.example.com'" })))
    assert_says("is not granted", (ask(place, "https://api.example.com:8443/", { hosts = "'api.example.com'" })))
    assert_says("is not granted", (ask(place, "https://api.example.com.evil.example/", { hosts = "'api.example.com'" })))
  end)

  it("cannot grant itself more once it runs", function()
    local script = [[
      return { name = "asking", primary_key = "id", hosts = "api.example.com", read = function(context)
        require "host".grant { "%s" }
        require "tasks".sleep(1)
      end }]]
    perigee.write(script:format(origin(other)), "grants/asking.lua")
    local result = connector.read(place, { NAME }, { words = { "--scripts", perigee.folder "grants" } })
    assert_says("said to its parent what cannot be understood", connector.errors(result, NAME)[1].message)
  end)

  it("is not led to another host by a redirect", function()
    place.change { faults = { { fault = "redirect", to = path, times = -1 } } }
    assert_says("redirect: status 302 sends to " .. path .. ", which is not followed: another origin",
      (ask(place, place.url .. "/api/0/projects/", { hosts = ("{ %q }"):format(origin(other)) })))
    assert.same({}, other.log())
  end)

  it("is not led to this machine by a name that was granted", function()
    local name = name_of_this_machine()
    if not name then return pending "no name is known here that leads to this machine and does not say so" end
    local granted = ("http://%s:%d"):format(name, other.port)
    local message = "refused: the host's name leads to an address of this machine or of its own link"
    assert_says(message, (ask(place, granted .. "/", { hosts = ("{ %q }"):format(granted) })))
    assert_says(message, (ask(place, granted .. "/", { granted = { granted } })))
    assert.same({}, other.log())
    local config = { hostname = (place.url:gsub("127.0.0.1", name)) } -- but the configured one may be called so
    perigee.write([[return { name = "asking", path = "organizations/{organization}/releases/", primary_key = "id" }]],
      "grants/asking.lua")
    local read = connector.read(place, { NAME }, { words = { "--scripts", perigee.folder "grants" }, config = config })
    assert.equal(30, #read.records(NAME), table.concat(read.lines, "\n"))
  end)

  it("is led by no name to this machine, its link or its cloud, however the address is written", function()
    if not refusals.possible then return pending "the sanitizers' libraries have to come before a preloaded one" end
    -- RFC 4291 (mapped, loopback, link-local), RFC 6052 and 8215 (translators), RFC 3056 (tunnel), Amazon's documented fd00:ec2.
    for _, address in ipairs { "127.0.0.2", "0.0.0.0", "169.254.169.254", "::1", "::", "fe80::1", "fd00:ec2::254", "fd00:ec2::23",
      "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::169.254.169.254", "2002:a9fe:a9fe::1" } do
      local message = ask(place, "http://api.example.com:81/", { hosts = "{ 'http://api.example.com:81' }",
        env = refusals.environment { names = address } })
      assert_says("refused: the host's name leads to an address of this machine or of its own link", address .. " " .. message)
    end
    -- A neighbour is asked: a private network's are not refused.
    local message = ask(place, "http://api.example.com:81/", { hosts = "{ 'http://api.example.com:81' }",
      env = refusals.environment { names = "64:ff9b:2::1" }, words = { "--connect-timeout", "1" } })
    assert.is_nil(message:find("leads to an address", 1, true), message)
  end)

  it("may ask a name through a proxy on this machine, which connects in its place", function()
    local hosts = "{ 'http://api.example.com' }"
    local message = ask(place, "http://api.example.com/api/0/", { hosts = hosts,
      env = { http_proxy = origin(other), no_proxy = "127.0.0.1" } })
    assert.is_nil(message:find("leads to an address of this machine", 1, true), message)
    assert.matches("status %d+", message)
  end)

  describe("on a platform whose network is not the user's (DEPLOYMENT_MODE=CLOUD)", function()
    local CLOUD = { DEPLOYMENT_MODE = "cloud" }
    local REFUSED = "refused: the host leads to an address of this machine or of a private network, and "
      .. "DEPLOYMENT_MODE=CLOUD keeps streams of your own from such"

    it("asks no private address, however it is granted", function()
      -- By RFC 6890: shared, private and link-local addresses of both families, and IPv4 ones within IPv6.
      for _, host in ipairs { "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.0.1", "100.64.0.1", "198.18.0.1",
        "127.0.0.1", "169.254.169.254", "0.0.0.0", "240.0.0.1", "[fd00::1]", "[fe80::1]", "[::1]", "[::]", "[fec0::1]",
        "[::ffff:10.0.0.1]", "[64:ff9b::10.0.0.1]", "[2002:0a00:0001::1]" } do
        local granted = ("http://%s:81"):format(host)
        assert_says(REFUSED, (ask(place, granted .. "/", { granted = { granted }, env = CLOUD })))
      end
      assert_says(REFUSED, (ask(place, path, { hosts = ("{ %q }"):format(origin(other)), env = CLOUD })))
      local here = path:gsub("127.0.0.1", "localhost")
      assert_says(REFUSED, (ask(place, here, { granted = { here:match "^http://[^/]+" }, env = CLOUD })))
      assert.same({}, other.log())
    end)

    it("asks the configured host at no such address, even where a shipped stream holds a connection to it", function()
      perigee.write(asking(place.url .. "/api/0/projects/", {}), "grants/asking.lua")
      local result = connector.read(place, { "projects", NAME, "releases" }, { env = CLOUD, config = { num_workers = 1 },
        words = { "--scripts", perigee.folder "grants" } })
      assert.equal(3, #result.records "projects")
      assert.equal(30, #result.records "releases")
      assert_says(REFUSED, connector.errors(result, NAME)[1].message)
      for _, request in ipairs(place.log()) do assert.is_true(request.authorization, request.path) end
    end)

    it("asks no such address as the configuration's proxy, but as the environment's", function()
      local hosts, url = "{ 'http://api.example.com' }", "http://api.example.com/api/0/"
      local message = ask(place, url, { hosts = hosts, env = { http_proxy = origin(other), no_proxy = "127.0.0.1",
        DEPLOYMENT_MODE = "CLOUD" } })
      assert.matches("status %d+", message)
      assert_says(REFUSED, (ask(place, url, { hosts = hosts, env = CLOUD, proxy = origin(other) })))
    end)
  end)

  it("cannot make another request of a granted one by its headers", function()
    for _, header in ipairs { "Host", "host", "Transfer-Encoding", "Content-Length" } do
      assert_says("refused: a stream of your own cannot set the header " .. header,
        (ask(place, place.url .. "/api/0/projects/", { headers = ("{ [%q] = 'x' }"):format(header) })))
    end
    assert_says("refused: a header holds a line break",
      (ask(place, place.url .. "/api/0/projects/", { headers = "{ A = 'x\\r\\nHost: y' }" })))
    assert_says("refused: a method must be a word of letters",
      (ask(place, place.url .. "/api/0/projects/", { method = "GET / HTTP/1.1\r\nX: " })))
    assert.same({}, place.log())
  end)

  it("cannot ask by a method that makes something else of a request", function()
    for _, method in ipairs { "CONNECT", "TRACE", "get", "X" } do
      assert_says("refused: a stream of your own cannot use the method " .. method,
        (ask(place, place.url .. "/api/0/projects/", { method = method })))
    end
    assert.same({}, place.log())
  end)

  it("cannot write such a header's name in another way", function()
    for _, header in ipairs { "Host;", "Host ", " Host", "Host\t", "Transfer-Encoding ", "Host:", "Host: x\0", "A B", "" } do
      assert_says("refused: a header's name may hold letters, digits and",
        (ask(place, place.url .. "/api/0/projects/", { headers = ("{ [%q] = 'x' }"):format(header) })))
    end
    assert.same({}, place.log())
  end)
end)

describe("a secret of another host", function()
  local VALUE = "hidden-value-of-another-host"
  local place, other, path, secrets

  before_each(function()
    place, other = sentry.scenario {}, sentry.scenario { own_port = true, token = VALUE }
    path = other.url .. "/api/0/organizations/acme/"
    secrets = { { name = "other", value = VALUE, host = origin(other) } }
  end)

  local function asked(url, given)
    given.secrets = secrets
    given.headers = given.headers or "{ Authorization = 'Bearer ' .. config.secrets.other }"
    local message, result = ask(place, url, given)
    assert.is_nil(table.concat(result.lines, "\n"):find(VALUE, 1, true))
    return message
  end

  it("is sent to its host, by its handle", function()
    assert_says("status 200", asked(path, { granted = { origin(other) } }))
    assert.is_true(other.log()[1].authorization)
  end)

  it("is sent to no other, not even the configured host", function()
    local message = "refused: a secret of the config was to be sent to a host that it is not for; it was not sent"
    assert_says(message, asked(place.url .. "/api/0/projects/", {}))
    secrets[1].host = "api.example.com"
    assert_says(message, asked(path, { granted = { origin(other) } }))
    assert.same({}, place.log())
    assert.same({}, other.log())
  end)

  it("does not grant its host to a stream", function()
    assert_says("is not granted to this stream", asked(path, { granted = {} }))
    assert.same({}, other.log())
  end)

  it("leaves the token to the configured host", function()
    assert_says("refused: a secret of the config was to be sent to a host that it is not for",
      asked(path, { granted = { origin(other) }, headers = "{ Authorization = 'Bearer ' .. config.auth_token }" }))
    assert.same({}, other.log())
  end)
end)
