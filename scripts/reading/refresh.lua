-- Some records change and keep their cursor's value, so that no read of what is new sees it. Such a list is read whole once in a
-- while, behind a read of what is new. The state says when that came to its end.
local clock = require "clock"
local lower_bound = require "reading.lower_bound"
local merged = require "lib.merged"
local narrowing = require "stream.narrowing"
local period = require "stream.period"
local refresh_state = require "reading.refresh_state"
local sent = require "reading.sent"
local stream_state = require "reading.stream_state"

local refresh = {}

local DAY = 86400 * 1000000
local AGAIN = "the whole list is read for records that have changed and kept their %s; that was last done %s"
local GOES_ON = "; it goes on where it was cut"
local FAILED = "reading the whole list again (refresh): %s"
local ENDED = "%s, and the whole list again"
local UNNOTED = "`track_deletes` of the configuration has no effect: it is not noted what was sent (`--ledger DIR`)"
local NARROWED = "`track_deletes` has no effect where the list is filtered: what lacks may only be left out"
local CUT = "the server has not listed every record, so none is taken for deleted"

---When the next one is due.
---@param done integer? when the last one began that came to its end
---@param every integer microseconds
---@return integer us
function refresh.due(done, every) return done and done + every or 0 end

---@class refreshing a read that is also due to be whole once in a while
---@field list list
---@field stream stream
---@field every integer? microseconds between two; nil: what is known of the last one is kept
---@field initial boolean all is read anyway
---@field done integer?
---@field began integer? while the first read of everything is under way
---@field state table? the last one that went out, without what is said here
---@field cut refresh_cut? a read of the whole list that goes on
---@field written table? how a state tells of the one that is under way, also where that is not begun yet
---@field sent sent?
---@field is_sync boolean?
---@field is_parent boolean? the list is of the parents of a child stream, which has no records of theirs

-- What the states say besides; `due` is for people.
local function stamped(self, state)
  local due = self.every and self.done and refresh.due(self.done, self.every) or nil
  return merged(state, { refresh = refresh_state.write({ done = self.done, began = self.began, due = due },
    self.sent and self.sent:cover(), self.written) })
end

-- States go out with that; the last one is remembered, as it is what is known.
local function told_through(self, sink)
  return setmetatable({
    state = function(_, state)
      self.state = state
      sink:state(stamped(self, state))
    end,
  }, { __index = sink })
end

-- What is known of what is new stays as it is until the list was read to its end; beside it, states tell how far that has come.
-- Not of a list of parents: they say nothing of their children.
local function beside(self, told, round)
  return setmetatable({ state = function(_, state)
    if not self.is_parent then self.written = refresh_state.write_cut(round, state) or self.written end
    told:state(self.state)
  end }, { __index = told })
end

-- Nothing is known of the list but what has just come: all that was noted, or what the lookback holds; and where a read was cut.
local function known_of(self)
  local known, cut = assert(stream_state.read(self.state, self.stream.cursor.field)), self.cut
  known.mark, known.marks, known.walk, known.parts, known.refresh = nil, nil, nil, nil, nil
  if self.sent then known.recent = stream_state.recent() end
  if cut then
    known.walk, known.lost = cut.known.walk, cut.known.lost
    known.recent = stream_state.together(cut.known.recent, known.recent)
  end
  self.cut = nil
  return known
end

-- A read of everything counts from its beginning on, also where it was cut meanwhile.
local function begin(self, known, on_begin)
  return function(page, from)
    if self.initial and not known.walk then self.began = self.list.date end
    if on_begin then on_begin(page, from) end
  end
end

-- Of older records than the server lists, and than are wanted, nothing is known.
local function judged_from(self, now)
  local kept = self.stream.refresh and self.stream.refresh.kept
  local start = lower_bound.settings(self.stream, self.list.client.config).start or math.mininteger
  return math.max(start, kept and now - kept + DAY or math.mininteger)
end

