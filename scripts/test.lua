-- perigee test DIR: streams, read from their recordings, offline, and compared with what is expected of them. In DIR stand
--   NAME.lua             the stream's script (none: a shipped stream is meant)
--   NAME.har             what a server answered; --update --config FILE makes it, from the server of that config
--   NAME.expected.jsonl  the records and the state that come of it; --update writes it
--   NAME.config.json, config.json   organization, project and more, where none of the recording's requests tells
--                        them; the token in it is never used
-- Tests in the script itself (`tests = { ["keeps errors only"] = function(stream) … end }`) are run in the stream's own
-- state. A stream with a cursor is read incrementally, from no state.
local airbyte = require "airbyte"
local config = require "config.config"
local counted = require "lib.counted"
local expectation = require "test.expectation"
local command_line = require "command_line"
local files = require "files"
local recording = require "recording"
local lint = require "test.lint"
local replayed_read = require "test.replayed_read"
local report = require "test.report"
local resolve = require "config.resolve"
local settle = require "config.settle"
local set_of = require "lib.set_of"
local streams = require "stream.registry"


---@class subject one stream, and what DIR has for it
---@field name string
---@field script string? paths
---@field har string?
---@field expected string?
---@field config string?

-- By name, in order.
local function find_subjects(folder)
  local names, message = files.list(folder)
  if not names then return nil, ("%s: %s"):format(folder, message) end
  local subjects, has = {}, set_of(names)
  for _, file in ipairs(names) do
    local name = file:match "^([%w_-]+)%.lua$" or file:match "^([%w_-]+)%.har$"
    if name and not subjects[name] then
      local function path(ending) return has[name .. ending] and ("%s/%s%s"):format(folder, name, ending) or nil end
      local one = { name = name, script = path ".lua", har = path ".har", expected = path ".expected.jsonl" }
      one.config = path ".config.json" or has["config.json"] and folder .. "/config.json" or nil
      one.base = ("%s/%s"):format(folder, name)
      subjects[name], subjects[#subjects + 1] = one, one
    end
  end
  if #subjects > 0 then return subjects end
  return nil, ("%s has no NAME.lua and no NAME.har: there is nothing to test"):format(folder)
end

-- From the server of --config, as the test will read it.
local function make_recording(subject, options, incremental)
  local settings, wrong = config.read(options.config)
  if not settings then return nil, wrong end
  local path = subject.base .. ".har"
  local begun, unwritable = recording.record(path)
  if not begun then return nil, unwritable end
  settle.place(settings, options)
  local got, message, logs = replayed_read.run(subject.name, settings, options, incremental)
  local kept, lost = recording.record(nil)
  if not kept then return nil, lost end
  if not got then return nil, ("%s\n%s holds what failed; remove it, and try again"):format(message, path), logs end
  subject.har = path
  return true
end

local function compare(subject, got, results)
  local text, unreadable = files.read(subject.expected)
  if not text then return results:fail(("%s: %s"):format(subject.expected, unreadable)) end
  local expected, malformed = expectation.read(subject.expected, text)
  if not expected then return results:fail(malformed) end
  local words, lines = expectation.compare(expected, got)
  if words then return results:fail("recording: " .. words, lines) end
  results:pass(("recording: %s as expected"):format(counted(#got.records, "record")))
end

local function update(subject, got, results)
  local path, text = subject.base .. ".expected.jsonl", expectation.write(got)
  local before = subject.expected and files.read(subject.expected)
  if before == text then return results:pass(("recording: %s, as before"):format(counted(#got.records, "record"))) end
  local written, why = files.write(path, text)
  if not written then return results:fail(("%s: %s"):format(path, why)) end
  results:pass(("recording: %s written to %s"):format(counted(#got.records, "record"), path))
end

-- Everything but its responses is as in a read.
local function test_recording(subject, options, incremental, results)
  local replayed, address = recording.replay(subject.har)
  if not replayed then return results:fail(address) end
  local settings, wrong = resolve.recorded(options.config or subject.config, address, subject.har)
  if not settings then return results:fail(wrong) end
  settle.place(settings, options)
  local got, message, logs = replayed_read.run(subject.name, settings, options, incremental)
  if not got then return results:fail("recording: " .. message, logs) end
  for _, line in ipairs(logs) do
    if options.debug or line:find "^warn: " then results:note(line) end
  end
  if options.update then return update(subject, got, results) end
  if subject.expected then return compare(subject, got, results) end
  results:fail(("recording: %s came, and there is no %s.expected.jsonl; --update writes it"):format(
    counted(#got.records, "record"), subject.base))
end

-- They may ask for what was recorded, and for nothing else.
local function test_script(subject, results)
  recording.replay(subject.har or "")
  local logs = {}
  local output = airbyte.capture(subject.name, nil, { log = function(_, message) logs[#logs + 1] = message end })
  local names, wrong = streams.run(output, { job = "tests", name = subject.name })
  if not names then return results:fail("tests: " .. wrong, logs) end
  for i, name in ipairs(names) do
    local passed, message = streams.run(output, { job = "test", name = subject.name, test = i })
    if passed then results:pass(name) else results:fail(("%s: %s"):format(name, message)) end
    for _, line in ipairs(logs) do results:note(line) end
    logs = {}
  end
  return #names
end

local function test_subject(subject, options, results)
  results:title(subject.name)
  local incremental, broken, failure = replayed_read.is_incremental(subject.name)
  if incremental == nil then return results:fail(options.debug and failure.internal or broken) end
  if not subject.har and options.update and options.config then
    local made, message, logs = make_recording(subject, options, incremental)
    if not made then return results:fail("recording: " .. message, logs) end
  end
  if subject.har then test_recording(subject, options, incremental, results) end
  local count = test_script(subject, results)
  if not subject.har then
    results:note(("%s.har is not there%s; --update --config FILE makes it, from the server of that config"):format(subject.base,
      count == 0 and ", nor are tests in the script" or ""))
  end
end

local function check_scripts(subjects, results)
  local paths = {}
  for _, subject in ipairs(subjects) do paths[#paths + 1] = subject.script end
  if #paths == 0 then return end
  results:title "luacheck"
  local found, message, code = lint.scripts(paths)
  if code == "absent" then return results:note "skipped: it is not installed (Debian's package is lua-check)" end
  if not found then return results:fail(message) end
  for _, path in ipairs(paths) do
    if found[path] then results:fail(path, found[path]) end
  end
  if not next(found) then results:note "it found nothing" end
end

return function()
  local options = command_line.options()
  local subjects, nothing = find_subjects(options.word)
  if not subjects then
    airbyte.log("ERROR", nothing)
    return 1
  end
  local names, unreadable = streams.names() -- from then on `run` knows which streams are the user's own
  if not names then
    airbyte.log("ERROR", unreadable)
    return 1
  end
  local results = report.new()
  for _, subject in ipairs(subjects) do test_subject(subject, options, results) end
  recording.replay(nil)
  check_scripts(subjects, results)
  return results:finish()
end
