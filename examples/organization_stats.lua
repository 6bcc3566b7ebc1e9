-- Events that the organization sent, by outcome and category: one record for each hour and group.
-- A stream with a `read` of its own: the answer is a table of columns, of which it makes records.
local clock = require "clock"
local json = require "json"

local FIELD = "sum(quantity)"

return {
  name = "organization_stats",
  primary_key = { "time", "category", "outcome" },
  cursor = { field = "time" },
  scope = "org:read",
  schema = {
    type = "object",
    properties = {
      time = { type = "string", format = "date-time" },
      category = { type = { "null", "string" } },
      outcome = { type = { "null", "string" } },
      quantity = { type = "integer" },
    },
  },

  read = function(context)
    local known = context.state and context.state.time or ""
    local params = { field = FIELD, groupBy = { "category", "outcome" }, interval = "1h" }
    if known == "" then
      params.statsPeriod = "30d"
    else -- from there on, however long ago that was
      params.start, params["end"] = known, clock.format(clock.now())
    end
    local stats = context:get("organizations/{organization}/stats_v2/", params)
    local newest = known
    for _, group in ipairs(stats.groups) do
      local records = {}
      for i, time in ipairs(stats.intervals) do
        if time >= known then -- the last hour known may not have been over
          records[#records + 1] = {
            time = time, quantity = group.series[FIELD][i],
            category = group.by.category or json.null, outcome = group.by.outcome or json.null,
          }
          newest = time > newest and time or newest
        end
      end
      context:emit(records)
    end
    context:checkpoint { time = newest }
  end,
}
