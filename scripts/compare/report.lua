-- A comparison for people: a table of the streams, then what differs in each.
local counted = require "lib.counted"
local json = require "json"
local pretty = require "lib.pretty"
local set_of = require "lib.set_of"

local report = {}

local HEADS = { "stream", "in A", "in B", "same", "changed", "missing in B", "missing in A" }
local NUMBERS = set_of { 2, 3, 4, 5, 6, 7 }
local FIELD_HEADS = { "  field", "in A", "in B", "records", "such as" }
local FIELD_NUMBERS = set_of { 4 }
local MOST_FIELDS, SHOWN = 30, 60

local function name_of(stream)
  return stream.namespace ~= json.null and ("%s.%s"):format(stream.namespace, stream.stream) or stream.stream
end

local function row_of(stream)
  return { pretty.clean(name_of(stream)), tostring(stream.records[1]), tostring(stream.records[2]), tostring(stream.same),
    tostring(stream.changed), tostring(stream.missing), tostring(stream.extra) }
end

local function key_of(stream)
  local names = {}
  for i, path in ipairs(stream.key) do names[i] = table.concat(path, ".") end
  return table.concat(names, ", ")
end

-- In whole characters.
local function cut(text)
  text = pretty.clean(text)
  local stop = utf8.offset(text, SHOWN + 1)
  return stop and stop <= #text and text:sub(1, stop - 1) .. "…" or text
end

local function keys_line(keys, count, where)
  local more = count > #keys and (", and %d more"):format(count - #keys) or ""
  local shown = {}
  for i, key in ipairs(keys) do shown[i] = cut(key) end
  return ("  missing in %s: %s%s"):format(where, table.concat(shown, ", "), more)
end

-- A value that one side alone has stands alone.
local function example_of(field)
  local values = {}
  for _, value in ipairs { field.a_value, field.b_value } do
    if value ~= "" then values[#values + 1] = cut(value) end
  end
  return (field.key ~= "" and cut(field.key) .. ": " or "") .. table.concat(values, " | ")
end

local function add_fields(lines, fields)
  local rows = { FIELD_HEADS }
  for i = 1, math.min(#fields, MOST_FIELDS) do
    local field = fields[i]
    rows[i + 1] = { "  " .. cut(field.field), field.a, field.b, tostring(field.records), example_of(field) }
  end
  for _, line in ipairs(#fields > 0 and pretty.columns(rows, FIELD_NUMBERS) or {}) do lines[#lines + 1] = line end
  if #fields > MOST_FIELDS then
    lines[#lines + 1] = ("  and %s more; --json shows them"):format(counted(#fields - MOST_FIELDS, "field"))
  end
end

local SIDES = { "A", "B" }

local function add_notes(lines, stream)
  local function add(...) lines[#lines + 1] = "  " .. (...):format(select(2, ...)) end
  if stream.rewritten > 0 then add("written in another way (blanks, escapes, digits): %d of the same", stream.rewritten) end
  for i, side in ipairs(SIDES) do
    if stream.repeats[i] > 0 then
      add("%s: %s came again later under the same key; the last one counts", side, counted(stream.repeats[i], "record"))
    end
    if stream.without_key[i] > 0 then
      add("%s: %s without a key: told apart by all that they say", side, counted(stream.without_key[i], "record"))
    end
    if stream.errors[i] > 0 or stream.status[i] == "INCOMPLETE" then
      add("%s: the stream was not read to its end, so records may be missing", side)
    end
  end
end

local function add_state(lines, stream)
  local a, b = stream.states[1] ~= json.null, stream.states[2] ~= json.null
  if a ~= b then lines[#lines + 1] = ("  only %s has a state"):format(a and "A" or "B") end
  if #stream.state_fields > 0 then
    lines[#lines + 1] = "  the last states differ:"
    add_fields(lines, stream.state_fields)
  end
end

local function add_stream(lines, stream)
  local own = {}
  if stream.missing > 0 then own[#own + 1] = keys_line(stream.missing_keys, stream.missing, "B") end
  if stream.extra > 0 then own[#own + 1] = keys_line(stream.extra_keys, stream.extra, "A") end
  add_fields(own, stream.fields)
  add_notes(own, stream)
  add_state(own, stream)
  if #own == 0 then return end
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("%s, by %s"):format(pretty.clean(name_of(stream)), pretty.clean(key_of(stream)))
  table.move(own, 1, #own, #lines + 1, lines)
end

local function add_file(lines, side, file)
  if file.unreadable > 0 then
    lines[#lines + 1] = ("%s: %s cannot be read, and could not be compared; the first is line %d of %s: %s"):format(side,
      counted(file.unreadable, "message"), file.first_unreadable, file.file, file.why)
  end
  if file.failures > 0 then
    lines[#lines + 1] = ("%s: %s tells of %s that is of no stream, so records may be missing"):format(side, file.file,
      counted(file.failures, "error"))
  end
  if file.foreign > 0 then
    lines[#lines + 1] = ("%s: passed over %s without a message in %s"):format(side, counted(file.foreign, "line"), file.file)
  end
end

---@param found {streams: compared_stream[], files: compared_file[]}
---@return string
function report.text(found)
  local lines = { ("A is %s, B is %s"):format(found.files[1].file, found.files[2].file), "" }
  local rows = { HEADS }
  for _, stream in ipairs(found.streams) do rows[#rows + 1] = row_of(stream) end
  table.move(pretty.columns(rows, NUMBERS), 1, #rows, #lines + 1, lines)
  for _, stream in ipairs(found.streams) do add_stream(lines, stream) end
  local of_files = {}
  for i, side in ipairs(SIDES) do add_file(of_files, side, found.files[i]) end
  if #of_files > 0 then lines[#lines + 1] = "" end
  table.move(of_files, 1, #of_files, #lines + 1, lines)
  return table.concat(lines, "\n") .. "\n"
end

return report
