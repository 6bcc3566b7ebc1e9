-- perigee read: the configured streams, each on its own; one that fails does not stop the others.
local airbyte = require "airbyte"
local catalog = require "config.catalog"
local command_line = require "command_line"
local config = require "config.config"
local parallel = require "lib.parallel"
local settle = require "config.settle"
local shard = require "config.shard"
local ledger = require "ledger"
local state = require "config.state"
local streams = require "stream.registry"

-- What is wrong with an entry of the catalogue; nil where nothing is.
local function invalid(configured, names)
  return streams.unknown(configured.name, names) or catalog.wrong_mode(configured)
end

local function read_stream(output, configured, given, options, last)
  local wrong = invalid(configured, given.names)
  if wrong then return nil, wrong, "config_error" end
  return streams.run(output, {
    job = "read", name = configured.name, config = given.settings, options = options,
    state = state.text_of(given.states, configured.name, configured.namespace),
    incremental = configured.sync_mode == "incremental", last = last,
  })
end

-- Returns whether the stream was read to its end.
local function run(configured, given, options, last)
  local output = airbyte.stream(configured.name, configured.namespace)
  return (streams.tell(output, function() return read_stream(output, configured, given, options, last) end))
end

-- Every state must be understood before a record of any stream goes out: a stream read from none sends everything again.
-- Where the stream itself is unknown or broken, that is reported later, as its own failure.
local function understand(configured, given, options)
  for _, one in ipairs(configured) do
    local text = state.text_of(given.states, one.name, one.namespace)
    local job = { job = "understand", name = one.name, config = given.settings, options = options, state = text }
    local verdict = text and not invalid(one, given.names) and streams.run(nil, job)
    if verdict and verdict.wrong then
      return nil, ("%s: %s; without a state the stream is read from its top"):format(options.state, verdict.wrong), "config_error"
    end
  end
  return true
end

local function warn_of_others(path, states, configured)
  local others = state.of_others(states, configured)
  if not others then return end
  airbyte.log("WARN", ("%s holds states of %s alone, of which none is read: all streams are read from their top"):format(path,
    table.concat(others, ", ")))
end

local SOCKET = "this platform wants records on sockets (DATA_CHANNEL_MEDIUM=SOCKET), and perigee writes them to standard output "
  .. "alone; have it set DATA_CHANNEL_MEDIUM to STDIO, or leave it out"

-- Everything that we are handed is read before a record is.
local function read_documents(options)
  if options.wants_socket then return nil, SOCKET, "config_error" end
  local settings, message, kind = config.read(options.config)
  if not settings then return nil, message, kind end
  local wrong_shard
  options.shard, wrong_shard = shard.of(options, settings)
  if wrong_shard then return nil, wrong_shard, "config_error" end
  local configured, wrong, failure = catalog.read(options.catalog)
  if not configured then return nil, wrong, failure end
  local names, unreadable, unread = streams.names(settings)
  if not names then return nil, unreadable, unread end
  local states, why, reason = state.read(options.state, names)
  if not states then return nil, why, reason end
  local given = { settings = settings, configured = configured, states = states, names = names }
  local understood, unclear, failure_type = understand(configured, given, options)
  if not understood then return nil, unclear, failure_type end
  warn_of_others(options.state, states, configured)
  return given
end

local IN_VAIN = "%s has no effect without `refresh` in the configuration, which says after how long lists are read whole again"

local function warn_of_refresh(settings, options)
  if next(settings.refresh) then return end
  if options.ledger then airbyte.log("WARN", IN_VAIN:format "--ledger") end
  if settings.track_deletes then airbyte.log("WARN", IN_VAIN:format "`track_deletes`") end
end

return function()
  local options = command_line.options()
  local given, message, kind = read_documents(options)
  if not given then
    airbyte.error(kind, message)
    return 1
  end
  warn_of_refresh(given.settings, options)
  local unusable = options.ledger and select(2, ledger.use(options.ledger .. "/sent.db"))
  if unusable then
    airbyte.error("config_error", "--ledger: " .. unusable)
    return 1
  end
  settle.all(given.settings, options)
  local failed = 0
  parallel(given.configured, given.settings.num_workers, function(configured, position)
    if not run(configured, given, options, position == #given.configured) then failed = failed + 1 end
  end)
  if failed == 0 then return 0 end
  return 1
end
