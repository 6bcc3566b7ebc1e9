local clock = require "clock"

describe("the clock", function()
  it("reads every form in which servers and states write times", function()
    local second = 1700000000000000
    for text, us in pairs {
      ["2023-11-14T22:13:20Z"] = second,
      ["2023-11-14T22:13:20.5Z"] = second + 500000,
      ["2023-11-14T22:13:20.536Z"] = second + 536000,
      ["2023-11-14T22:13:20.946777Z"] = second + 946777,
      ["2023-11-14T22:13:20.1234567899Z"] = second + 123456,
      ["2023-11-14T22:13:20+00:00"] = second,
      ["2023-11-14T22:13:20+0000"] = second,
      ["2023-11-14T23:43:20+01:30"] = second,
      ["2023-11-14T20:13:20-0200"] = second,
      ["2023-11-14T22:13:20"] = second,
      ["2023-11-14 22:13:20Z"] = second,
      ["1970-01-01"] = 0,
      ["2024-02-29"] = 1709164800000000,
      ["1900-01-01T00:00:00.0Z"] = -2208988800000000,
      ["0001-01-01T00:00:00Z"] = -62135596800000000,
    } do
      assert.equal(us, clock.parse(text), text)
    end
  end)

  -- Each is 1700000000 seconds after 1970, but for what it says besides.
  local forms = {
    { "2023-11-14T22:13:20Z" }, { "2023-11-14T22:13:20z" }, { "2023-11-14t22:13:20z" }, { "2023-11-14 22:13:20" },
    { "2023-11-14 22:13:20Z" }, { "2023-11-14 22:13:20 Z" }, { "2023-11-14T22:13:20" }, { "2023-11-14T22:13Z", -20 },
    { "2023-11-14T22:13", -20 }, { "2023-11-14 22:13+00:00", -20 }, { "2023-11-14T22:13:20,5Z", 0.5 },
    { "2023-11-14T22:13:20.5", 0.5 }, { "2023-11-14T22:13:20.123456789Z", 0.123456 }, { "2023-11-14 22:13:20,123", 0.123 },
    { "2023-11-14T22:13:20+00" }, { "2023-11-15T00:13:20+02" }, { "2023-11-14T20:13:20-02" }, { "2023-11-15T00:13:20+0200" },
    { "2023-11-15T00:13:20+02:00" }, { "2023-11-15 03:43:20 +0530" }, { "2023-11-15 03:43:20.25 +05:30", 0.25 },
    { "2023-11-14 22:13:20 UTC" }, { "2023-11-14 22:13:20UTC" }, { "2023-11-14 22:13:20 utc" }, { "2023-11-14 22:13:20 GMT" },
    { "2023-11-14T22:13:20.5 UTC", 0.5 }, { "2023-11-14", -80000 },
    { "Tue, 14 Nov 2023 22:13:20 GMT" }, { "Tue, 14 Nov 2023 22:13:20 +0000" }, { "Tue, 14 Nov 2023 22:13:20 UT" },
    { "Wed, 15 Nov 2023 00:13:20 +0200" }, { "14 Nov 2023 22:13:20 GMT" }, { "14 Nov 2023 22:13 GMT", -20 },
    { "Tue, 14 Nov 2023 17:13:20 EST" }, { "Tue, 14 Nov 23 14:13:20 PST" }, { "tue, 14 nov 2023 22:13:20 gmt" },
    { "Tuesday, 14-Nov-23 22:13:20 GMT" }, { "Tue, 14-Nov-2023 22:13:20 GMT" }, { "Tue Nov 14 22:13:20 2023" },
    { "Sun Nov  5 22:13:20 2023", -9 * 86400 }, { "Tue, 5 Nov 1985 22:13:20 GMT", -1199923200 },
    { "Tuesday, 05-Nov-85 22:13:20 GMT", -1199923200 },
  }

  it("reads the forms of ISO 8601, RFC 2822 and HTTP in which other APIs write times", function()
    assert.is_true(#forms >= 40)
    for _, form in ipairs(forms) do
      assert.equal(1700000000000000 + math.floor((form[2] or 0) * 1000000), clock.parse(form[1]), form[1])
    end
  end)

  it("refuses what is no time", function()
    for _, text in ipairs { "", "None", "2023", "2023-13-01", "2023-02-29", "2023-11-14T25:00:00Z", "2023-11-14T22Z",
      "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zjunk", "20231114T221320Z", "2023-11-14T22:13:20+1",
      "2023-11-14T", "2023-11-14 ", "2023-11-14T22:13:20 ", "2023-11-14T22:13:", "2023-11-14T22:13:20+00:0", "1700000000",
      "2023-11-14T22:13:20+00:000", "2023-11-14T22:13:20 XYZ", "Tue, 14 Nov 2023 22:13:20", "Tue, 31 Feb 2023 22:13:20 GMT",
      "14 Nev 2023 22:13:20 GMT", "Tue, 14 Nov 202 22:13:20 GMT", "Tue Nov 14 22:13:20 23", "tomorrow", "14/11/2023" } do
      assert.is_nil(clock.parse(text), text)
    end
  end)

  it("writes times as the states of airbyte/source-sentry have them, and reads them back", function()
    for _, us in ipairs { 0, 1700000000946777, -1, -62135596800000000, 253402300799999999 } do
      assert.equal(us, clock.parse(clock.format(us)))
    end
    assert.equal("2023-11-14T22:13:20.946777Z", clock.format(1700000000946777))
  end)

  it("reads the Date header", function()
    assert.equal(1795458977000000, clock.http_date "Mon, 23 Nov 2026 18:36:17 GMT")
    assert.is_nil(clock.http_date "yesterday")
  end)
end)
