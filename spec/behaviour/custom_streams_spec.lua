local connector = require "spec.support.connector"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"
local streams = require "spec.support.streams"

local function script(name, more)
  return ([[-- Releases once more.
return { name = "%s", path = "organizations/{organization}/releases/", primary_key = "id", identity = "version",
  cursor = { field = "dateCreated" }%s }
]]):format(name, more or "")
end

local function folder_of(name, files)
  local folder = perigee.folder(name)
  for stream, text in pairs(files) do perigee.write(text, name .. "/" .. stream .. ".lua") end
  return folder
end

local function discover(words)
  table.insert(words, 1, "discover")
  local result, names = perigee.run(words), {}
  local catalog = result.of("CATALOG")[1] or { streams = {} }
  for _, stream in ipairs(catalog.streams) do names[#names + 1] = stream.name end
  return names, result
end

-- The states of a read, with the number of keys in the place of these: each read draws a seed of its own for them.
local function states_of(result)
  local states = connector.states(result)
  for _, state in ipairs(states) do
    local of_stream = state.stream.stream_state
    of_stream.seed, of_stream.recent = nil, of_stream.recent and #of_stream.recent.keys
  end
  return states
end

local SHIPPED, with = streams.shipped, streams.shipped_and

teardown(perigee.cleanup)

describe("a stream of the user's own", function()
  local place
  setup(function() place = sentry.scenario { data = { releases = 150, events = 3, issues = 3 } } end)

  it("gives the same from a folder and from the configuration", function()
    local folder = folder_of("same", { own = script "own" })
    local from_folder = connector.read(place, { { "own", "incremental" } }, { words = { "--scripts", folder } })
    local from_config = connector.read(place, { { "own", "incremental" } },
      { config = { custom_streams = { { name = "own", script = script "own" } } } })
    assert.equal(0, from_config.status, table.concat(from_config.lines, "\n"))
    assert.is_nil(connector.difference(connector.truth(place, "releases"), from_config.records "own"))
    assert.same(from_folder.records "own", from_config.records "own")
    assert.same(states_of(from_folder), states_of(from_config))
  end)

  it("is in the catalogue beside the shipped ones, of the configuration where that is given", function()
    local config = perigee.write(sentry.config(place, { custom_streams = { { name = "own", script = script "own" } } }))
    assert.same(with "own", (discover { "--config", config }))
    assert.same(SHIPPED, (discover {}))
    assert.same(with("own", "two"), (discover { "--config", config, "--scripts", folder_of("two", { two = script "two" }) }))
  end)

  it("takes the place of a shipped one of its name when it is a file, which discover logs", function()
    local folder = folder_of("place", { events = script "events" })
    local names, result = discover { "--scripts", folder }
    assert.same(SHIPPED, names)
    assert.equal(folder .. "/events.lua takes the place of the shipped stream 'events'", result.of("LOG")[1].message)
    assert.equal("INFO", result.of("LOG")[1].level)
    local read = connector.read(place, { "events" }, { words = { "--scripts", folder } })
    assert.is_nil(connector.difference(connector.truth(place, "releases"), read.records "events"))
  end)

  it("is found in all folders of PERIGEE_SCRIPTS; one named later, and --scripts, come first", function()
    local one, two = folder_of("one", { a = script "a", b = script "b" }), folder_of("later", { a = script "x" })
    assert.same(with("a", "b"), (discover { env = { PERIGEE_SCRIPTS = one } }))
    local _, result = discover { env = { PERIGEE_SCRIPTS = one .. "::" .. two } }
    assert.matches("later/a.lua%): its name is 'x'", result.of("TRACE")[1].error.message)
    assert.same(with("a", "b"), (discover { "--scripts", one, env = { PERIGEE_SCRIPTS = two } }))
  end)

  it("is told of when its folder is not there", function()
    local _, result = discover { env = { PERIGEE_SCRIPTS = "/nowhere" } }
    assert.equal("/nowhere: the folder of scripts cannot be read", result.of("TRACE")[1].error.message)
  end)

  it("is found in an image's streams.d, which need not be there", function()
    local root = perigee.folder "image/bin"
    local share = perigee.folder "image/share/perigee"
    local binary = os.getenv "PERIGEE" or "build/perigee"
    assert(os.execute(("cp %s %s/perigee && ln -s $PWD/scripts $PWD/schemas %s/"):format(binary, root, share)))
    assert.same(SHIPPED, (discover { binary = root .. "/perigee" }))
    perigee.folder "image/share/perigee/streams.d"
    perigee.write(script "placed", "image/share/perigee/streams.d/placed.lua")
    assert.same(with "placed", (discover { binary = root .. "/perigee" }))
  end)

  it("may require what is beside its script, and what is ours, which comes first", function()
    local folder = folder_of("beside", {
      helped = "local parts = require 'parts.names'\nreturn { name = parts.name, path = 'projects/', primary_key = 'id' }",
      spec = "error 'not this one'",
    })
    perigee.folder "beside/parts"
    perigee.write("require 'spec'\nreturn { name = 'helped' }", "beside/parts/names.lua")
    local names, result = discover { "--scripts", folder }
    assert.same(with "helped", names)
    assert.matches("spec.lua:1: not this one", result.of("TRACE")[1].error.message)
    perigee.write("return require '../one/a'", "beside/up.lua")
    perigee.write("return require 'names'", "beside/missing.lua")
    local told = {}
    for _, trace in ipairs(select(2, discover { "--scripts", folder }).of "TRACE") do told[#told + 1] = trace.error.message end
    assert.matches("'../one/a' cannot be the name of a script", table.concat(told, "\n"))
    assert.matches("there is no module or script 'names' to require", table.concat(told, "\n"))
  end)

  it("that changes the modules of its worker ends by itself, and leaves the others and the lines whole", function()
    local function changing(name, to)
      return ("local json = require 'json'\nlocal encode = json.encode\njson.encode = %s\n%s"):format(to, script(name))
    end
    local folder = folder_of("changing", {
      garbage = changing("garbage", "function() return ']garbage' end"),
      broken = changing("broken", "function(value) return encode(value) .. '\\n' end"),
    })
    local names, result = discover { "--scripts", folder }
    assert.same(SHIPPED, names)
    for i, name in ipairs { "broken", "garbage" } do
      assert.equal(("the script of the stream '%s' (%s/%s.lua) made no JSON of its entry"):format(name, folder, name),
        result.of("TRACE")[i].error.message)
    end
  end)

  it("of the configuration may be read for each record of another one there", function()
    local child = [[
      return { name = "child", parent = "own", path = "organizations/{organization}/releases/", primary_key = "id",
        params = function(context) return { of = context.parent.version } end }]]
    local few = sentry.scenario { data = { releases = 3 } }
    local result = connector.read(few, { "child" }, { config = { custom_streams = {
      { name = "child", script = child }, { name = "own", script = script "own" } } } })
    assert.equal(0, result.status, connector.logs(result))
    assert.equal(9, #result.records "child")
  end)

  it("sees the configuration without the scripts of others", function()
    local peeping = [[
      return { name = "peeping", primary_key = "id", read = function(context)
        error(require "json".encode(context.config))
      end }]]
    local result = connector.read(place, { "peeping" }, { config = { custom_streams = {
      { name = "peeping", script = peeping }, { name = "own", script = script "own" } } } })
    local message = connector.errors(result, "peeping")[1].message
    assert.matches('"organization":"acme"', message)
    assert.is_nil(message:find("Releases once more", 1, true))
  end)
end)

describe("custom_streams that are wrong", function()
  local place
  setup(function() place = sentry.scenario {} end)

  local wrong = {
    { "a list", { { name = "own" } }, "custom_streams[0].script must be a non-empty string, and is missing" },
    { "a script", { { script = "return {}" } }, "custom_streams[0].name must be a non-empty string, and is missing" },
    { "a shipped name", { { name = "own", script = "x" }, { name = "events", script = "x" } },
      "custom_streams[1].name 'events' is the name of a shipped stream; choose another" },
    { "twice", { { name = "own", script = "x" }, { name = "own", script = "x" } },
      "custom_streams[1].name 'own' is the name of another entry; choose another" },
    { "a path", { { name = "../own", script = "x" } }, "custom_streams[0].name '../own' must be of letters, digits, _ and -" },
    { "a text", "own", "custom_streams must be a list, and is a string" },
    { "texts", { "own" }, "custom_streams[0] must be an object, and is a string" },
    { "a host", { { name = "own", script = "x", hosts = "a.example" } }, "custom_streams[0].hosts must be a list of hosts" },
    { "a key for script", { { name = "own", scirpt = "x" } }, "and is missing; is 'scirpt' meant for it?" },
    { "a key for hosts", { { name = "own", script = "x", host = { "a.example" } } },
      "custom_streams[0] has no field 'host'; is 'hosts' meant?" },
    { "a path in hosts", { { name = "own", script = "x", hosts = { "a.example/path" } } },
      "custom_streams[0].hosts[0] must be a host such as api.example.com" },
    { "no host in hosts", { { name = "own", script = "x", hosts = { "a.example", "user@b.example" } } },
      "custom_streams[0].hosts[1] must be a host" },
  }

  it("are told of by check and read, with their place", function()
    for _, case in ipairs(wrong) do
      local status, message = connector.check(place, { config = { custom_streams = case[2] } })
      assert.same({ case[1], "FAILED" }, { case[1], status })
      assert.truthy(message:find(case[3], 1, true), message)
    end
    local result = connector.read(place, { "events" }, { config = { custom_streams = wrong[3][2] } })
    assert.truthy(connector.errors(result)[1].message:find(wrong[3][3], 1, true))
    assert.same({ 1, {} }, { result.status, place.log "events" })
  end)

  it("may be left out, null, or empty", function()
    local config = perigee.write('{"auth_token":"x","organization":"a","project":"b","custom_streams":null,"secrets":[]}')
    assert.same(SHIPPED, (discover { "--config", config }))
  end)
end)

describe("secrets that are wrong", function()
  it("are told of, without being told", function()
    local place = sentry.scenario {}
    for message, given in pairs {
      ["secrets[0].name must be a non-empty string, and is missing"] = { { value = "hidden-1", host = "a.example" } },
      ["secrets[0].value must be a non-empty string, and is not one"] = { { name = "a", value = 12345678, host = "a.example" } },
      ["secrets[0].value must be a non-empty string, and is missing; is 'valeu' meant for it?"] =
        { { name = "a", valeu = "hidden-1", host = "a.example" } },
      ["secrets[0].host must be a host such as"] = { { name = "a", value = "hidden-1", host = "a.example/x" } },
      ["secrets[1].name 'a' is the name of another one"] = { { name = "a", value = "hidden-1", host = "a.example" },
        { name = "a", value = "hidden-2", host = "a.example" } },
    } do
      local status, told, result = connector.check(place, { config = { secrets = given } })
      assert.equal("FAILED", status)
      assert.truthy(told:find(message, 1, true), told)
      assert.is_nil(table.concat(result.lines):find("hidden", 1, true))
      assert.is_nil(table.concat(result.lines):find("12345678", 1, true))
    end
  end)
end)

describe("PERIGEE_CUSTOM_STREAMS=off", function()
  local off = { PERIGEE_CUSTOM_STREAMS = "off" }

  it("leaves the shipped streams alone, and says so where another is asked for", function()
    local place = sentry.scenario { data = { releases = 5 } }
    local folder = folder_of("off", { events = "error 'not to be run'", mine = script "mine" })
    local config = perigee.write(sentry.config(place, { custom_streams = { { name = "own", script = script "own" } } }))
    assert.same(SHIPPED, (discover { "--config", config, "--scripts", folder, env = off }))
    assert.same(with("mine", "own"), (discover { "--config", config, "--scripts", folder_of("on", { mine = script "mine" }),
      env = { PERIGEE_CUSTOM_STREAMS = "on" } }))
    local result = connector.read(place, { "mine", "own", "releases" }, { words = { "--scripts", folder }, env = off,
      config = { custom_streams = { { name = "own", script = script "own" } } } })
    for _, name in ipairs { "mine", "own" } do
      assert.equal(("there is no shipped stream '%s', and PERIGEE_CUSTOM_STREAMS=off turns streams of your own off here")
        :format(name), connector.errors(result, name)[1].message)
    end
    assert.equal(5, #result.records "releases")
    assert.matches("PERIGEE_CUSTOM_STREAMS=off: the configuration's 1 custom_streams are left out",
      connector.logs(result, "INFO"))
    local tried = perigee.run { "try", "own", "--config", config, env = off }
    assert.matches("there is no shipped stream 'own', and PERIGEE_CUSTOM_STREAMS=off", tried.err)
  end)

  it("is on or off, nothing else", function()
    local result = perigee.run { "spec", env = { PERIGEE_CUSTOM_STREAMS = "no" } }
    assert.equal(2, result.status)
    assert.matches("^perigee: PERIGEE_CUSTOM_STREAMS must be on or off\n", result.err)
  end)
end)

describe("check, of streams of the user's own", function()
  local place
  setup(function() place = sentry.scenario { data = { releases = 5 } } end)

  it("asks for one record of each", function()
    local status, message = connector.check(place, { words = { "--scripts", folder_of("good", { own = script "own" }) } })
    assert.same({ "SUCCEEDED", "" }, { status, message })
    assert.equal(2, #place.log "releases")
  end)

  it("names all that are broken, each with its script, line and mend", function()
    local folder = folder_of("broken", {
      syntax = "return {\n  name = 'syntax'\n  path = 'x' }",
      field = "return { name = 'field', pathh = 'x' }",
      cursor = "return { name = 'cursor', path = 'x', cursor = { feild = 'id' } }",
      global = "local function later()\n  return limmit, pritn\nend\n"
        .. "return { name = 'global', path = 'x', params = { a = type(later) } }",
      short = "foo = 1\nreturn { name = 'short', path = 'x' }",
      raising = "\n\nreturn { name = nil .. 'x' }",
      looping = "-- for ever\nwhile true do end",
      refused = script("refused", ", hosts = 'not a host'"),
      good = script "good",
    })
    local status, told, result = connector.check(place, { words = { "--scripts", folder, "--script-time=0.2" },
      config = { custom_streams = { { name = "pasted", script = "\nreturn { name = 'other', path = 'x' }" } } } })
    assert.equal("FAILED", status)
    assert.equal(0, result.status)
    for name, message in pairs {
      syntax = "broken/syntax.lua:3: '}' expected (to close '{' at line 1) near 'path'",
      field = "broken/field.lua): there is no field 'pathh' (did you mean 'path'?)",
      cursor = "broken/cursor.lua): cursor: there is no field 'feild' (did you mean 'field'?)",
      global = "broken/global.lua): line 2: undefined global 'limmit'; declare it with `local`, line 2: undefined global 'pritn' "
        .. "(did you mean 'print'?)",
      short = "broken/short.lua): line 1: undefined global 'foo'; declare it with `local`",
      raising = "broken/raising.lua:3: attempt to concatenate a nil value",
      looping = perigee.out_of_time("broken/looping.lua:2", 0.2),
      refused = "hosts: 'not a host' is no host; write api.example.com",
      pasted = "(custom_streams.pasted): its name is 'other', and that of its file or entry 'pasted'; they must be the same",
    } do assert.truthy(told:find(message, 1, true), name .. ": " .. told) end
    assert.is_nil(told:find("'good'", 1, true))
  end)

  it("names the stream whose schema cannot be read", function()
    local folder = folder_of("schemas", {
      none = script("none", ", schema = 'nowhere.json'"), text = script "text", list = script "list",
    })
    perigee.write("no JSON", "schemas/text.json")
    perigee.write("[1]", "schemas/list.json")
    local _, told = connector.check(place, { words = { "--scripts", folder } })
    for _, message in ipairs {
      "the stream 'none': its schema nowhere.json: no such file",
      "the stream 'text': its schema text.json: is not JSON: line 1, column 1",
      "the stream 'list': its schema list.json: is no JSON Schema",
    } do assert.truthy(told:find(message, 1, true), message .. ": " .. told) end
  end)

  it("puts the record through the hooks, whose errors a read would otherwise be the first to meet", function()
    local forgets = "filter = function(record) local _ = record.id end"
    local folder = folder_of("hooks", {
      list = script("list", ", " .. forgets),
      child = ("return { name = 'child', parent = function() return { { id = 1 } } end, %s,\n"
        .. "path = 'organizations/{organization}/releases/' }"):format(forgets),
      reads = ("return { name = 'reads', read = function(context) context:emit { id = 1 } end, %s }"):format(forgets),
    })
    local _, told = connector.check(place, { words = { "--scripts", folder } })
    for _, place_of in ipairs { "list.lua:3", "child.lua:1", "reads.lua:1" } do
      assert.truthy(told:find(place_of .. ": this filter returned nothing", 1, true), told)
    end
  end)

  it("names the stream that a message is about, whatever it tells", function()
    local folder = folder_of("told", {
      filled = script("filled", ", path = 'organizations/{organisation}/'"),
      keyless = script("keyless", ", primary_key = 'nothing'"),
    })
    local _, told, result = connector.check(place, { words = { "--scripts", folder } })
    assert.truthy(told:find("stream filled: the path organizations/{organisation}/ needs", 1, true), told)
    assert.truthy(connector.logs(result, "WARN"):find("keyless: no record of the page has 'nothing', which the stream's "
      .. "`primary_key` names", 1, true))
  end)

  it("names those that its time is not enough for, and not the server, which answered", function()
    local folder = folder_of("late", {
      waiting = "return { name = 'waiting', parent = function() require 'tasks'.sleep(600) return {} end,\n"
        .. "  path = 'organizations/{organization}/releases/', primary_key = 'id' }",
      good = script "good",
    })
    local status, told = connector.check(place, { words = { "--scripts", folder, "--check-budget=8" } })
    assert.same({ "FAILED", "the streams of your own that gave no record, nor an error, within 8 s: waiting; "
      .. "see what their scripts wait for" }, { status, told })
  end)

  it("does not take a global for undefined that is there, nor a local for a global", function()
    local sound = script("sound", ", params = { a = tostring(math.pi):upper() .. select('#', next, _G, _VERSION) }")
      .. "\n-- never reached: undefined_in_a_comment"
    local status, message = connector.check(place, { words = { "--scripts", folder_of("sound", { sound = sound }) } })
    assert.same({ "SUCCEEDED", "" }, { status, message })
  end)

  it("finds a global in a long script, whatever its line", function()
    local lines = {}
    for i = 1, 900 do lines[i] = "" end
    lines[100], lines[400] = "local a, b = 1, {", "} local function f() return a, b end"
    lines[700] = "local function g() return f, missing_name end"
    lines[900] = "return { name = 'long', path = 'x', params = { a = type(g) } }"
    local folder = folder_of("long", { long = table.concat(lines, "\n") })
    local _, message = connector.check(place, { words = { "--scripts", folder } })
    assert.truthy(message:find("line 700: undefined global 'missing_name'", 1, true), message)
  end)
end)

describe("a connector with five streams of the user's own", function()
  it("of which one loops, one eats memory, one is no Lua and one raises in mid-page, reads the rest completely", function()
    local place = sentry.scenario { data = { releases = 150, events = 250, issues = 40 } }
    local raising = [[
      local seen = 0
      return { name = "raising", path = "projects/{organization}/{project}/events/", primary_key = "id",
        cursor = { field = "dateCreated", ordered_by = { "dateCreated" } }, filter = function()
          seen = seen + 1
          if seen == 150 then error "in mid-page" end
          return true
        end }]]
    local folder = folder_of("five", {
      looping = "while true do end", eating = "local t = {} while true do t = { t } end", broken = "return {{",
      raising = raising, fifth = script "fifth",
    })
    local names = { "looping", "eating", "broken", "raising", "fifth", table.unpack(streams.of_peer) }
    local result = connector.read(place, names, { words = { "--scripts", folder, "--script-time=3" } })
    assert.equal(1, result.status)
    for name, message in pairs {
      looping = perigee.out_of_time("looping.lua:1", 3), eating = "eating.lua:1: " .. perigee.out_of_memory,
      broken = "broken.lua:1: unexpected symbol near <eof>", raising = "raising.lua:5: in mid-page",
    } do
      assert.truthy(connector.errors(result, name)[1].message:find(message, 1, true), connector.errors(result, name)[1].message)
      assert.equal("INCOMPLETE", connector.last_status(result, name))
    end
    assert.equal(100, #result.records "raising")
    local lists = { fifth = "releases", releases = "releases", events = "events", issues = "issues", projects = "projects" }
    for name, list in pairs(lists) do
      assert.is_nil(connector.difference(connector.truth(place, list), result.records(name)), name)
      assert.equal("COMPLETE", connector.last_status(result, name), name)
    end
  end)
end)
