local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

local scenario, files

-- The words of a read, with one file replaced.
local function words_with(which, path)
  local words = { "read" }
  for name, default in pairs(files) do
    words[#words + 1] = "--" .. name .. "=" .. (name == which and path or default)
  end
  return words
end

-- One clear message that names the file and the place, and nothing of any stream.
local function assert_refused(result, path, place)
  assert.equal(1, result.status)
  assert.equal("", result.err)
  local told = connector.errors(result)
  assert.equal(1, #told)
  assert.equal("config_error", told[1].failure_type)
  assert.is_nil(told[1].stream_descriptor)
  assert.is_truthy(told[1].message:find(path, 1, true), told[1].message)
  assert.is_truthy(told[1].message:find(place, 1, true), ("'%s' does not say '%s'"):format(told[1].message, place))
  for _, message in ipairs(result.out) do
    assert.is_truthy(message.type == "LOG" or message.trace and message.trace.error, message.type)
  end
  assert.same({}, scenario.log())
end

-- Cases: what the file holds, and what the message must say.
local function it_refuses(which, cases)
  for _, case in ipairs(cases) do
    local content, place = case[1], case[2]
    it(("refuses a %s that is %s"):format(which, content:sub(1, 90)), function()
      local path = perigee.write(content)
      assert_refused(perigee.run(words_with(which, path)), path, place)
    end)
  end
end

local function it_refuses_unreadable(which)
  it(("refuses a %s that is not there, or is a folder"):format(which), function()
    assert_refused(perigee.run(words_with(which, "/no/such/file.json")), "/no/such/file.json", "no such file")
    assert_refused(perigee.run(words_with(which, "/tmp")), "/tmp", "folder")
  end)

  it(("refuses a %s that is no JSON"):format(which), function()
    for _, text in ipairs { "", " \n", "{", "[1,]", "{'a':1}", "\xff\xfe{\0}\0", '{"a":\x01}', "{} {}", ("["):rep(100000) } do
      local path = perigee.write(text)
      assert_refused(perigee.run(words_with(which, path)), path, "")
    end
  end)
end

setup(function()
  scenario = sentry.scenario { data = { events = 3 } }
  files = {
    config = perigee.write(sentry.config(scenario)),
    catalog = perigee.write_catalog { { "events", "incremental" } },
    state = perigee.write "[]",
  }
end)
teardown(perigee.cleanup)

describe("read", function()
  local token = '"auth_token":"t"'
  local good = '{"auth_token":"t","organization":"o","project":"p"'
  it_refuses_unreadable "config"
  it_refuses("config", {
    { "[]", "must be a JSON object" },
    { '"text"', "must be a JSON object" },
    { "null", "must be a JSON object" },
    { "{}", "auth_token must be a non-empty string, and is missing" },
    { '{"auth_token":5,"organization":"o","project":"p"}', "auth_token must be a non-empty string" },
    { '{"auth_token":null,"organization":"o","project":"p"}', "auth_token" },
    { '{"auth_token":"","organization":"o","project":"p"}', "auth_token must be a non-empty string, and is empty" },
    { "{" .. token .. ',"project":"p"}', "organization must be a non-empty string, and is missing" },
    { "{" .. token .. ',"organization":["o"],"project":"p"}', "organization must be a non-empty string, and is an array" },
    { "{" .. token .. ',"organization":"o","project":{"a":1}}', "project must be a string, and is an object" },
    { good .. ',"hostname":true}', "hostname must be a string" },
    { good .. ',"num_workers":0}', "num_workers must be a whole number from 1 to 20, and is 0" },
    { good .. ',"num_workers":2.5}', "num_workers must be a whole number from 1 to 20, and is 2.5" },
    { good .. ',"num_workers":"5"}', "num_workers must be a whole number" },
    { good .. ',"lookback_minutes":-1}', "lookback_minutes" },
    { good .. ',"rate_share":0.05}', "rate_share must be a number from 0.1 to 1, and is 0.05" },
    { good .. ',"rate_share":75}', "rate_share must be a number from 0.1 to 1, and is 75" },
    { good .. ',"rate_share":"0.5"}', "rate_share must be a number from 0.1 to 1, and is" },
    { good .. ',"text":"dirty"}', "text must be 'as_sent' or 'clean'" },
    { good .. ',"start_date":"31.1.2026"}', "start_date must be a time such as 2026" },
    { good .. ',"start_date":1700000000}', "start_date must be a time" },
    { good .. ',"start_date":{"issues":"2026-01-31"}}', "such as 2026-01-31T00:00:00Z, one that holds for all streams" },
    { good .. ',"proxy":5}', "proxy must be a string" },
    { good .. ',"ca_file":[]}', "ca_file must be a string" },
    { good .. ',"hostname":"ftp://x"}', "hostname" },
    { good .. ',"hostname":"localhost:99999"}', "hostname localhost:99999" },
  })

  it_refuses_unreadable "catalog"
  it_refuses("catalog", {
    { "null", "must be an object, and is null" },
    { "[1]", "streams must be an array, and is missing" },
    { "{}", "streams must be an array, and is missing" },
    { '{"type":"CATALOG","catalog":{"streams":[]}}', 'is what discover prints. A configured catalogue says' },
    { '{"streams":[{"name":"events","json_schema":{}}]}', "is what discover prints. A configured catalogue says" },
    { '{"streams":{"events":1}}', "streams must be an array, and is an object" },
    { '{"streams":"events"}', "streams must be an array, and is a string" },
    { '{"streams":[]}', "streams is empty" },
    { '{"streams":["events"]}', "streams[0] must be an object, and is a string" },
    { '{"streams":[{"sync_mode":"full_refresh"}]}', "streams[0].stream must be an object, and is missing" },
    { '{"streams":[{"stream":{},"sync_mode":"full_refresh"}]}', "streams[0].stream.name must be a non-empty string" },
    { '{"streams":[{"stream":{"name":7},"sync_mode":"full_refresh"}]}', "streams[0].stream.name" },
    { '{"streams":[{"stream":{"name":"events"}}]}', "streams[0].sync_mode must be a string, and is missing" },
    { '{"streams":[{"stream":{"name":"events"},"sync_mode":null}]}', "streams[0].sync_mode" },
    { '{"streams":[{"stream":{"name":"events","namespace":3},"sync_mode":"full_refresh"}]}', "streams[0].stream.namespace" },
    { '{"streams":[{"stream":{"name":"events"},"sync_mode":"incremental"},{"stream":{"name":"issues"}}]}',
      "streams[1].sync_mode" },
    { '{"streams":[{"stream":{"name":"events"},"sync_mode":"full_refresh"},'
      .. '{"stream":{"name":"events"},"sync_mode":"full_refresh"}]}', "'events' twice" },
  })

  it_refuses_unreadable "state"
  it_refuses("state", {
    { "5", "must be an array of states, and is a number" },
    { '"events"', "must be an array of states, and is a string" },
    { '{"events":"2026-01-01T00:00:00Z"}', "the state of 'events' must be an object, and is a string" },
    { "[5]", "[0] must be an object, and is a number" },
    { "[{}]", "[0].type must be STREAM, GLOBAL or LEGACY, and is missing" },
    { '[{"type":"LEGACY","data":[1]}]', "[0].data must be an object, and is an array" },
    { '[{"type":"STREAM"}]', "[0].stream.stream_descriptor.name" },
    { '[{"type":"STREAM","stream":{"stream_descriptor":{"name":5}}}]', "[0].stream.stream_descriptor.name" },
    { '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"events"},"stream_state":"2026"}}]',
      "[0].stream.stream_state of 'events' must be an object, and is a string" },
    { '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"events"},"stream_state":[1]}}]', "and is an array" },
    { '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"events"}}},{"type":"STREAM","stream":7}]', "[1].stream" },
    { '[{"type":"GLOBAL"}]', "[0].global.stream_states must be an array" },
    { '[{"type":"GLOBAL","global":{"shared_state":{"a":1},"stream_states":[]}}]', "shared_state" },
    { '[{"type":"GLOBAL","global":{"stream_states":[{"stream_descriptor":{}}]}}]', "[0].global.stream_states[0]" },
  })

  it("says what a person who wrote JSON by hand has to change, of each file", function()
    for text, words in pairs {
      ["\xEF\xBB\xBF{}"] = "it begins with a byte order mark; save it without",
      ["\xFF\xFE{\0}\0"] = "it is UTF-16; save it as UTF-8",
      ["\0{\0}"] = "it is UTF-16; save it as UTF-8",
      ["{'a':1}"] = "texts stand in double quotes",
      ['{"a":\'x\'}'] = "texts stand in double quotes",
      ['{"a":1, // mine\n"b":2}'] = "JSON has no comments",
      ["# mine\n{}"] = "JSON has no comments",
      ["auth_token: x\norganization: acme\n"] = "it looks like YAML; write it as JSON",
      ["# mine\n---\ntrack_deletes: x\n"] = "it looks like YAML; write it as JSON",
      ["--- \norganization:\n  acme"] = "it looks like YAML; write it as JSON",
      ['{"a":1,\n}'] = "the comma before it is one too many",
      ['{"a":[1, ]}'] = "the comma before it is one too many",
    } do
      for _, which in ipairs { "config", "catalog", "state" } do
        local path = perigee.write(text)
        assert_refused(perigee.run(words_with(which, path)), path, words)
      end
    end
    for _, text in ipairs { "{", "[1 2]", "{]", '{"a":}' } do
      local result = perigee.run(words_with("catalog", perigee.write(text)))
      assert.is_nil(connector.errors(result)[1].message:find(";", 1, true))
    end
  end)

  it("refuses a file without repeating what may be a secret", function()
    local path = perigee.write '{"auth_token":"s3cr3t-of-mine","organization":5,"project":"p"}'
    local result = perigee.run(words_with("config", path))
    assert.is_nil(table.concat(result.lines):find("s3cr3t", 1, true))
    local cut = perigee.run(words_with("config", perigee.write '{"auth_token":"s3cr3t-of-mine'))
    assert.is_nil(table.concat(cut.lines):find("s3cr3t", 1, true))
  end)
end)

describe("check", function()
  it("fails with exit status 0 where the config can be read but is wrong", function()
    for _, text in ipairs { "{}", '{"auth_token":5}', '{"auth_token":"t","organization":"o","project":"p","num_workers":99}' } do
      local result = perigee.run { "check", "--config", perigee.write(text) }
      assert.equal(0, result.status)
      assert.equal(1, #result.lines)
      assert.equal("FAILED", result.of("CONNECTION_STATUS")[1].status)
      assert.is_truthy(result.of("CONNECTION_STATUS")[1].message:find "%S")
    end
  end)

  it("gives a trace and exit status 1 where the config cannot be read", function()
    for _, path in ipairs { "/no/such/file", "/tmp", perigee.write "{", perigee.write "[]", perigee.write "" } do
      local result = perigee.run { "check", "--config", path }
      assert_refused(result, path, "")
      assert.same({}, result.of "CONNECTION_STATUS")
    end
  end)
end)

describe("a command line", function()
  it("asks for help by a word and by a letter, too", function()
    for wanted, words in pairs { [{ "--help" }] = { { "help" }, { "-h" } },
      [{ "read", "--help" }] = { { "help", "read" }, { "read", "-h" } } } do
      local lines = perigee.run(wanted).lines
      for i = 1, 2 do
        local result = perigee.run(words[i])
        assert.equal(0, result.status)
        assert.same(lines, result.lines)
      end
    end
  end)

  it("is told which verb or option was meant, where one is near", function()
    for _, case in ipairs {
      { { "chek" }, "unknown verb: chek (did you mean check?)" }, { { "raed" }, "unknown verb: raed (did you mean read?)" },
      { { "check", "--confg", "x" }, "unknown option --confg (did you mean --config?)" },
      { { "check", "-config=x" }, "unknown option -config (did you mean --config?)" },
      { { "zzzzzz" }, "unknown verb: zzzzzz\n" }, { { "spec", "--nonsense" }, "unknown option --nonsense\n" },
    } do
      local result = perigee.run(case[1])
      assert.equal(2, result.status)
      assert.is_truthy(result.err:find(case[2], 1, true), result.err)
    end
  end)

  it("is refused where --limit would be passed over", function()
    local result = perigee.run { "read", "--config=/dev/null", "--catalog=/dev/null", "--limit=5" }
    assert.equal(2, result.status)
    assert.is_truthy(result.err:find("`read` takes no --limit, which is for `try`", 1, true), result.err)
    local set = perigee.run { "spec", env = { PERIGEE_LIMIT = "5" } }
    assert.equal(0, set.status)
  end)
end)

describe("a command line that makes no sense", function()
  local config, catalog = "--config=/dev/null", "--catalog=/dev/null"

  it("is answered with the usage on standard error, exit status 2, and no line of the protocol", function()
    for _, words in ipairs {
      {}, { "raed" }, { "read" }, { "read", config }, { "read", catalog }, { "check" }, { "spec", "--nonsense" },
      { "spec", "more" }, { "read", config, catalog, "--state" }, { "check", config, "--check-budget=soon" },
      { "check", config, "--debug=yes" },
    } do
      local result = perigee.run(words)
      assert.equal(2, result.status, table.concat(words, " "))
      assert.same({}, result.lines)
      assert.is_truthy(result.err:find("usage: perigee", 1, true))
    end
  end)
end)
