-- The definitions that editors read, held against the modules that scripts have.
local modules = { "airbyte", "clock", "console", "host", "http", "json", "keys", "page", "repl", "secrets", "tasks" }

local function names_of(value)
  local names = {}
  for name in pairs(value) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- What the definition file declares for a class: its functions, and its fields.
local function declared(text, class)
  local names = {}
  for name in text:gmatch("\nfunction " .. class .. "[.:]([%w_]+)") do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function read(module)
  local file = assert(io.open("docs/api/" .. module .. ".d.lua"))
  local text = file:read "a"
  file:close()
  return text
end

describe("the definitions in docs/api", function()
  for _, name in ipairs(modules) do
    it("name every function of the module " .. name .. ", and no other", function()
      local live = {}
      for key, value in pairs(require(name)) do
        if type(value) == "function" then live[key] = true end
      end
      assert.same(names_of(live), declared(read(name), name == "page" and "page_module" or name))
    end)
  end

  it("name every method of pages and of sets of keys, and no other", function()
    local page = require("page").of("[]", { fields = {} })
    local set = require("keys").set(1)
    for class, pair in pairs { page = { page, "page" }, keys_set = { set, "keys" } } do
      local missing = {}
      for _, method in ipairs(declared(read(pair[2]), class)) do
        if not pair[1][method] then missing[#missing + 1] = method end
      end
      assert.same({}, missing)
    end
  end)

  it("name the methods of a record in a hook", function()
    require("page").of("[{}]", { fields = {} }):filter(function(record)
      for _, method in ipairs(declared(read "record", "record")) do assert.is_function(record[method], method) end
      return true
    end)
  end)
end)
