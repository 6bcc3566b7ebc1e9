-- A stream of the user's own at the prompt, which runs as in a read.
local connector = require "spec.support.connector"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

-- Releases once more.
local RELEASES = 'return { name = "own", path = "organizations/{organization}/releases/", primary_key = "id" }'

teardown(perigee.cleanup)

describe("a stream of the user's own, at the prompt,", function()
  local place
  setup(function() place = sentry.scenario { data = { releases = 150 } } end)

  it("is there, from the configuration too", function()
    local config = perigee.write(sentry.config(place, { custom_streams = { { name = "own", script = RELEASES } } }))
    local result = perigee.run { "repl", "--config", config,
      input = "print(streams.own:pages():next().count, streams.own:schema().type)\nprint(streams)\n" }
    assert.equal(0, result.status, result.err)
    assert.same({ "100\tobject", "streams: " .. table.concat(streams.shipped_and "own", ", ") }, result.lines)
    result = perigee.run { "repl", "--config", config, input = ".schema own\n" }
    assert.same({ 0, "" }, { result.status, result.err:match "error: .*" or "" })
    assert.equal("own", perigee.run({ "repl", "--config", config, input = "own" }).err:match "the stream is streams%.(%w+)")
  end)

  -- Of a page at the prompt: what it comes to, or the error, which has no name of a stream before it there.
  local function at_prompt(words, name)
    local input = ("local page, message = streams.%s:pages():next()\nprint(page and page.count or message)\n"):format(name)
    local result = perigee.run { "repl", input = input, table.unpack(words) }
    return result.lines[1] or result.err:match "error: ([^\n]*)"
  end

  it("asks only what read would let it ask, and is refused with the same words", function()
    local elsewhere = sentry.scenario { own_port = true }
    local origin = elsewhere.url:match "^%a+://[^/]+"
    local scripts = {
      params = ("return { name = 'params', path = 'organizations/{organization}/releases/', params = function()\n"
        .. "error(select(2, require 'http'.get('%s/')) or 'it was asked', 0) end }"):format(elsewhere.url),
      base = ("return { name = 'base', base = '%s/api/0/', path = 'organizations/acme/releases/' }"):format(elsewhere.url),
    }
    local entries = {}
    for name, text in pairs(scripts) do entries[#entries + 1] = { name = name, script = text } end
    local config = perigee.write(sentry.config(place, { custom_streams = entries }))
    local folder = own_streams.folder({ params = scripts.params })
    for _, words in ipairs { { "--config", config }, { "--config", perigee.write(sentry.config(place)), "--scripts", folder } } do
      for name in pairs(scripts) do
        if words[3] and name == "base" then break end -- a file names its hosts itself
        local catalog = perigee.write_catalog { name }
        local read = perigee.run { "read", "--catalog", catalog, table.unpack(words) }
        local refusal = origin .. " is not granted to this stream and was not asked; put it into "
          .. (words[3] and "`hosts` in its script" or "the `hosts` of its entry in custom_streams")
        local in_read, shown = connector.errors(read)[1].message, at_prompt(words, name)
        assert.truthy(in_read:find(refusal, 1, true), in_read)
        assert.truthy(shown:find(refusal, 1, true), shown)
      end
    end
    assert.same({}, elsewhere.log())
  end)

  it("asks what it is granted, by its file or by its entry", function()
    local elsewhere = sentry.scenario { own_port = true, data = { releases = 3 } }
    local text = ("return { name = 'base', base = '%s/api/0/', path = 'organizations/acme/releases/', hosts = '%s',\n"
      .. "auth = { Authorization = 'Bearer {secrets.there}' } }"):format(elsewhere.url, elsewhere.url:match "^%a+://[^/]+")
    local given = { secrets = { { name = "there", value = sentry.token, host = elsewhere.url:match "^%a+://[^/]+" } } }
    local from_folder = perigee.write(sentry.config(place, given))
    given.custom_streams = { { name = "base", script = text, hosts = { elsewhere.url:match "^%a+://[^/]+" } } }
    assert.equal("3", at_prompt({ "--config", perigee.write(sentry.config(place, given)) }, "base"))
    assert.equal("3", at_prompt({ "--config", from_folder, "--scripts", own_streams.folder({ base = text }) }, "base"))
    assert.equal(2, #elsewhere.log())
  end)

  it("reaches nothing else than in a read, and ends by the same limit", function()
    local reaches = [[
local found = { "io:" .. tostring(rawget(_G, "io")) }
for _, name in ipairs { "console", "repl", "secrets", "pacing" } do
  found[#found + 1] = name .. ":" .. tostring((pcall(require, name)))
end
for name in pairs(require "host") do found[#found + 1] = name end
table.sort(found)
return { name = "reaches", path = "organizations/{organization}/releases/",
  params = function() error(table.concat(found, " "), 0) end }
]]
    local folder = own_streams.folder({ reaches = reaches, looping = "while true do end" })
    local words = { "--config", perigee.write(sentry.config(place)), "--scripts", folder, "--script-time=0.2" }
    local read = perigee.run { "read", "--catalog", perigee.write_catalog { "reaches", "looping" }, table.unpack(words) }
    local reached, looped = connector.errors(read, "reaches")[1].message, connector.errors(read, "looping")[1].message
    assert.matches("console:false.* io:nil .*pacing:false repl:false .*secrets:false", reached)
    assert.equal(reached, "the script of the stream 'reaches' failed: " .. at_prompt(words, "reaches"))
    local told = at_prompt(words, "looping")
    assert.matches("it ran ", told)
    assert.is_truthy(looped:find(told, 1, true), told)
  end)
end)
