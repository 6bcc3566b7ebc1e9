local clock = require "clock"
local recording = require "recording"
local tasks = require "tasks"

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

  -- RFC 3339, 5.8; RFC 5322, appendix A.1 to A.6.2 (its comments and folds among them); RFC 9110, 5.6.7.
  it("reads the examples of the standards", function()
    for text, time in pairs {
      ["1985-04-12T23:20:50.52Z"] = "1985-04-12T23:20:50.520000Z", ["1996-12-19T16:39:57-08:00"] = "1996-12-20T00:39:57.000000Z",
      ["1990-12-31T23:59:60Z"] = "1991-01-01T00:00:00.000000Z", ["1990-12-31T15:59:60-08:00"] = "1991-01-01T00:00:00.000000Z",
      ["1937-01-01T12:00:27.87+00:20"] = "1937-01-01T11:40:27.870000Z",
      ["2023-11-14T22:13:20-00:00"] = "2023-11-14T22:13:20.000000Z",
      ["Fri, 21 Nov 1997 09:55:06 -0600"] = "1997-11-21T15:55:06.000000Z",
      ["Tue, 1 Jul 2003 10:52:37 +0200"] = "2003-07-01T08:52:37.000000Z",
      ["Thu, 13 Feb 1969 23:32:54 -0330"] = "1969-02-14T03:02:54.000000Z",
      ["Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)"] =
        "1969-02-14T03:02:00.000000Z",
      ["21 Nov 97 09:55:06 GMT"] = "1997-11-21T09:55:06.000000Z",
      ["Wed, 02 Oct 2002 13:00:00 +0000 (UTC)"] = "2002-10-02T13:00:00.000000Z",
      ["Sun, 06 Nov 1994 08:49:37 GMT"] = "1994-11-06T08:49:37.000000Z",
      ["Sunday, 06-Nov-94 08:49:37 GMT"] = "1994-11-06T08:49:37.000000Z",
      ["Sun Nov  6 08:49:37 1994"] = "1994-11-06T08:49:37.000000Z",
    } do
      assert.equal(time, clock.format(clock.parse(text) or 0), text)
    end
  end)

  it("refuses what is no time", function()
    for _, text in ipairs { "", "None", "2023", "2023-13-01", "2023-02-29", "2023-11-14T25:00:00Z", "2023-11-14T22Z",
      "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zjunk", "20231114T221320Z", "2023-11-14T22:13:20+1",
      "2023-11-14T", "2023-11-14 ", "2023-11-14T22:13:20 ", "2023-11-14T22:13:", "2023-11-14T22:13:20+00:0", "1700000000",
      "2023-11-14T22:13:20+00:000", "2023-11-14T22:13:20 XYZ", "Tue, 14 Nov 2023 22:13:20", "Tue, 31 Feb 2023 22:13:20 GMT",
      "14 Nev 2023 22:13:20 GMT", "Tue, 14 Nov 202 22:13:20 GMT", "Tue Nov 14 22:13:20 23", "tomorrow", "14/11/2023",
      "Tue, 14 Nov 2023 22:13:20 +0000 (UTC", "Tue, 14 Nov 2023 22:13:20 +0000 UTC)", "2023-11-14T22:13:20Z (UTC)" } do
      assert.is_nil(clock.parse(text), text)
    end
  end)

  it("writes times as the states of airbyte/source-sentry have them, and reads them back", function()
    for _, us in ipairs { 0, 1700000000946777, -1, -62135596800000000, 253402300799999999 } do
      assert.equal(us, clock.parse(clock.format(us)))
    end
    assert.equal("2023-11-14T22:13:20.946777Z", clock.format(1700000000946777))
  end)

  it("stays on a replay within the years that it writes, however long is waited", function()
    assert(recording.replay_text [[{"log":{"version":"1.2","creator":{},"entries":[
      {"startedDateTime":"9999-12-31T00:00:00Z","time":1,"request":{"method":"GET","url":"https://a.example/","headers":[]},
      "response":{"status":200,"headers":[],"content":{"size":2,"text":"[]"}}}]}}]])
    tasks.sleep(86400 * 365)
    local now = clock.now()
    assert(recording.replay(nil))
    assert.equal("9999-12-31T23:59:59.999999Z", clock.format(now))
  end)

  it("reads the Date header", function()
    assert.equal(1795458977000000, clock.http_date "Mon, 23 Nov 2026 18:36:17 GMT")
    assert.is_nil(clock.http_date "yesterday")
  end)
end)
