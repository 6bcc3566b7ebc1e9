--- What the property test must catch: the seven holes that the first form of the walk had, those that this test found
--- later, and other ways to break it. Each is one text of one script, replaced by another.

local SECOND = 1000000
local DAY = 86400 * SECOND

---@type mutant[]
return {
  -- The seven.
  { name = "a position is followed with its offset", script = "pager",
    from = "return pager.page(walk, { cursor = bare })", to = "return pager.page(walk, { cursor = place.text })" },
  { name = "a tie that fills the page is followed by its offset alone", script = "pager",
    focus = { name = "issues", size = 2, grain = 600 * SECOND, churn = 1, hidden = 0 },
    from = "if bare == gap.at then return select(2, by_count(walk, gap, place, page)) end",
    to = "if bare == gap.at then return function() return pager.page(walk, { cursor = place.text }) end end" },
  { name = "an offset is followed without overlap", script = "pager",
    focus = { hidden = 0, name = "events", window = false, churn = 0.5, weights = { remove = 1 } },
    from = "local known = page:count() > 1", to = "local known = false" },
  { name = "the order is chosen from the first page alone", script = "walk",
    focus = { hidden = 0, name = "glitchtip_events" },
    from = "  self:refute(page)\n  self.top = ",
    to = "  self:refute(page)\n  self.candidates, self.refute = { self.candidates[1] }, function() end\n  self.top = " },
  { name = "the state's time is that of the newest record", script = "walk",
    from = "top and top - self.settings.lookback)", to = "top)" },
  { name = "a pass that brings nothing unseen ends the passes", script = "walk",
    focus = { hidden = 0, name = "releases", size = 4, rows = 30, churn = 0.5, weights = { remove = 1 }, cut = 0 },
    from = "local ok, message, kind = self:fill_whole(gap, gaps)\n    if not ok then return nil, message, kind end",
    to = "local had = self.rows + self.since_state\n    local ok, message, kind = self:fill_whole(gap, gaps)\n"
      .. "    if not ok then return nil, message, kind end\n    if had == self.rows + self.since_state then return true end" },
  { name = "what was seen and not emitted is remembered", script = "walk",
    from = 'page:remember(self.seen, "kept")', to = 'page:remember(self.seen, "all")' },

  -- Found by this test.
  { name = "places of one gap are not followed in the next", script = "pager",
    from = "keys.set(NEAR), keys.set(SEEN), 0, 0, 1", to = "keys.set(NEAR), walk.met or keys.set(SEEN), 0, 0, 1" },
  { name = "an empty last page is taken for the end of a list that moved up", script = "pager",
    focus = { hidden = 0, name = "events", window = false, size = 4, rows = 20, churn = 1, weights = { purge = 1, add = 1 } },
    from = "return walk.list.next ~= nil", to = "return true" },
  { name = "places passed before a step back are not followed again", script = "pager",
    from = "walk.met, walk.again = keys.set(SEEN), walk.again + 1", to = "walk.again = walk.again + 1" },
  { name = "an offset from the list's top is followed blindly (GlitchTip)", script = "cursors",
    focus = { hidden = 0, name = "glitchtip_issues", size = 2, rows = 20, grain = DAY, span = DAY, churn = 1,
      weights = { remove = 1 } },
    from = "if not position and not offset then return nil end", to = "if not position then return nil end" },
  { name = "a page's rows are counted as the server counts them", script = "pager",
    from = "known and walk.offset + page:count() - 1 or place.offset", to = "known and place.offset - 1 or place.offset" },
  { name = "a full read does not look at what moved to the top", script = "walk",
    focus = { hidden = 0, name = "issues", full = true, churn = 0.5, weights = { move = 1 } },
    from = "#self.settings.ordered_by > 0 and not at_once then", to = "false then" },
  { name = "a state written while a full read catches up has a later top", script = "walk",
    focus = { hidden = 0, name = "issues", full = true, checkpoint_rows = 1, cut = 0, fault = 0.1, churn = 1,
      weights = { move = 1, late = 3 } },
    from = "    self.top = first\n", to = "" },
  { name = "the server's present is a second late", script = "walk",
    focus = { name = "issues", lookback = 0, grain = 1, step = 100000, churn = 1, hidden = 0, weights = { ahead = 1, add = 9 } },
    from = "self.now = self.list.date", to = "self.now = self.list.date + SECOND" },
  { name = "a state in the future is turned into the present", script = "walk",
    focus = { hidden = 0, name = "old_issues", input = "future", full = false, lookback = 60 * SECOND },
    from = "return self.now - self.settings.lookback end", to = "return self.now end" },
  { name = "the top of a read that was cut is forgotten", script = "walk",
    focus = { name = "issues", checkpoint_rows = 1, cut = 0.9, hidden = 0, rows = 12, weights = { purge = 1 } },
    from = "local before = known.walk and known.walk.top or {}", to = "local before = {}" },
  { name = "a field that the server does not give is waited for", script = "walk",
    from = "if given and page:rise", to = "if page:rise" },
  { name = "a window is used without a known row", script = "window",
    from = "page:joins(walk.near) and ", to = "" },

  -- Others.
  { name = "a state is printed before the records", script = "walk",
    from = [[
    self:take(page, gap)
    page:remember(self.near, "all")
    self:count_in(page)
    local over = not cursor or self:covered(page, gap)
    local fetch = not over and pager.advance(self, gap, cursor, page)
    page:close()
    if over then return true end
    self:checkpoint_when_due(gaps)]],
    to = [[
    local over = not cursor or self:covered(page, gap)
    page:remember(self.near, "all")
    local fetch = not over and pager.advance(self, gap, cursor, page)
    if not over then self:checkpoint(gaps) end
    self:take(page, gap)
    self:count_in(page)
    page:close()
    if over then return true end]] },
  { name = "where nothing is known, only what is recent is read", script = "walk",
    from = "settings.start) or memory.NO_BOUND", to = "settings.start) or self.now - settings.lookback" },
  { name = "the lookback is left out", script = "walk",
    from = "math.min(mark, self.now) - settings.lookback, settings.start)", to = "math.min(mark, self.now), settings.start)" },
  { name = "a record in the future moves the top there", script = "walk",
    from = "return newest and math.min(newest, self.now)", to = "return newest" },
  { name = "gaps of earlier reads are dropped", script = "walk",
    from = "ipairs(self.known.walk and self.known.walk.gaps or {})", to = "ipairs {}" },
  { name = "a gap that is folded into another is dropped", script = "walk",
    focus = { hidden = 0, name = "issues", runs = 14, cut = 1, soon = 6, checkpoint_rows = 1, full = false },
    from = "gaps[1].lo = lowest(gaps[1].lo, gaps[2].lo)", to = "" },
  { name = "a walk stops as soon as one field says so", script = "walk",
    focus = { hidden = 0, name = "glitchtip_events", full = false },
    from = "if page:rise(field) > self.disorder or not page:below(field, lo - 2 * self.disorder) then return false end\n  end\n"
      .. "  return true", to = "if page:below(field, lo - 2 * self.disorder) then return true end\n  end\n  return false" },
  { name = "the state's time moves while the walk is under way", script = "walk",
    from = "mark = self:mark(), marks = known.marks", to = "mark = self.top[self.settings.field], marks = known.marks" },
  { name = "keys of earlier reads are not carried through a cut", script = "walk",
    from = "recent = self:remembered()", to = "recent = self.recent" },
  { name = "keys of earlier reads are not carried to the next", script = "walk",
    from = "page:remember(self.recent, self.known.recent, recent)", to = "" },
  { name = "keys are remembered from the top alone", script = "walk",
    from = "top - self.settings.lookback - 2 * self.disorder", to = "top" },
  { name = "one pass over a list without order is enough", script = "walk",
    from = "if self.pages == 1 or before", to = "if self.pages > 0 or before" },
  { name = "a page that does not begin with a known row is taken", script = "pager",
    focus = { hidden = 0, name = "events", churn = 0.5, weights = { remove = 1 } },
    from = "if kept and (offset == 0 or joins(walk, page)) then", to = "if kept then" },
  { name = "the rows before a place are not written to the state", script = "memory",
    focus = { hidden = 0, name = "events", window = false, cut = 0.9, checkpoint_rows = 1, weights = { remove = 1 } },
    from = "keys = gap.keys and json.array(gap.keys)", to = "keys = nil" },
}
