--- The records of the recordings as Airbyte's acceptance tests want them: deploy/airbyte/integration_tests/. Written anew by
--- `build/perigee lua spec/support/expected_records.lua`, after the recordings were.
local files = require "spec.support.files"
local streams = require "spec.support.streams"

local expected_records = { path = "deploy/airbyte/integration_tests/expected_records.jsonl" }

---@return string text
function expected_records.text()
  local lines = {}
  for _, name in ipairs(streams.of_peer) do
    for line in files.read(("spec/recordings/%s.expected.jsonl"):format(name)):gmatch "[^\n]+" do
      local data = line:match '^{"record":(.*)}$'
      if data then lines[#lines + 1] = ('{"stream":"%s","data":%s,"emitted_at":0}\n'):format(name, data) end
    end
  end
  return table.concat(lines)
end

if arg and arg[0] and arg[0]:find "expected_records%.lua$" then
  local file = assert(io.open(expected_records.path, "wb"))
  file:write(expected_records.text())
  file:close()
end

return expected_records
