--- The scripts under test, loaded from their sources, one of them with a text replaced: a mutant.
local files = require "spec.support.files"

local HERE = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
-- Those that others need come first.
local NAMES = { "sentry.cursors", "reading.day_share", "reading.slice", "reading.open_slices", "reading.lost",
  "reading.parts_state",
  "reading.stream_state", "reading.lower_bound", "reading.order", "reading.progress", "reading.intake", "reading.pass",
  "reading.passes", "reading.windows", "reading.first_page", "reading.counted_pages", "reading.slice_start",
  "reading.page_walk", "reading.tie", "reading.borders", "reading.slice_reader", "reading.parallel_slices",
  "reading.catch_up", "reading.backfill", "reading.part", "reading.parent_sweeps", "reading.through_parents",
  "reading.bound_form",
  "reading.slice_step", "reading.range", "reading.server_clock",
  "reading.open_ranges", "reading.slice_cap", "reading.range_slices" }

local scripts = {}

local function source_of(name)
  return files.read(HERE .. "../../../scripts/" .. name:gsub("%.", "/") .. ".lua")
end

-- Where it stands, exactly once: a mutant that no longer bites, or bites twice, must not go unnoticed.
local function replaced(text, mutant)
  local from, to = text:find(mutant.from, 1, true)
  assert(from, ("scripts/…/%s.lua no longer has the text that the mutant '%s' replaces"):format(mutant.script, mutant.name))
  assert(not text:find(mutant.from, to + 1, true), ("the mutant '%s' would replace more than one place"):format(mutant.name))
  return text:sub(1, from - 1) .. mutant.to .. text:sub(to + 1)
end

---@class mutant
---@field name string
---@field script string whose source is changed
---@field from string what is replaced; stands there once
---@field to string
---@field focus table? traits of the histories that must notice it, which are not left to chance

--- The scripts; with a mutant, changed by it.
---@param mutant mutant?
---@param given table<string, table>? modules that they find in the place of the real ones
---@param more string[]? further scripts, which need the others
---@return table<string, table>
function scripts.load(mutant, given, more)
  local loaded, by_name = {}, {}
  for name, module in pairs(given or {}) do loaded[name] = module end
  local function fetch(name) return loaded[name] or require(name) end
  local names = table.move(more or {}, 1, #(more or {}), #NAMES + 1, table.move(NAMES, 1, #NAMES, 1, {}))
  for _, name in ipairs(names) do
    local text, short = source_of(name), name:match "[^.]+$"
    if mutant and mutant.script == short then text = replaced(text, mutant) end
    local environment = setmetatable({ require = fetch }, { __index = _G })
    loaded[name] = assert(load(text, ("@scripts/%s.lua"):format(name), "t", environment))()
    by_name[short] = loaded[name]
  end
  return by_name
end

--- The scripts with memories of few keys, so that they overflow.
---@return table<string, table>
function scripts.forgetful()
  return scripts.load { name = "forgetful", script = "stream_state", from = "local RECENT = 10000", to = "local RECENT = 12" }
end

return scripts
