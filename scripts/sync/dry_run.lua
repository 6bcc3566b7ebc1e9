-- What a sync would do, for a person: one request a stream is made, and nothing is written.
local console = require "console"
local counted = require "lib.counted"
local destination = require "destination"
local json = require "json"
local parallel = require "lib.parallel"
local streams = require "stream.registry"
local workload = require "reading.workload"

local function columns_of(plan)
  local count = 0
  for _ in pairs(json.decode(plan.schema).properties or {}) do count = count + 1 end
  return count
end

local function key_of(plan)
  return plan.key[1] and "rows are told apart by " .. table.concat(plan.key, ", ") or "rows are told apart by all that they say"
end

local function refreshed(refresh)
  if not refresh then return "" end
  if refresh.now then return ", and the whole list for what has changed" end
  return "; the whole list for what has changed from " .. refresh.due
end

local function reads(one, ahead)
  if one.full or not one.plan.incremental then return "all, in place of what is there" end
  if ahead and ahead.from and one.state then return "what is new since " .. ahead.from .. refreshed(ahead.refresh) end
  return one.state and "what is new" or "all, the newest first"
end

local function asks(ahead, message)
  if not ahead then return message end
  local text, work = ahead.request, ahead.taken and ahead.through or ahead.workload
  if not work.requests then return text end
  local through = work.parents and (" through %d %s"):format(work.parents.count, work.parents.name) or ""
  return ("%s; %s %s%s, %s, about %s"):format(text, work.at_least and "at least" or "about", counted(work.records, "record"),
    through, counted(work.requests, "request"), workload.duration(work.seconds))
end

-- What is said is of the first project.
local function of_projects(one, settings)
  local more = one.plan.of_projects and #(settings.projects or {}) - 1 or 0
  return more > 0 and (" of %s, and the same of %s more"):format(settings.project, counted(more, "project")) or ""
end

-- A stream whose script asks for itself, or that has a parent, cannot be foretold: that is its line then.
local function describe(one, settings, options)
  local state, wrong, code = destination.peek(options.to, one.name, one.plan.place)
  if code then return nil, wrong end
  one.state = not one.full and state and json.decode(state) or nil
  local ahead, message = streams.run(nil,
    { job = "plan", name = one.name, config = settings, options = options, state = one.state, lands = true })
  return {
    one.name .. of_projects(one, settings),
    ("  table    %s, %s, %s"):format(one.name, counted(columns_of(one.plan), "column"), key_of(one.plan)),
    "  reads    " .. reads(one, ahead), "  asks     " .. asks(ahead, message),
  }
end

---@param list chosen[] each with its plan
---@param settings table
---@param options table
---@return integer status
return function(list, settings, options)
  local failed
  local parts = parallel(list, settings.num_workers, function(one)
    local lines, wrong = describe(one, settings, options)
    failed = failed or wrong
    return lines and table.concat(lines, "\n")
  end)
  if failed then
    require("airbyte").error("config_error", failed)
    return 1
  end
  console.write(table.concat(parts, "\n") .. ("\nnothing was written to %s\n"):format(options.to))
  return 0
end
