-- Which origins a secret may go to besides its first one: what is judged is the text of an address, as a server may send it.
local json = require "json"
local perigee = require "spec.support.perigee"
local secrets = require "secrets"

local BELOW = { "https://de.sentry.io", "https://de.sentry.io/", "https://de.sentry.io:443", "https://de.sentry.io:443/" }
local NOT_BELOW = { "http://de.sentry.io", "https://de.sentry.io:8443", "https://de.sentry.io:4433",
  "https://de.sentry.io:0443", "https://de.sentry.io:", "https://me@de.sentry.io", "https://de.sentry.io@evil.example",
  "https://sentry.io.evil.example",
  "https://evil-sentry.io", "https://evilsentry.io", "https://de.sentry.io.", "https://de..sentry.io", "https://.sentry.io",
  "https://DE.sentry.io", "HTTPS://de.sentry.io", "https://de%2esentry.io", "https://de.sentry%2eio",
  "https://d\u{e9}.sentry.io", "https://de.sentry\u{3002}io", "https://de.sentry.io//", "https://de.sentry.io/x",
  "https://de.sentry.io?x",
  "https://de.sentry.io#x", "https://evil.example/.sentry.io", "https://evil.example#.sentry.io",
  "https://evil.example\\.sentry.io", "https://evil.example?.sentry.io", "https://de.sentry.io\0.evil.example",
  "https://evil.example\0.sentry.io", "https://de.sentry.io\n", " https://de.sentry.io", "https:/de.sentry.io",
  "https:///de.sentry.io", "//de.sentry.io", "de.sentry.io", "https://", "", "ftp://de.sentry.io", "https://[::1].sentry.io",
  "https://de_x.sentry.io", "https://de.sentry.io https://x" }

local function new_secret()
  local text = secrets.read(perigee.write '{"granted":"a-token-for-specs"}', '{"properties":{"granted":{"airbyte_secret":true}}}')
  return json.decode(text).granted
end

teardown(perigee.cleanup)

describe("a secret", function()
  it("goes to one origin more of the same domain, which is written as an origin and nothing else", function()
    local handle = new_secret()
    assert.is_false(secrets.widen(handle, BELOW[1], "sentry.io")) -- it has no first
    assert.is_true(secrets.grant(handle, "https://SENTRY.io/api/0/"))
    for _, second in ipairs(NOT_BELOW) do
      assert.is_false(secrets.widen(handle, second, "sentry.io"), second)
      assert.is_false(secrets.is_below(second, "sentry.io"), second)
    end
    for _, domain in ipairs { "", "io", "entry.io", ".io", "sentry.io.", ".sentry.io" } do
      assert.is_false(secrets.widen(handle, BELOW[1], domain), domain)
    end
    for _, second in ipairs(BELOW) do
      assert.is_true(secrets.widen(handle, second, "sentry.io"), second)
      assert.is_true(secrets.is_below(second, "sentry.io"), second)
    end
    assert.is_true(secrets.is_below("https://sentry.io", "sentry.io"))
    assert.is_true(secrets.is_below("https://a.b-c.sentry.io", "sentry.io"))
    assert.is_false(secrets.widen(handle, "https://us.sentry.io", "sentry.io")) -- a third
    assert.is_false(secrets.grant(handle, "https://de.sentry.io"))
  end)

  it("goes to no origin more where its first one is not such an origin", function()
    for _, first in ipairs { "http://sentry.io", "https://sentry.io:8443", "https://sentry.io.evil.example" } do
      local one = new_secret()
      assert.is_true(secrets.grant(one, first))
      assert.is_false(secrets.widen(one, "https://de.sentry.io", "sentry.io"), first)
    end
  end)
end)