-- One pass over the whole list. Of nulls the server could not write the records, and some lists end before they are whole. What
-- there was of these before a cut nobody knows: where something lacks, the next pass tells.
local function pass(self, told, sink, context, read, round)
  local client, hits, goes_on = self.list.client, self.list.hits, self.cut ~= nil
  local nulls, through = client.stats.nulls, self.sent and self.sent:through(sink, round) or sink
  local ok, message, kind = read(self.list, beside(self, setmetatable({ state = told.state }, { __index = through }), round),
    known_of(self), merged(context, { incremental = false, compares = true }))
  if not ok then return nil, FAILED:format(message), kind end
  local is_cut = hits.at_least and self.sent and self.sent.listed <= hits.all
  return { is_whole = goes_on or client.stats.nulls == nulls and not is_cut }
end

-- A record that moves while the list is read may stand where the read has been already: what lacks is looked for once more.
local function tell_gone(self, round, passed, again)
  local client, from = self.list.client, judged_from(self, round)
  if self.is_parent or not period.tracks(self.stream, client.config, self.is_sync) then return true end
  if not self.sent then client:log("WARN", UNNOTED)
  elseif next(narrowing.of(self.stream, client.config)) then client:log("WARN", NARROWED)
  elseif self.sent:has_gone(round, from) then
    local message, kind
    if passed.is_whole then passed, message, kind = again() end
    if not passed then return nil, message, kind end
    if passed.is_whole then self.sent:tell_gone(round, from) else client:log("WARN", CUT) end
  end
  return true
end

local function read_whole(self, told, sink, context, read)
  local round, client = self.list.date or clock.now(), self.list.client
  if self.cut and round >= self.cut.round + self.every then self.cut = nil end -- it would be due again at once
  round = self.cut and self.cut.round or round
  client:log("INFO", AGAIN:format(self.stream.cursor.field, self.done and clock.format(self.done) or "never")
    .. (self.cut and GOES_ON or ""))
  local function once() return pass(self, told, sink, context, read, round) end
  local ok, message, kind = once()
  if ok then ok, message, kind = tell_gone(self, round, ok, once) end
  if not ok then return nil, message, kind end
  self.done, self.written = round, nil
  return true
end

---What a read of a stream would do: nil where the list is not read whole again.
---@param stream stream
---@param config table
---@param job {lands: boolean?}
---@param known stream_state
---@param now integer the server's clock
---@return {now: boolean, due: string?, done: string?}?
function refresh.foretell(stream, config, job, known, now)
  local every = stream.cursor and period.of(stream, config, job.lands)
  if not every or not (known.mark or known.marks) then return nil end -- all is read
  local done = known.refresh and known.refresh.done
  local due = refresh.due(done, every)
  return { now = due <= now, due = done and clock.format(due), done = done and clock.format(done) }
end

---Reads what is new and, where that is due, the whole list.
---@param list list
---@param sink table
---@param known stream_state
---@param context table as of reader.list
---@param every integer? microseconds between two; nil: what is known of the last one is kept
---@param read fun(list: list, sink: table, known: stream_state, context: table): string?, string?, string?
---@return string? ended
---@return string? message
---@return string? failure_type
function refresh.read(list, sink, known, context, every, read)
  local before = known.refresh or {}
  local self = { list = list, stream = list.stream, every = every, initial = not (known.mark or known.marks), done = before.done,
    sent = every and sent.of(list, before.mark, context.lands) or nil, is_sync = context.lands, is_parent = context.is_parent }
  self.began = self.initial and before.began or nil
  self.cut, self.written = before.cut, before.cut and before.cut.written
  local told = told_through(self, self.sent and self.sent:through(sink) or sink)
  local ended, message, kind = read(list, told, known,
    merged(context, { on_begin = begin(self, known, context.on_begin) }))
  if not ended or not every then return ended, message, kind end
  if self.initial then self.done, self.began = self.began, nil
  elseif (list.date or clock.now()) < refresh.due(self.done, every) then return ended
  else
    local ok, why, failure = read_whole(self, told, sink, context, read)
    if not ok then return nil, why, failure end
    ended = ENDED:format(ended)
  end
  told:state(self.state)
  return ended
end

local IN_VAIN = "`refresh` of the configuration names this stream, and it %s"

---Says of a stream that the configuration names, and that cannot be read whole again, why not.
---@param stream stream
---@param client client
function refresh.warn(stream, client)
  local wrong = (client.config.refresh or {})[stream.name] and period.wrong(stream)
  if wrong then client:log("WARN", IN_VAIN:format(wrong)) end
end

return refresh
