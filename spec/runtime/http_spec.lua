-- A request and its response.
local exchanges = require "spec.support.exchanges"
local http = require "http"
local json = require "json"
local perigee = require "spec.support.perigee"

local EVENTS = exchanges.EVENTS
local scenario, faulty, authorized, get = exchanges.scenario, exchanges.faulty, exchanges.authorized, exchanges.get
local body, ask, assert_failed = exchanges.body, exchanges.ask, exchanges.assert_failed

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
      local disabled = '^Protocol "%l+" [^;]*disabled[^;]*$' -- in the words of each libcurl
      assert_failed("failed", disabled, http.get(url))
      assert_failed("failed", disabled, http.get(url, { endpoint = "paced" }))
    end
  end)

  it("waits while others ask: several are under way at once", function()
    local place = faulty { fault = "stall_headers", query = "held=1" }
    local result = perigee.interpret(([[
      local http, url = require "http", %q
      local held = require "tasks".spawn(http.get, url, { query = { held = 1 } })
      require "lib.parallel"({ 1, 2, 3, 4 }, 4, function() print(assert(http.get(url)).status) end)
      print(select(3, held:join(0.01)))
    ]]):format(place.url .. EVENTS), { PERIGEE_FIRST_BYTE_TIMEOUT = "60" })
    assert.same({ "401", "401", "401", "401", "timeout" }, result.lines, result.err)
    assert.equal(5, #place.log())
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

describe("a response", function()
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

  it("is refused whole where its headers are larger than 256 KiB, or more than 1,000 lines", function()
    local lines = {}
    for i = 1, 1000 do lines["X-Line-" .. i] = "1" end
    local large = ("<"):rep(64000)
    for _, headers in ipairs { lines, { Link = large, A = large, B = large, C = large, D = large } } do
      local place = faulty { fault = "status", status = 200, headers = headers }
      assert_failed("failed", "headers are larger than 256 KiB, or more than 1000 lines", get(place.url))
    end
  end)

  it("stays until the last of its pages is closed, and longer where it is kept", function()
    local response = get(scenario { gzip = false }.url)
    local first, second = assert(response:page {}), assert(response:page {})
    first:close()
    first:close()
    assert.matches("^{.*}$", (second:record(second:count())))
    second:close()
    assert_failed("failed", "freed when its page was closed or refused", response:text())
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
