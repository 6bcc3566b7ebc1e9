-- The definitions that editors read, held against the modules that scripts have and the contract of a stream: both ways.
local contract = require "stream.contract"
local own_read = require "reading.custom_read"
local perigee = require "spec.support.perigee"
local sentry = require "spec.support.sentry"

-- No script of perigee's can require these, so they have no definitions: `pacing` is the governor on a clock of the specs' own,
-- `leftovers` counts what a spec has not ended, `description` is for manual/.
local of_specs = { description = true, leftovers = true, pacing = true }

local function modules_of_the_runtime()
  local file, names = assert(io.open "runtime/lua/modules.c"), {}
  for name in file:read "a":match "modules%[%] = {(.-)NULL, NULL":gmatch '{"([%w_]+)", open_' do
    if not of_specs[name] then names[#names + 1] = name end
  end
  file:close()
  return names
end

local modules = modules_of_the_runtime()
local not_modules = { record = true, stream = true } -- what hooks are handed; what a stream's script returns
local function sorted(names)
  table.sort(names)
  return names
end

local function functions_of(live)
  local names = {}
  for name, value in pairs(live) do
    if type(value) == "function" and not name:find "^__" then names[#names + 1] = name end
  end
  return sorted(names)
end

-- What a definition file declares for a class: its functions.
local function declared(text, class)
  local names = {}
  for name in text:gmatch("\nfunction " .. class .. "[.:]([%w_]+)") do names[#names + 1] = name end
  return sorted(names)
end

-- And its fields.
local function fields(text, class)
  local names = {}
  local lines = (text .. "\n\n"):match("\n%-%-%-@class " .. class .. "\n(.-)\n[^-]")
  for name in assert(lines, class):gmatch "%-%-%-@field ([%w_]+)" do names[#names + 1] = name end
  return sorted(names)
end

local function read(name)
  local file = assert(io.open("docs/api/" .. name .. ".d.lua"))
  local text = file:read "a"
  file:close()
  return text
end

-- The methods of an object, though a script cannot see its metatable.
local function methods_of(object)
  local index = debug.getmetatable(object).__index
  if type(index) == "function" then index = select(2, debug.getupvalue(index, 1)) end
  return functions_of(index)
end

describe("the definitions in docs/api", function()
  teardown(perigee.cleanup)

  it("are of each module, of records and of the contract, and of nothing else", function()
    local expected, found = { "record", "stream" }, {}
    for _, name in ipairs(modules) do expected[#expected + 1] = name end
    local pipe = assert(io.popen "ls docs/api")
    for line in pipe:lines() do
      local name = line:match "^(.*)%.d%.lua$"
      found[#found + 1] = name
      local meta = name and read(name):match "^%-%-%-@meta ([%w_]+)\n"
      assert.equal(name, meta)
      if not not_modules[name] then assert.matches("\nreturn [%w_]+\n$", read(name)) end
    end
    pipe:close()
    assert.same(sorted(expected), sorted(found))
  end)

  it("are of at least the modules of old", function()
    local has = {}
    for _, name in ipairs(modules) do has[name] = true end
    local old = "airbyte clock console host http json keys page repl secrets tasks"
    for name in old:gmatch "%w+" do assert.is_true(has[name], name) end
    for name in pairs(of_specs) do assert.is_table(require(name)) end
  end)

  for _, name in ipairs(modules) do
    it("name every function of the module " .. name .. ", and no other", function()
      assert.same(functions_of(require(name)), declared(read(name), name == "page" and "page_module" or name))
    end)
  end

  it("find in the module host the functions of other modules, under its names", function()
    local host, other = require "host", {}
    for _, name in ipairs(modules) do
      for _, value in pairs(name ~= "host" and require(name) or {}) do other[value] = true end
    end
    for name, value in pairs(host) do assert.is_true(other[value], name) end
    assert.equal(require("command_line").version, host.version)
  end)

  it("name every method of pages, records, sets of keys, streams, destinations, answers and tasks, and no other", function()
    local page = require("page").of("[{}]", { fields = {} })
    local response = assert(require("http").get(sentry.scenario({}).url .. "/api/0/"))
    local objects = {
      page = { page, "page" }, keys_set = { require("keys").set(1), "keys" }, response = { response, "http" },
      airbyte_stream = { require("airbyte").capture("any", nil, {}), "airbyte" },
      open_destination = { require("destination").open(perigee.folder() .. "/any.db"), "destination" },
      task = { require("tasks").spawn(function() end), "tasks" },
    }
    for class, of in pairs(objects) do
      assert.same({ class, methods_of(of[1]) }, { class, declared(read(of[2]), class) })
    end
    page:filter(function(record)
      assert.same(methods_of(record), declared(read "record", "record"))
      return true
    end)
  end)

  it("name every field of a stream, of its cursor and of contexts, and no other", function()
    local of_stream, of_cursor = contract.fields()
    local text = read "stream"
    assert.same(of_stream, fields(text, "stream"))
    assert.same(of_cursor, fields(text, "stream_cursor"))
    local context = require("reading.context").new({}, {}, {})
    local has = {}
    for name in pairs(context) do has[#has + 1] = name end
    assert.same(sorted(has), fields(text, "context"))
  end)

  it("name every method of a context that reads by itself, and no other", function()
    local seen
    local stream = { name = "any", identity = {}, read = function(context) seen = methods_of(context) end }
    assert(own_read.probe(stream, {}, { config = {} }))
    assert.same(seen, declared(read "stream", "own_context"))
  end)
end)
