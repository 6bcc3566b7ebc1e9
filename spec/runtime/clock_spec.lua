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

  it("refuses what is no time", function()
    for _, text in ipairs { "", "None", "2023", "2023-13-01", "2023-02-29", "2023-11-14T25:00:00Z", "2023-11-14T22:13Z",
      "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zjunk", "20231114T221320Z", "2023-11-14T22:13:20+1" } do
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
