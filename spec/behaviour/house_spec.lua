-- The rules of the house, held by reading the tree. A rule that some files still break names them; one of them that keeps
-- the rule fails as well, so that its name goes.
local tree = require "spec.support.tree"

-- Each above the ones before.
local ROOMS = { "base", "hardening", "json", "formats", "page", "ledger", "secrets", "http", "pacing", "auth", "har", "airbyte",
  "destination", "compare", "child", "cli", "lua" }
local runtime = tree.files("runtime", "%.[ch]$")
local scripts = tree.files("scripts", "%.lua$")
local specs = tree.files("spec", "%.lua$")

local function place(found) return ("%s:%d: %s"):format(found.path, found.line, found.text:match "^%s*(.-)%s*$") end

-- Fails with each place outside of the files that are known to break the rule, and with each of those that keeps it.
local function assert_none(places, known)
  local wrong, breaks = {}, {}
  for _, found in ipairs(places) do
    breaks[found.path] = true
    if not (known and known[found.path]) then wrong[#wrong + 1] = place(found) end
  end
  for path in pairs(known or {}) do
    if not breaks[path] then wrong[#wrong + 1] = path .. ": keeps the rule by now; take its name from the list" end
  end
  table.sort(wrong)
  assert.equal("", table.concat(wrong, "\n"))
end

local function set(...)
  local names = {}
  for _, name in ipairs { ... } do names[name] = true end
  return names
end

local function all(...)
  local list = {}
  for _, one in ipairs { ... } do table.move(one, 1, #one, #list + 1, list) end
  return list
end

local function without(paths, ...)
  local kept = {}
  for _, path in ipairs(paths) do
    local out = false
    for _, beginning in ipairs { ... } do out = out or path:sub(1, #beginning) == beginning end
    if not out then kept[#kept + 1] = path end
  end
  return kept
end

local function room_of(path) return path:match "^runtime/([^/]+)/" end

describe("the rooms of runtime/", function()
  local floor = {}
  for i, room in ipairs(ROOMS) do floor[room] = i end

  it("see Lua's headers in lua/ alone", function()
    assert_none(tree.find(without(runtime, "runtime/lua/"), "^#include [<\"]l[ua]%w+%.h[>\"]"))
  end)

  it("have includes that lead down only, which main.c stands above", function()
    local places = {}
    for _, path in ipairs(runtime) do
      local from = path ~= "runtime/main.c" and assert(floor[room_of(path)], path .. " is in no room that the spec knows")
      for _, include in ipairs(tree.includes(path)) do
        if from and (floor[room_of(include.path)] or 0) > from then
          places[#places + 1] = { path = path, line = include.line, text = "includes " .. include.path }
        end
      end
    end
    assert_none(places)
  end)

  -- A header and its .c are one module.
  it("have no modules that include each other in a circle", function()
    local needs, state, circles = {}, {}, {}
    local function module_of(path) return (path:gsub("%.[ch]$", "")) end
    for _, path in ipairs(runtime) do
      local list = needs[module_of(path)] or {}
      needs[module_of(path)] = list
      for _, include in ipairs(tree.includes(path)) do
        local other = module_of(include.path)
        if other ~= module_of(path) then list[#list + 1] = { name = other, path = path, line = include.line } end
      end
    end
    local function visit(module, way)
      state[module] = "open"
      for _, need in ipairs(needs[module] or {}) do
        local text = ("%s -> %s"):format(way, need.name)
        if state[need.name] == "open" then
          circles[#circles + 1] = { path = need.path, line = need.line, text = text }
        elseif not state[need.name] then
          visit(need.name, text)
        end
      end
      state[module] = "done"
    end
    local names = {}
    for name in pairs(needs) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
      if not state[name] then visit(name, name) end
    end
    assert_none(circles)
  end)

  it("are drawn in docs/architecture.md as they are", function()
    local drawn, real = {}, {}
    local picture = require("spec.support.files").read "docs/architecture.md":match "\n```text rooms\n(.-)\n```"
    for line in assert(picture, "docs/architecture.md has no block ```text rooms"):gmatch "[^\n]+" do
      local room, below = line:match "^(%S+)%s*%->%s*(.-)%s*$"
      drawn[#drawn + 1] = room and room .. " -> " .. below or line
    end
    local below = {}
    for _, path in ipairs(runtime) do
      local room = room_of(path) or "main.c"
      below[room] = below[room] or {}
      for _, include in ipairs(tree.includes(path)) do
        local other = room_of(include.path)
        if other ~= room then below[room][other] = true end
      end
    end
    for i = #ROOMS + 1, 1, -1 do
      local room, list = ROOMS[i] or "main.c", {}
      for _, other in ipairs(ROOMS) do
        if below[room][other] then list[#list + 1] = other end
      end
      real[#real + 1] = ("%s -> %s"):format(room, table.concat(list, " "))
    end
    assert.equal(table.concat(real, "\n"), table.concat(drawn, "\n"))
  end)

  it("are listed in docs/architecture.md with all of their modules", function()
    local text = require("spec.support.files").read "docs/architecture.md"
    for _, room in ipairs(ROOMS) do
      local names, seen = {}, {}
      for _, path in ipairs(without(tree.files("runtime/" .. room, "%.[ch]$"), "runtime/lua/bindings/")) do
        local name = path:match "([^/]+)%.[ch]$"
        if not seen[name] then names[#names + 1], seen[name] = name, true end
      end
      table.sort(names)
      assert.equal(table.concat(names, ", "), text:match("\n| `" .. room .. "/` |[^\n]*| ([%w_, ]+) |\n"), room)
    end
  end)

  it("are entered by the services of the runtime, not through the loop or a host", function()
    assert_none(tree.find(without(runtime, "runtime/lua/host.c"), "host_of%([^)]*%)%->runtime", "loop%->runtime",
      "loop%->[a-z_]+%->"))
  end)
end)

describe("a file", function()
  local function too_long(paths, limit)
    local places = {}
    for _, path in ipairs(paths) do
      local count = #tree.lines(path)
      if count > limit then places[#places + 1] = { path = path, line = count, text = ("more than %d lines"):format(limit) } end
    end
    return places
  end

  it("has 400 lines at the most", function()
    local python = all(tree.files("spec", "%.py$"), tree.files("bench", "%.py$"))
    local others = all(tree.files("bench", "%.[ch]$"), tree.files("demo", "%.lua$"), tree.files("examples", "%.lua$"),
      tree.files("manual", "%.lua$"))
    assert_none(too_long(all(runtime, scripts, specs, python, others), 400))
  end)

  it("of scripts/reading has 250", function()
    assert_none(too_long(tree.files("scripts/reading", "%.lua$"), 250))
  end)
end)

describe("a function", function()
  local function too_long(paths, functions, limit)
    local places = {}
    for _, path in ipairs(paths) do
      for _, found in ipairs(functions(path)) do
        if found.length > limit then
          places[#places + 1] = { path = path, line = found.line, text = ("%d lines: %s"):format(found.length, found.text) }
        end
      end
    end
    return places
  end

  it("of C has 40 lines at the most", function()
    assert_none(too_long(all(runtime, tree.files("bench", "%.c$")), tree.c_functions, 40))
  end)

  it("of Lua has 60; a describe() holds many", function()
    local function named(path)
      local list = {}
      for _, found in ipairs(tree.lua_functions(path)) do
        if not found.text:find "^describe" then list[#list + 1] = found end
      end
      return list
    end
    assert_none(too_long(all(scripts, specs, tree.files("demo", "%.lua$"), tree.files("examples", "%.lua$"),
      tree.files("manual", "%.lua$")), named, 60))
  end)

  it("is seen by this spec in every file that has one", function()
    local c, lua = 0, 0
    for _, path in ipairs(runtime) do c = c + #tree.c_functions(path) end
    for _, path in ipairs(scripts) do lua = lua + #tree.lua_functions(path) end
    assert.is_true(c > 900 and lua > 500, ("%d of C, %d of Lua"):format(c, lua))
  end)
end)

describe("a word", function()
  it("of Sentry stands in scripts/sentry, scripts/streams and the line that names the default API alone", function()
    local places = tree.find(without(all(runtime, scripts), "scripts/sentry/", "scripts/streams/", "scripts/api/default.lua"),
      "[Ss][Ee][Nn][Tt][Rr][Yy]", "[Gg]litch[Tt]ip", "%f[%w]DSN%f[%W]", "X%-Hits", "lastSeen", "dateCreated")
    assert_none(places)
    assert.equal(1, #tree.find({ "scripts/api/default.lua" }, "[Ss][Ee][Nn][Tt][Rr][Yy]"))
  end)

  -- Left: names that the code had, for which the trade has a word (scheduler, slice, message, allowed hosts, inject, …).
  it("of the trade stands where there is one", function()
    local left = { "strand", "pager", "witness", "at_hand", "starter", "quota", "grants", "beat", "breach", "misfit", "unfit",
      "strange", "strike", "spoil", "pace", "foresee", "remote", "har_target", "har_fields", "own_read" }
    local patterns = {}
    for i, word in ipairs(left) do patterns[i] = "%f[%w_]" .. word .. "%f[^%w_]" end
    local known = set("runtime/lua/bindings/sandbox_child_lua.c", "runtime/lua/bindings/sandbox_child_lua.h",
      "scripts/stream/registry.lua") -- `grants` is a field of a job
    assert_none(tree.find(all(runtime, scripts), table.unpack(patterns)), known)
  end)

  it("for what reading came to is no made-up type of failure", function()
    for _, word in ipairs { "divided?", "windows", "unwindowed", "stopped", "restart", "done" } do
      assert_none(tree.find(scripts, ('kind%%s*[=~]=%%s*"%s"'):format(word), ('failure[%%w_]*%%s*[=~]=%%s*"%s"'):format(word),
        ('return nil,%%s*[^,]+,%%s*"%s"'):format(word)))
    end
  end)
end)

describe("a new stream", function()
  it("is named by no spec: the names of all are listed in spec/support/streams.lua alone", function()
    local places = {}
    local five = ('"[%w_]+", '):rep(4) .. '"[%w_]+"'
    for _, found in ipairs(tree.find(without(specs, "spec/support/streams.lua"), five)) do
      local whole = true
      for _, name in ipairs(require("spec.support.streams").of_peer) do whole = whole and found.text:find(name, 1, true) end
      if whole then places[#places + 1] = found end
    end
    assert_none(places)
  end)
end)

describe("a path", function()
  local ours = set("runtime", "scripts", "spec", "docs", "schemas", "examples", "demo", "bench")

  it("that the documents name is there", function()
    local places = {}
    for _, path in ipairs { "docs/architecture.md", "docs/security.md", "docs/reliability.md", "CONTRIBUTING.md", "README.md",
      "SECURITY.md" } do
      for number, line in ipairs(tree.lines(path)) do
        for named in line:gmatch "`([%w_.-]+/[%w_./-]*)`" do
          local there = not ours[named:match "^[^/]+"] or named:find "NAME" or os.rename(named, named)
          if not there then places[#places + 1] = { path = path, line = number, text = named } end
        end
      end
    end
    assert_none(places)
  end)
end)

describe("a boundary of docs/security.md", function()
  it("names the specs that hold it", function()
    local rows = require("spec.support.files").read "docs/security.md":match "\n| boundary |[^\n]*\n[^\n]*\n(.-)\n\n"
    local count, places = 0, {}
    for row in assert(rows, "docs/security.md has no table of boundaries"):gmatch "[^\n]+" do
      count = count + 1
      local held = row:find "`spec/[%w_/]+_spec%.lua`"
      if not held then places[#places + 1] = { path = "docs/security.md", line = count, text = row } end
    end
    assert.is_true(count >= 10)
    assert_none(places)
  end)
end)

describe("a binding", function()
  local bindings = tree.files("runtime/lua/bindings", "%.c$")

  it("opens no file, folder, process or variable of the environment: runtime/base and runtime/cli do", function()
    assert_none(tree.find(bindings, "^#include <dirent%.h>", "^#include <fcntl%.h>", "^#include <sys/", "%f[%w_]fopen%(",
      "%f[%w_]readlink%(", "%f[%w_]getenv%(", "%f[%w_]fork%(", "%f[%w_]exit%("))
  end)

  it("boots no runtime, and opens no state but to run a script in it", function()
    assert_none(tree.find(bindings, "runtime_set_up", "loop_run", "http_new%("))
    assert_none(tree.find(without(bindings, "runtime/lua/bindings/sandbox_lua.c"), "host_new%("))
  end)
end)

describe("the two ends of a child process", function()
  it("share their messages alone, but for the fork, which confines", function()
    local child = tree.files("runtime/child", "%.[ch]$")
    assert_none(tree.find(without(child, "runtime/child/in_parent/"), '^#include "child/in_parent/'))
    local others = without(child, "runtime/child/in_child/", "runtime/child/in_parent/fork_server.c")
    assert_none(tree.find(others, '^#include "child/in_child/'))
  end)

  it("say in each message's comment which way it goes, and its fields", function()
    local text = table.concat(tree.lines "runtime/child/message.h", "\n")
    local up, down = text:match "From the child to its parent(.-)From the parent to its child(.-)} message_type"
    for name in (up .. down):gmatch "\n  (MESSAGE_[%u]+)" do
      assert.matches("  " .. name .. " = '%a',?%s+/%*", up .. down)
    end
  end)
end)

describe("our own lines and messages", function()
  -- scripts/config reads what people hand over: states and catalogs, which perigee may have printed before.
  it("are built, and nowhere taken apart again by patterns", function()
    assert_none(tree.find(without(scripts, "scripts/config/"), '[\'"%[].*"type":'))
  end)

  -- Lua's own errors and tracebacks are no messages of ours: the prompt asks whether a line goes on, for instance.
  it("are not searched for words, but at the prompt for Lua's", function()
    local verbs = { "match", "gmatch", "find", "gsub" }
    local patterns = {}
    for _, name in ipairs { "message", "wrong", "why", "told", "failure", "reason" } do
      for _, verb in ipairs(verbs) do patterns[#patterns + 1] = ("%%f[%%w_]%s:%s%%f[%%W]"):format(name, verb) end
    end
    assert_none(tree.find(without(scripts, "scripts/prompt/prompt.lua", "scripts/lib/pretty.lua"), table.unpack(patterns)))
  end)

  it("are known in runtime/airbyte alone, and written by the sink that a runtime or a child has", function()
    local others = without(runtime, "runtime/airbyte/")
    assert_none(tree.find(others, '\\"type\\":', '^#include "airbyte/line%.h"'))
    assert_none(tree.find(without(others, "runtime/lua/runtime.c", "runtime/lua/child_main.c"), '^#include "airbyte/airbyte%.h"'))
  end)

  -- What a verb wants to see of a read, an observer and the sink show it (scripts/try/tracer.lua).
  it("go out through functions that nobody replaces", function()
    assert_none(tree.find(scripts, "%f[%w_]airbyte%.[%w_]+%s*=[^=]", "function airbyte[.:]"))
  end)

  it("reach the console as data, not as JSON", function()
    assert_none(tree.find({ "runtime/airbyte/console.c", "runtime/airbyte/console.h" }, '^#include "json/'))
  end)
end)

-- Where the machine has other work, an answer that is well takes seconds: limits of time are for what hangs.
describe("a limit of time in a spec", function()
  local function under(seconds, pattern)
    local places = {}
    for _, found in ipairs(tree.find(specs, pattern)) do
      local number = tonumber(found.text:match(pattern))
      if number and number < seconds then places[#places + 1] = found end
    end
    return places
  end

  it("is half a minute or more, but where a server stalls and nothing else can be slow", function()
    local stalling = set("spec/behaviour/governor_spec.lua", "spec/behaviour/retry_spec.lua",
      "spec/runtime/http_network_spec.lua", "spec/support/fault_table.lua", "spec/support/hostile/http1.lua",
      "spec/support/hostile/http2.lua")
    assert_none(all(under(30, "%-timeout=([%d.]+)"), under(30, '_TIMEOUT = "([%d.]+)"')), stalling)
  end)

  it("for what must come to pass at once is ten seconds or more", function()
    assert_none(under(10e6, "clock%.now%(%) %- %w+ < ([%de.]+)[^%de. ]"))
  end)
end)
