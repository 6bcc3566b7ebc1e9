-- The rules of the reading core: one file a noun, one writer for each field, no word of any API, and no failure type
-- but the protocol's.
local files = require "spec.support.files"

local HERE = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local ROOT = HERE .. "../../../scripts/"

-- Who walks a list, down or up, begins one or looks far down in it, reads a tie again, or says why a page may be refused.
local TOKEN_READERS = { ["page_walk.lua"] = true, ["borders.lua"] = true, ["tie.lua"] = true, ["parent_sweeps.lua"] = true,
  ["route.lua"] = true, ["route_choice.lua"] = true, ["slice_start.lua"] = true, ["answer.lua"] = true,
  ["slice_cap.lua"] = true }

local function sources(room)
  local list, pipe = {}, assert(io.popen(("ls %s%s/*.lua"):format(ROOT, room)))
  for path in pipe:lines() do list[#list + 1] = { name = path:match "[^/]+$", text = files.read(path) } end
  pipe:close()
  assert(#list > 0, "no scripts in " .. room)
  return list
end

-- A text with each statement on a line of its own, about.
local function statements(text)
  for _, word in ipairs { "then ", "do ", "else ", "; ", "%) " } do text = text:gsub(word, "%0\n") end
  return text
end

-- The lines of these rooms' scripts that have the pattern, but in the files that are named.
local function lines_with(pattern, but, rooms)
  local found = {}
  for _, room in ipairs(rooms or { "reading" }) do
    for _, source in ipairs(sources(room)) do
      for line in statements(source.text):gmatch "[^\n]+" do
        if not but[source.name] and line:lower():find(pattern) then found[#found + 1] = source.name .. ": " .. line end
      end
    end
  end
  return found
end

-- A field of something, by itself or among others, on the left of an assignment.
local WRITTEN = "^[%%w_.%%[%%], ]*%%f[%%w_]%s%%.%s%%f[^%%w_][%%w_.%%[%%], ]*=[^=]"

describe("the reading core", function()
  it("writes the fields of a slice in slice.lua alone", function()
    for _, field in ipairs { "lower", "upper", "token", "keys" } do
      for _, name in ipairs { "slice", "one", "below", "merged", "open%[[^%]]*%]" } do
        assert.same({}, lines_with(WRITTEN:format(name, field), { ["slice.lua"] = true }))
      end
    end
  end)

  it("writes what is known of windows, of progress and of the order in their own modules alone", function()
    local owners = {
      windows = { "useful", "exact", "sample" }, progress = { "now", "top", "open", "since_state", "records", "at_end" },
      order = { "candidates" }, intake = { "repeats", "seen" }, first = { "taken", "page", "look" },
    }
    for owner, fields in pairs(owners) do
      for _, field in ipairs(fields) do
        assert.same({}, lines_with(WRITTEN:format(owner, field), {}))
      end
    end
  end)

  it("reads page tokens where a list is walked alone, down or up, where a route is chosen, and at a slice's cap", function()
    assert.same({}, lines_with("page_tokens%.read", TOKEN_READERS))
  end)

  it("compares failure types with the protocol's alone", function()
    local protocol = { config_error = true, transient_error = true, system_error = true }
    for _, source in ipairs(sources "reading") do
      for name, value in source.text:gmatch '(%w+) [=~]= "([%w_]+)"' do
        local is_failure = name == "kind" or name == "failure" or name == "failure_type"
        local of_place = TOKEN_READERS[source.name] and (value == "position" or value == "offset" or value == "opaque")
        assert.is_true(not is_failure or protocol[value] or of_place, source.name .. " compares with " .. value)
      end
    end
  end)

  it("has no word of an API", function()
    for _, pattern in ipairs { "sentry", "query%.start", '%["end"%]', "2000%-01%-01", "x%-hits", "per_page" } do
      assert.same({}, lines_with(pattern, {}), pattern)
    end
  end)

  it("computes the lower bound of a read, and the owner of a state, in one module each", function()
    local rooms = { "reading", "try" }
    assert.same({}, lines_with("config%.lookback_minutes", { ["lower_bound.lua"] = true }, rooms))
    assert.same({}, lines_with("config%.start_date", { ["lower_bound.lua"] = true }, rooms))
    assert.same({}, lines_with("of another host", { ["owner.lua"] = true }, rooms))
  end)
end)
