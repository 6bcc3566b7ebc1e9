-- A test of a stream that was made of a recording: the recording, as the stream asks for it and without secrets, and the records
-- that come of it. `perigee test` runs it.
local command_line = require "command_line"
local expectation = require "test.expectation"
local json = require "json"
local place = require "new.place"
local recording = require "recording"
local replayed_read = require "test.replayed_read"
local resolve = require "config.resolve"
local secrets_seen = require "new.secrets_seen"
local stream_scripts = require "stream_scripts"
local streams = require "stream.registry"
local url = require "lib.url"

local recorded_test = {}

local PASSES = 4 -- a list without an order is read until two of them hold the same

-- ---- the recording, as it is asked for

-- The parameter that counts pages or rows is always sent, also where the first request did without it.
local function counted(draft, one)
  local paging = type(draft.fields.paging) == "table" and draft.fields.paging or {}
  local name, value = paging.page, paging.first or 1
  if paging.offset then name, value = paging.offset, 0 end
  if not name or name:find "^{" then return nil end
  for _, parameter in ipairs(one.query) do
    if parameter.name == name then return nil end
  end
  return url.encode_fields { [name] = value }
end

local function address_of(draft, one, first)
  local parts = { one == first and counted(draft, one) or nil }
  local paging = type(draft.fields.paging) == "table" and draft.fields.paging or {}
  for _, parameter in ipairs(one.query) do
    local no_token = parameter.value == "" and parameter.name == paging.cursor
    if not secrets_seen.is_secret(parameter.name) and not no_token then
      parts[#parts + 1] = url.encode_fields { [parameter.name] = parameter.value }
    end
  end
  return one.origin .. one.path .. (parts[1] and "?" .. table.concat(parts, "&") or "")
end

-- What is sent by POST is anything here: it holds secrets, or has its members in another order.
local function entry_of(draft, one, first)
  local response = one.entry.response
  return {
    startedDateTime = one.entry.startedDateTime, time = 1,
    request = { method = one.method, url = address_of(draft, one, first), headers = json.array {},
      postData = one.method ~= "GET" and { mimeType = "application/json", text = "*" } or nil },
    response = { status = one.status, headers = response.headers, content = response.content },
  }
end

local function archive_of(draft, recorded, list)
  local entries = json.array {}
  for _, login in ipairs(recorded.logins) do entries[#entries + 1] = entry_of(draft, login) end
  for _ = 1, PASSES do
    for _, one in ipairs(list.exchanges) do entries[#entries + 1] = entry_of(draft, one, list.first) end
  end
  return json.encode { log = { version = "1.2", entries = entries } }
end

-- ---- its read

local function read(name, archive, settings, path)
  local incremental, message = replayed_read.is_incremental(name)
  if incremental == nil then return nil, message end
  local replayed, wrong = recording.replay_text(archive)
  if not replayed then return nil, wrong end
  if path then
    local begun, unwritable = recording.record(path)
    if not begun then return nil, unwritable end
  end
  local got, failed = replayed_read.run(name, settings, command_line.options(), incremental)
  local kept, lost = true, nil
  if path then kept, lost = recording.record(nil) end
  recording.replay ""
  if not kept then return nil, lost end
  return got, failed
end

---Makes NAME.har and NAME.expected.jsonl of a stream whose script was written.
---@param draft draft
---@param script string its text
---@param recorded recorded
---@param list recorded_list
---@return integer? count of records
---@return string? reason why there is no such test
function recorded_test.make(draft, script, recorded, list)
  local name = draft.fields.name
  local settings, wrong = resolve.recorded(nil, list.first.url)
  if not settings then return nil, wrong end
  local hosts = { list.first.origin }
  for _, login in ipairs(recorded.logins) do hosts[#hosts + 1] = login.origin end
  local _, written_ones = stream_scripts.list()
  local is_known = type(written_ones) == "table" and written_ones[name] ~= nil -- its folder is among those of --scripts
  settings.custom_streams = not is_known and { { name = name, script = script, hosts = hosts } } or {}
  local names, unknown = streams.names(settings)
  if not names then return nil, unknown end
  local archive, path = archive_of(draft, recorded, list), place.path(name .. ".har")
  -- The token of a login is kept: only the first read makes it.
  local once, got, reason = #recorded.logins > 0, true, nil
  if not once then got, reason = read(name, archive, settings) end
  if got then got, reason = read(name, archive, settings, path) end
  if not got then return nil, once and ("%s (%s holds what failed; remove it)"):format(reason, path) or reason end
  local written, unwritable = place.write { { name = name .. ".expected.jsonl", text = expectation.write(got) } }
  if not written then return nil, unwritable end
  return #got.records
end

return recorded_test
