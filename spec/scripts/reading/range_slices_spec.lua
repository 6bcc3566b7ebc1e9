-- The property test of slices of a cursor's range, and the ways to break them that it must notice.
local histories = require "spec.support.simulation.histories"
local history = require "spec.support.simulation.ranged"

local reads, normal = histories.new(history.violation, 200, 20, 600), history.scripts()

-- A slice of which there may be too much while it is read.
local GROWING = { explored = true, rows = 30, most = 12, size = 3, churn = 1, grows = true, cut = 0, fault = 0, runs = 1,
  span = 86400000000, lookback = 7200000000, full = false, places = 1 }

---@type mutant[]
local mutants = {
  { name = "the beginning is taken to belong to a range", script = "range", from = "lower // unit * unit - unit)",
    to = "lower // unit * unit)", focus = { includes_start = false } },
  { name = "the end is cut down to what its form can write", script = "range",
    from = "local to = (upper + unit - 1) // unit * unit",
    to = "local to = upper // unit * unit", focus = { includes_stop = false } },
  { name = "rows beyond a slice's end are taken", script = "range_slices",
    from = "if upper then page:keep_before { [field] = upper } end", to = "" },
  { name = "a full read that found nothing does not look at the top again", first = 136, script = "range_slices",
    from = "progress.top[field] or not settings.ids and progress.now", to = "progress.top[field]",
    focus = { full = true, rows = 1, pace = 900000000, churn = 0.5, changes = true, places = 1, cut = 0, times = true } },
  { name = "rows before a slice's beginning are taken", script = "range_slices",
    from = "page:keep { [field] = slice.lower[field] }", to = "" },
  { name = "a state does not name the rows of slices under way", script = "range_slices",
    from = "rows:count() > 0 and rows:list() or nil", to = "nil", focus = { cut = 1, places = 2, checkpoint = 1 } },
  { name = "a state does not remember the rows that the next read looks at again", script = "range_slices",
    from = "progress.recent:load(one.rows:list())", to = "", focus = { full = false } },
  { name = "slices of ids are read that nothing lies above", script = "open_ranges",
    from = "if rises and (not last or last < one) then", to = "if rises and not last then last = 0 end\n  if false then",
    focus = { churn = 0.5, full = false } },
  { name = "a full read does not look at the top again", script = "range_slices", from = "self.settings.full and self.pages > 1",
    to = "false", focus = { full = true, churn = 0.5, changes = true, places = 1, cut = 0, times = true } },
  { name = "a full read looks at the top again up to where the present was when it began", script = "open_ranges",
    from = "self.now = later(self.now, self.latest)", to = "",
    focus = { full = true, churn = 0.5, changes = true, places = 1, cut = 0, fault = 0, times = true, pace = 900000000 } },
  { name = "what earlier runs left open is forgotten", script = "open_ranges",
    from = "for _, one in ipairs(known.walk and known.walk.slices or {}) do", to = "for _, one in ipairs {} do",
    focus = { cut = 1, places = 4, checkpoint = 1 } },
  { name = "a run that goes on does not look at what came late above what is known", script = "open_ranges",
    from = "lower_bound.of(known, { field }, settings, self.now)", to = "{ [field] = self.now }",
    focus = { cut = 1, full = false } },
  { name = "a range that holds something is taken for empty", script = "open_ranges",
    from = "if empty then return note_empty(self, slice) end",
    to = "if empty or newest then return note_empty(self, slice) end" },
  { name = "a slice is read of which the server gives a part alone", script = "slice_cap",
    from = "local full = last:count() > 0", to = "local full = false",
    focus = { explored = true, rows = 60, most = 12 } },
  { name = "a slice that grew beyond what the server gives is taken for whole", script = "range_slices",
    from = "if not held then return held == nil and fail(self, cut, broken) end", to = "",
    focus = GROWING },
  { name = "a slice that is halved forgets which rows went out", script = "slice_cap",
    from = "slice:remember(rows:list())", to = "",
    focus = GROWING },
  { name = "what lies beyond the present of this machine's clock, and not of the server's, is taken for read",
    script = "open_ranges", from = "if rest then slice:rise(self.field, rest) else self.list:remove(slice) end",
    to = "self.list:remove(slice)", focus = { skew = -40 * 3600000000, times = true, full = false } },
  { name = "a read begins at the present of this machine's clock, and not of the server's", script = "server_clock",
    from = "return asked.date or now", to = "return now", focus = { skew = -40 * 3600000000, times = true, full = false } },
  { name = "a slice is done that failed", script = "range_slices", from = "if not ok then return fail(self, message, kind) end",
    to = "if not ok then self.failed = true end", focus = { fault = 0.1 } },
}

describe("a list that is asked for in slices", function()
  it("loses nothing and repeats nothing in " .. reads.words, function() reads:assert_hold(normal) end)

  it("sends no row twice that lies beyond what the open slice was asked for, in a history that showed it", function()
    assert.is_nil(history.violation(11560, normal, { pace = 900000000 }))
  end)

  for _, mutant in ipairs(mutants) do
    it("is caught by the histories when " .. mutant.name, function()
      reads:assert_caught(history.scripts(mutant), normal, mutant.focus, mutant.first)
    end)
  end
end)
