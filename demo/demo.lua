-- The demo: check, discover, read, an incremental read and two syncs, each a process of its own, answered from recordings.
local clock = require "clock"
local json = require "json"

local perigee, folder = arg[1], arg[2]

local function say(...) io.stderr:write(string.format(...), "\n") end

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
  return folder .. "/" .. name
end

-- Runs perigee; its standard output goes to a file. Returns the messages in it, and how long it took in milliseconds.
local function run(output, ...)
  local words = { perigee, ... }
  say("\n$ %s > %s", table.concat(words, " "), folder .. "/" .. output)
  local began = clock.now()
  local ok = os.execute(("%s > %s/%s"):format(table.concat(words, " "), folder, output))
  local ms = (clock.now() - began) / 1000
  local messages = {}
  for line in io.lines(folder .. "/" .. output) do
    messages[#messages + 1] = { kind = line:match '^{"type":"(%u[%u_]*)"', line = line }
  end
  if not ok then
    for _, message in ipairs(messages) do
      local trace = message.kind == "TRACE" and json.decode(message.line).trace
      if trace and trace.error then say("  %s", trace.error.message) end
    end
    os.exit(1)
  end
  return messages, ms
end

local function first(messages, kind)
  for _, message in ipairs(messages) do
    if message.kind == kind then return json.decode(message.line) end
  end
end

-- The streams of which the recordings hold the responses: those of airbyte/source-sentry.
local RECORDED = { events = true, issues = true, project_detail = true, projects = true, releases = true }
local ORDERED = { events = true, issues = true } -- newest first; of the others, rows are compared with those sent before

local function configured(catalog)
  local streams = {}
  for _, stream in ipairs(catalog.streams) do
    local mode = stream.supported_sync_modes[#stream.supported_sync_modes]
    if RECORDED[stream.name] then
      streams[#streams + 1] = { stream = stream, sync_mode = mode, destination_sync_mode = "append" }
    end
  end
  return json.encode { streams = streams }
end

-- What a person calls a record: an event's or issue's title, a release's version, a project's slug.
local function headline(line)
  local data = json.decode(line).record.data
  return data.title or data.version or data.slug
end

-- A text in a column of so many characters.
local function column(text, width)
  local length = utf8.len(text)
  if length > width then return text:sub(1, utf8.offset(text, width) - 1) .. "…" end
  return text .. (" "):rep(width - length)
end

-- What was read, by stream. Of the records the first one alone is decoded.
local function summary(messages)
  local streams, order = {}, {}
  local function of(name)
    if not streams[name] then
      streams[name] = { name = name, records = 0, bytes = 0 }
      order[#order + 1] = streams[name]
    end
    return streams[name]
  end
  for _, message in ipairs(messages) do
    if message.kind == "RECORD" then
      local stream = of(message.line:match '"stream":"([^"]+)"')
      stream.first = stream.first or headline(message.line)
      stream.records, stream.bytes = stream.records + 1, stream.bytes + #message.line
    elseif message.kind == "STATE" then
      local state = json.decode(message.line).state
      local stream = of(state.stream.stream_descriptor.name)
      stream.state, stream.cursor = state, state.stream.stream_state.dateCreated or state.stream.stream_state.lastSeen
    end
  end
  table.sort(order, function(a, b) return a.name < b.name end)
  return order
end

local function show(streams, ms)
  say("\n  %-15s %8s %10s   %-34s %s", "stream", "records", "bytes", "the first of them", "the next read emits")
  for _, stream in ipairs(streams) do
    say("  %-15s %8d %10d   %s %s", stream.name, stream.records, stream.bytes, column(stream.first or "-", 34),
      not stream.cursor and "all of it" or ORDERED[stream.name] and "new since " .. stream.cursor or "what is new or changed")
  end
  say("  all of it in %.0f ms, the process's start included", ms)
end

-- What a platform hands to its next sync: the states of incremental streams.
local function states(streams)
  local list = json.array()
  for _, stream in ipairs(streams) do
    if stream.cursor then list[#list + 1] = stream.state end
  end
  return json.encode(list)
end

local config = "demo/config.json"
say("perigee, on records of a real Sentry 23.7.1 (demo/sentry.har): no network is used.")
local checked = first(run("check.jsonl", "check", "--config", config, "--replay", "demo/sentry.har"), "CONNECTION_STATUS")
say("  %s", checked.connectionStatus.status)
local catalog = first(run("discover.jsonl", "discover", "--config", config, "--replay", "demo/sentry.har"), "CATALOG").catalog
local names = {}
for i, stream in ipairs(catalog.streams) do names[i] = stream.name end
say("  %d streams: %s", #names, table.concat(names, ", "))
local catalog_path = write("catalog.json", configured(catalog))

local messages, ms = run("read.jsonl", "read", "--config", config, "--catalog", catalog_path, "--replay", "demo/sentry.har")
local read = summary(messages)
show(read, ms)
local state_path = write("state.json", states(read))

say("\nAn hour later, from that state (demo/later.har): only what is new or has changed comes.")
messages, ms = run("incremental.jsonl", "read", "--config", config, "--catalog", catalog_path, "--state", state_path, "--replay",
  "demo/later.har")
show(summary(messages), ms)
-- What somebody has who is on no platform: the same recordings as tables, and questions to them.
local function answer()
  local file = folder .. "/demo.db"
  for _, ending in ipairs { "", "-wal", "-shm" } do os.remove(file .. ending) end
  for _, har in ipairs { "demo/sentry.har", "demo/later.har" } do
    local words = { perigee, "sync", "--config", config, "--catalog", catalog_path, "--replay", har, "--to", file }
    say("\n$ %s", table.concat(words, " "))
    if not os.execute(table.concat(words, " ") .. " >&2") then os.exit(1) end
  end
  say("\n$ sqlite3 -box %s <demo/answers.sql", file)
  if not os.execute(("sqlite3 -box %s <demo/answers.sql >&2"):format(file)) then os.exit(1) end
end

say("\nThe same as tables of a SQLite file, and what they answer:")
answer()
say("\nThe protocol's output lies in %s/*.jsonl, one message a line.", folder)
