-- References to addresses, by the examples of RFC 3986.
local address = require "lib.address"
local next_address = require "api.next_address"

-- 5.4.1 and 5.4.2, in the document http://a/b/c/d;p?q; fragments are left out.
local examples = [[
g:h g:h|g http://a/b/c/g|./g http://a/b/c/g|g/ http://a/b/c/g/|/g http://a/g|//g http://g|?y http://a/b/c/d;p?y
g?y http://a/b/c/g?y|#s http://a/b/c/d;p?q|g#s http://a/b/c/g|g?y#s http://a/b/c/g?y|;x http://a/b/c/;x|g;x http://a/b/c/g;x
g;x?y#s http://a/b/c/g;x?y|. http://a/b/c/|./ http://a/b/c/|.. http://a/b/|../ http://a/b/|../g http://a/b/g|../.. http://a/
../../ http://a/|../../g http://a/g|../../../g http://a/g|../../../../g http://a/g|/./g http://a/g|/../g http://a/g
g. http://a/b/c/g.|.g http://a/b/c/.g|g.. http://a/b/c/g..|..g http://a/b/c/..g|./../g http://a/b/g|./g/. http://a/b/c/g/
g/./h http://a/b/c/g/h|g/../h http://a/b/c/h|g;x=1/./y http://a/b/c/g;x=1/y|g;x=1/../y http://a/b/c/y|g?y/./x http://a/b/c/g?y/./x
g?y/../x http://a/b/c/g?y/../x|g#s/./x http://a/b/c/g|g#s/../x http://a/b/c/g|http:g http:g]]

describe("a reference to an address", function()
  it("means what RFC 3986 says", function()
    local base, count = address.parse "http://a/b/c/d;p?q", 0
    for reference, wanted in examples:gmatch "([^%s|]+) ([^%s|]+)" do
      assert.equal(wanted, address.text(address.resolve(base, address.parse(reference))), reference)
      count = count + 1
    end
    assert.equal(41, count)
    assert.equal("http://a/b/c/d;p?q", address.text(address.resolve(base, address.parse "")))
    assert.equal("http://a/g", address.text(address.resolve(address.parse "http://a", address.parse "g")))
  end)

  -- What is asked for there: path and query, of the list's own host alone.
  it("leads a list to where RFC 3986 says, and to no other host", function()
    local response, elsewhere = { url = "http://a/b/c/d;p?q" }, 0
    for reference, wanted in examples:gmatch "([^%s|]+) ([^%s|]+)" do
      local token, wrong, code = next_address.token(reference, response)
      local path = wanted:match "^http://a(/.*)$"
      assert.equal(path, token, reference)
      if not path then
        assert.is_truthy(wrong:find("the response names a next page elsewhere, at " .. reference, 1, true), wrong)
        assert.equal("no_paging", code)
        elsewhere = elsewhere + 1
      end
    end
    assert.equal(3, elsewhere) -- g:h, //g and http:g
    assert.equal("/b/c/d;p?q", next_address.token("", response))
    -- A token is below the host, so that a list which is read by https stays there.
    assert.equal("/g?y", next_address.token("http://a/g?y", { url = "https://a/b" }))
    assert.is_nil(next_address.token("http://a:80/g?y", { url = "https://a/b" }))
  end)

  it("has a host and a port, where it is of http and names no user", function()
    local function host(text) return { address.host(address.parse(text)) } end
    assert.same({ "a.example", "443", false }, host "HTTPS://A.example/x")
    assert.same({ "a.example", "80", false }, host "http://a.example:/x")
    assert.same({ "a.example", "8080", true }, host "http://a.example:8080?x")
    assert.same({ "[::1]", "80", true }, host "http://[::1]:80/")
    for _, text in ipairs { "ftp://a/", "/a", "http://u@a/", "http://u:p@a/", "http://a:b/", "http:///x", "http://a\\b/", "x" } do
      assert.same({}, host(text), text)
    end
  end)
end)
