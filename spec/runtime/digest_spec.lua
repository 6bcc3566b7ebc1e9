-- Judged by the standards' own examples, and by openssl on the same input.
local digest = require "digest"
local perigee = require "spec.support.perigee"
local own_streams = require "spec.support.own_streams"
local sentry = require "spec.support.sentry"

local function openssl(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  assert(pipe:close())
  return (text:match "(%x+)%s*$")
end

describe("digests", function()
  teardown(perigee.cleanup)

  it("give the examples of FIPS 180-4 for SHA-256", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digest.hex(digest.sha256 "abc"))
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", digest.hex(digest.sha256 ""))
  end)

  it("give the examples of RFC 4231 for HMAC with SHA-256", function()
    assert.equal("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      digest.hex(digest.hmac(("\x0b"):rep(20), "Hi There")))
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      digest.hex(digest.hmac("Jefe", "what do ya want for nothing?")))
    assert.equal("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      digest.hex(digest.hmac(("\xaa"):rep(131), "Test Using Larger Than Block-Size Key - Hash Key First")))
  end)

  it("give what openssl gives, for bytes of all values", function()
    local all = {}
    for i = 0, 255 do all[#all + 1] = string.char(i) end
    local text = table.concat(all)
    local path = perigee.write(text, "all")
    assert.equal(openssl("openssl dgst -sha256 -r " .. path .. " | cut -d' ' -f1"), digest.hex(digest.sha256(text)))
    assert.equal(openssl("openssl dgst -sha256 -hmac key " .. path), digest.hex(digest.hmac("key", text)))
    assert.equal(text, digest.from_base64(digest.base64(text)))
  end)

  it("give the examples of RFC 4648 for base64, and nil for what is none", function()
    for text, encoded in pairs { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", foobar = "Zm9vYmFy" } do
      assert.equal(encoded, digest.base64(text))
      assert.equal(text, digest.from_base64(encoded))
    end
    local value, message, code = digest.from_base64 "Zg="
    assert.is_nil(value)
    assert.equal("malformed", code)
    assert.matches("not base64", message)
  end)

  it("draw other bytes each time, and refuse to draw none or too many", function()
    assert.equal(16, #digest.random(16))
    assert.equal(1024, #digest.random(1024))
    assert.are_not.equal(digest.random(16), digest.random(16))
    for _, count in ipairs { 0, 1025, -1 } do assert.has_error(function() digest.random(count) end) end
  end)
end)

describe("a script that signs", function()
  teardown(perigee.cleanup)

  local SCRIPT = [[
    local digest = require "digest"
    return { name = "signed", primary_key = "id", read = function(context)
      print("signed " .. digest.hex(digest.hmac(context.config.secrets.other, "a request")))
      print("id " .. digest.hex(digest.random(40)))
      context:get "organizations/{organization}/"
    end }]]

  local function read(words, config)
    local result = own_streams.read(sentry.scenario {}, { signed = SCRIPT }, "signed", { words = words, config = config })
    local logged = {}
    for _, log in ipairs(result.of "LOG") do
      local what, value = log.message:match "^(%a+) (%x+)$"
      if what then logged[what] = value end
    end
    return logged, result
  end

  local given = { secrets = { { name = "other", value = "the-key-itself", host = "api.example.com" } } }

  it("uses a secret's value by its handle, and never sees it", function()
    local logged = read({}, given)
    assert.equal(openssl "printf 'a request' | openssl dgst -sha256 -hmac the-key-itself", logged.signed)
  end)

  it("draws the same bytes on each replay, and others in each run", function()
    local recording = perigee.folder() .. "/signed.har"
    local first, second = read({ "--record", recording }, given), read({}, given)
    assert.are_not.equal(first.id, second.id)
    local replayed, again = read({ "--replay", recording }, given), read({ "--replay", recording }, given)
    assert.equal(80, #replayed.id)
    assert.equal(replayed.id, again.id)
  end)
end)
