-- Mistakes in scripts of one's own, and what is said of them.
local connector = require "spec.support.connector"
local other_api = require "spec.support.other_api"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- A script that asks for teams, with further fields.
local function teams(name, more)
  return ("return { name = '%s', path = 'organizations/{organization}/teams/', primary_key = 'id', %s }"):format(name, more)
end

-- Reads one stream of a script; returns the message of its error, and the result.
local function failure_of(scenario, name, script, given)
  local result = own_streams.read(scenario, { [name] = script }, name, given)
  return own_streams.error_of(result, name), result
end

describe("a mistake in a script of one's own:", function()
  local scenario
  setup(function() scenario = sentry.scenario { data = { issues = 3, events = 3 } } end)
  teardown(perigee.cleanup)

  it("what is raised and no text is shown by its fields, with its place", function()
    for raised, words in pairs {
      ["{ code = 5 }"] = "mine.lua:1: a table was raised: {code = 5}; the record's id is \"",
      ["{ 'x', { } }"] = "mine.lua:1: a table was raised: {[1] = \"x\", [2] = table: 0x",
      ["{ text = ('x'):rep(300) }"] = "{text = \"" .. ("x"):rep(200) .. "\"…}",
      ["nil"] = "mine.lua:1: nil was raised, which says nothing of what is wrong",
      ["setmetatable({}, { __tostring = function() return 'my words' end })"] = "failed: my words; the record's",
    } do
      local script = teams("mine", ("filter = function(record) error(%s) end"):format(raised))
      local message, result = failure_of(scenario, "mine", script)
      assert.is_truthy(message:find(words, 1, true), message)
      assert.is_nil(connector.logs(result, "INFO"):find("stopped: table:", 1, true))
    end
  end)

  it("so it is where a `read`, a test or the file itself raises it", function()
    assert.matches("failed: a table was raised: {code = 5}$",
      (failure_of(scenario, "mine", "return { name = 'mine', read = function() error { code = 5 } end }")))
    assert.matches("mine.lua:1: a table was raised: {code = 5}$", (failure_of(scenario, "mine", "error { code = 5 }")))
    local folder = own_streams.folder { mine = teams("mine", "tests = { one = function() error { code = 5 } end }") }
    local result = perigee.run { "test", folder }
    assert.matches('FAIL one: a table was raised: {"code":5}', table.concat(result.lines, "\n"))
  end)

  it("the reason why the stream stopped has neither a place nor a traceback, of a task neither", function()
    for _, body in ipairs { "error 'oops'", "require 'tasks'.spawn(function() error 'oops' end):join()" } do
      local message, result = failure_of(scenario, "mine", ("return { name = 'mine', read = function() %s end }"):format(body))
      assert.matches("mine.lua:1: oops", message)
      assert.matches("; stopped: oops$", connector.logs(result, "INFO"))
    end
  end)

  it("an error in a hook names the record, by its key or its place", function()
    local key = "; the record's id is \"%d+\"$"
    assert.matches("attempt to compare number with nil" .. key,
      (failure_of(scenario, "mine", teams("mine", "filter = function(record) return record.nothing > 3 end"))))
    assert.matches("this filter returned nothing; [^;]*" .. key,
      (failure_of(scenario, "mine", teams("mine", "filter = function() end"))))
    assert.matches("oops; the record's id is \"%d+\", slug is \"[%w-]+\"$", (failure_of(scenario, "mine",
      (teams("mine", "transform = function() error 'oops' end"):gsub("'id'", "{ 'id', 'slug' }")))))
    local second = "local n = 0\nreturn { name = 'mine', path = 'organizations/{organization}/teams/', filter = function()\n"
      .. "n = n + 1\nif n == 2 then error 'oops' end return true end }"
    assert.matches("oops; it is record 2 of its page$", (failure_of(scenario, "mine", second)))
  end)

  it("what a function returns and nobody can send is told of the function, by the field's name", function()
    for fields, words in pairs {
      ["transform = function() return { a = { b = print } } end"] = "mine.lua:1: what this transform returned cannot go out: the "
        .. "field 'b' is a function, which cannot be JSON; the record's id is",
      ["transform = function() return { a = 0 / 0 } end"] = "mine.lua:1: what this transform returned cannot go out: JSON has no",
      ["params = function() return { a = print } end"] = "'params' holds texts, numbers and booleans, or lists of them; its 'a'",
      ["paging = function() return { a = print } end"] = "'paging' must return parameters that can be sent: the field 'a' is a",
    } do
      local message, result = failure_of(scenario, "mine", teams("mine", fields))
      assert.is_truthy(message:find(words, 1, true), message)
      assert.is_nil(message:find("scripts/", 1, true), message)
      assert.is_nil(connector.logs(result):find("stack traceback", 1, true), connector.logs(result))
    end
  end)

  it("null in a hook is named json.null, with the record's key, in a child stream, too", function()
    for _, use in ipairs { "record.logger.name", "record.logger .. 'x'", "record.logger > 3", "#record.logger" } do
      local script = ("return { name = 'mine', path = 'projects/{organization}/{project}/issues/', primary_key = 'id', "
        .. "filter = function(record) return %s == 1 end }"):format(use)
      assert.matches("mine.lua:1: null stands here %(json.null%), [^;]*; compare with json.null before; the record's id is "
        .. '"%d+"$', (failure_of(scenario, "mine", script)))
    end
    local child = [[return { name = "mine", parent = "issues", path = "organizations/{organization}/issues/{parent.id}/hashes/",
      primary_key = "id", filter = function() return require "json".null.x end }]]
    assert.matches("null stands here %(json.null%), .*; the record's id is \"%w+\"", (failure_of(scenario, "mine", child)))
  end)

  it("a helper beside streams is told to lie in a folder below", function()
    for helper, words in pairs {
      ["return { double = function(x) return 2 * x end }"] = "it has none of a stream's fields, such as `name` and `path`; ",
      ["return function(x) return 2 * x end"] = "its script must return a table, not function; ",
    } do
      local folder = own_streams.folder { helper = helper, mine = teams("mine", "") }
      local result = perigee.run { "discover", "--scripts", folder }
      local message = connector.errors(result)[1].message
      assert.is_truthy(message:find(words .. "a file that streams `require` lies in a folder below theirs, such as "
        .. "parts/helper.lua for require 'parts.helper'", 1, true), message)
    end
  end)

  it("a file of the same name in two folders takes the other's place with a warning", function()
    local one, two = own_streams.folder { mine = teams("mine", "") }, own_streams.folder { mine = teams("mine", "") }
    local warnings = connector.logs(perigee.run { "discover", "--scripts", one, "--scripts", two }, "WARN")
    assert.is_truthy(warnings:find(("two streams are named 'mine': %s/mine.lua takes the place of %s/mine.lua"):format(two, one),
      1, true), warnings)
    assert.is_nil(warnings:find("adds no stream", 1, true), warnings)
    local thrice = { "discover", "--scripts", one, "--scripts", one .. "/", env = { PERIGEE_SCRIPTS = one } }
    warnings = connector.logs(perigee.run(thrice), "WARN")
    assert.is_nil(warnings:find("two streams", 1, true), warnings)
  end)

  it("a list without a Link header is asked for once, and told how to say that it has one page", function()
    local place = sentry.scenario { data = { issues = 3 }, faults = { { fault = "no_link", times = -1 } } }
    local script = "return { name = 'mine', path = 'projects/{organization}/{project}/issues/', primary_key = 'id' }"
    local message = failure_of(place, "mine", script)
    assert.is_truthy(message:find('; where the list has one page only, say `paging = "none"` in the stream', 1, true), message)
    assert.equal(1, #place.log())
    local folder = own_streams.folder { mine = (script:gsub(" }$", ", paging = 'none' }")) }
    assert.equal(3, #connector.read(place, { "mine" }, { words = { "--scripts", folder } }).records "mine")
  end)

  it("a secret for another host is told which host it is for, and how the one asked is written", function()
    local api = other_api.start(perigee.folder() .. "/other.log")
    local host = api.url:match "^http://([^/]+)"
    local message = failure_of(scenario, "mine", ("return { name = 'mine', base = '%s', path = 'articles/', primary_key = 'id', "
      .. "auth = { Authorization = 'Token {secrets.kb}' } }"):format(api.url),
      { config = { secrets = { { name = "kb", value = "sesame-1234", host = host } } } })
    api.stop()
    assert.is_truthy(message:find(("(kb is for https://%s alone, and not for http://%s; were it for that, its `host` would be "
      .. '"http://%s"'):format(host, host, host), 1, true), message)
    assert.same({}, api.asked())
  end)
end)
