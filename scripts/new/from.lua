-- perigee new --from FILE: a stream made of what a document or a recording says.
local airbyte = require "airbyte"
local choice = require "new.choice"
local command_line = require "command_line"
local console = require "console"
local counted = require "lib.counted"
local json = require "json"
local place = require "new.place"
local pretty = require "lib.pretty"
local script = require "new.script"
local source = require "new.source"

local function fail(message)
  airbyte.error("config_error", message)
  return 1
end

-- Of the words behind the verb, the path has a slash or a blank in it, or is a name that the document gives.
local function words_of(options, list)
  local function is_path(word)
    if word:find "[/%s]" then return true end
    for _, one in ipairs(list) do
      if one.id == word then return true end
    end
    return false
  end
  local first, second = options.word, options.other_word
  if second then
    if is_path(first) and not is_path(second) then first, second = second, first end
    return first, second
  end
  if first and is_path(first) then return nil, first end
  return first, nil
end

local function tell_choices(among, options, name)
  local example = among[1]
  for _, line in ipairs(choice.rows(among)) do console.write(line .. "\n") end
  for _, one in ipairs(among) do
    if example.kind ~= "list" and one.kind == "list" then example = one end
  end
  return fail(("%s has %s; name the path of one: perigee new %s--from %s %s"):format(options.from,
    counted(#among, "list or record", "lists and records"), name and name .. " " or "", place.quoted(options.from),
    place.quoted(example.path)))
end

-- A stream's name that is nobody else's, if the path gives one.
local function name_of(one, secret)
  local name = one.name:sub(1, 100)
  return place.is_shipped(name) and (secret .. "_" .. name):sub(1, 100) or name
end

local function config_of(draft)
  local lines = { ' "secrets": [' }
  if #draft.needs.secrets == 0 then lines = {} end
  for i, secret in ipairs(draft.needs.secrets) do
    lines[#lines + 1] = ('   {"name": %s, "value": "…", "host": %s}%s'):format(json.encode(secret.name), json.encode(secret.host),
      i < #draft.needs.secrets and "," or "]" .. (#draft.needs.keys > 0 and "," or ""))
  end
  for i, key in ipairs(draft.needs.keys) do
    lines[#lines + 1] = (' "%s": "…"%s'):format(key, i < #draft.needs.keys and "," or "")
  end
  if #lines == 0 then return nil end
  lines[1] = "{" .. lines[1]:sub(2)
  lines[#lines] = lines[#lines] .. "}"
  return table.concat(lines, "\n  ")
end

local function schema_text(schema)
  return table.concat(pretty.json(json.encode(schema), pretty.painter(false), 100, { whole = true }), "\n") .. "\n"
end

local NEXT = [[
%s written, from %s. What it guesses is marked so in it.%s

  perigee try %s --config config.json --scripts %s

shows what comes of it.%s%s
]]

-- Why there is no test is no fault: a recording may end before the list does.
local function make_test(made, one, draft, text)
  local name, _, quoted = draft.fields.name, place.folder()
  if not made.test or place.exists(name .. ".har") or place.exists(name .. ".expected.jsonl") then return "" end
  local count, reason = made.test(one, draft, text)
  if count then
    return (" `perigee test %s` reads the %s of the recording again, from %s."):format(quoted, counted(count, "record"),
      place.path(name .. ".har"))
  end
  return ("\nThe recording is no test for it: %s\n`perigee test %s --update --config config.json` makes one of the server.")
    :format(pretty.clean(reason), quoted)
end

local function tell_next(draft, names, test)
  local config = config_of(draft)
  local _, quoted = place.folder()
  console.write(NEXT:format(table.concat(names, " and ") .. (#names > 1 and " are" or " is"), pretty.clean(draft.source),
    config and (" It needs this in config.json:\n\n  %s"):format(pretty.clean(config)) or "", draft.fields.name, quoted,
    draft.schema and "" or " `perigee try … --infer` prints a schema, for " .. draft.fields.name .. ".json beside it.", test))
end

---@return integer status
return function()
  local options = command_line.options()
  local made, wrong = source.read(options.from)
  if not made then return fail(wrong) end
  local name, word = words_of(options, made.list)
  local ill_named = name and place.wrong_name(name)
  if ill_named then return fail(ill_named) end
  local one, among, hint = choice.find(made.list, word, name)
  if not one and #among == 0 then
    return fail(("%s has no %s that can be read%s; without a path, all are listed"):format(options.from, word, hint))
  end
  if not one then return tell_choices(among, options, name) end
  local secret = made.secret(one)
  name = name or name_of(one, secret)
  local draft = made.draft(one, name, secret)
  local _, quoted = place.folder()
  local texts = { { name = name .. ".lua", text = script(draft, quoted) } }
  if draft.schema then texts[2] = { name = name .. ".json", text = schema_text(draft.schema) } end
  local written, message = place.write(texts)
  if not written then return fail(message) end
  local names = {}
  for i, file in ipairs(texts) do names[i] = place.path(file.name) end
  tell_next(draft, names, make_test(made, one, draft, texts[1].text))
  if place.is_shipped(name) then
    airbyte.log("WARN", ("perigee has a stream '%s'; with --scripts, yours takes its place"):format(name))
  end
  return 0
end
