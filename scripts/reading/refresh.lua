-- Some records change and keep their cursor's value, so that no read of what is new sees it. Such a list is read whole once in a
-- while, behind a read of what is new. The state says when that came to its end.
local clock = require "clock"
local merged = require "lib.merged"
local period = require "stream.period"
local stream_state = require "reading.stream_state"

local refresh = {}

local AGAIN = "the whole list is read for records that have changed and kept their %s; that was last done %s"
local FAILED = "reading the whole list again (refresh): %s"
local ENDED = "%s, and the whole list again"

---When the next one is due.
---@param done integer? when the last one began that came to its end
---@param every integer microseconds
---@return integer us
function refresh.due(done, every) return done and done + every or 0 end

-- What the states say besides: `done` and `began`; and, for people, `due`.
local function stamped(state, when, every)
  return merged(state, { refresh = stream_state.write_refresh {
    done = when.done, began = when.began, due = every and when.done and refresh.due(when.done, every) or nil } })
end

-- States go out with that; the last one is remembered, as it is what is known.
local function told_through(sink, when, every)
  return setmetatable({
    state = function(_, state)
      when.state = state
      sink:state(stamped(state, when, every))
    end,
  }, { __index = sink })
end

-- A destination commits by states, so they go on; what is known stays as it is until the list was read to its end.
local function silent(told, when)
  return setmetatable({ state = function() told:state(when.state) end }, { __index = told })
end

-- Nothing is known of the list but what the lookback holds, which has just come.
local function anew(state, stream)
  local known = assert(stream_state.read(state, stream.cursor.field))
  known.mark, known.marks, known.walk, known.parts, known.refresh = nil, nil, nil, nil, nil
  return known
end

-- A read of everything counts, and is one from its beginning on, also where it was cut meanwhile.
local function begin(when, list, known, on_begin)
  return function(page, from)
    if when.initial and not known.walk then when.began = list.date end
    if on_begin then on_begin(page, from) end
  end
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
  local when = { initial = not (known.mark or known.marks), done = before.done }
  when.began = when.initial and before.began or nil
  local told = told_through(sink, when, every)
  local ended, message, kind = read(list, told, known,
    merged(context, { on_begin = begin(when, list, known, context.on_begin) }))
  if not ended then return nil, message, kind end
  if not every then return ended end
  local now, done = list.date or clock.now(), when.began
  if not when.initial then
    if now < refresh.due(when.done, every) then return ended end
    list.client:log("INFO", AGAIN:format(list.stream.cursor.field, when.done and clock.format(when.done) or "never"))
    local whole, why, failure = read(list, silent(told, when), anew(when.state, list.stream),
      merged(context, { incremental = false }))
    if not whole then return nil, FAILED:format(why), failure end
    ended, done = ENDED:format(ended), now
  end
  when.began, when.done = nil, done
  told:state(when.state)
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
