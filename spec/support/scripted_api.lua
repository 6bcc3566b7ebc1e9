--- Servers that answer as a table of forms says, for streams of APIs that are none of Sentry's: see scripted_api.py.
local connector = require "spec.support.connector"
local files = require "spec.support.files"
local json = require "json"
local luassert = require "luassert"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local python_server = require "spec.support.python_server"

local scripted_api = {}

--- A form: what a stream says besides name, base and path ("items"), and what the server answers.
---@class Form
---@field [1] string what the case is
---@field stream string fields of the stream, as Lua; `primary_key = "id"` unless it names one
---@field answers table<string, Answer|Answer[]> by target (path and query) or path, below the base; of a list, the last stays

---@class Answer
---@field status integer?
---@field headers table<string, string>?
---@field body any?
---@field text string? in place of a body; for gzip, latin1, lines, cut and open see scripted_api.py

--- Rows with these ids.
---@param from integer
---@param to integer
---@return table[]
function scripted_api.rows(from, to)
  local rows = {}
  for id = from, to do rows[#rows + 1] = { id = id, at = ("2026-01-%02dT00:00:00Z"):format(31 - id) } end
  return json.array(rows)
end

-- All forms' answers, each below a base of its own; {base} stands for that.
local function all_answers(forms)
  local all = {}
  for i, form in ipairs(forms) do
    for target, given in pairs(form.answers) do
      local list = given[1] and given or { given }
      local text = json.encode(json.array(list)):gsub("{base}", "{origin}/" .. i)
      all[("%d/%s"):format(i, target)] = json.decode(text)
    end
  end
  return json.encode(all)
end

local function script(form, base, name)
  local key = form.stream:find("primary_key", 1, true) and "" or 'primary_key = "id", '
  local path = form.stream:find("path =", 1, true) and "" or 'path = "items", '
  return ('return { name = "%s", base = "%s", %s%s%s }'):format(name, base, path, key, form.stream)
end

---@class ScriptedApi
---@field read fun(i: integer, given: OwnGiven?): Reading reads the form of this number
---@field words fun(i: integer, verb: string, given: OwnGiven?): string[] of a run
---@field run fun(i: integer, verb: string, given: OwnGiven?): result
---@field read_all fun(count: integer?): Reading[] reads that many forms, or all, in one run; without `asked`
---@field base fun(i: integer): string ends with a slash
---@field stop fun()

--- Starts a server for forms.
---@param forms Form[]
---@return ScriptedApi
function scripted_api.start(forms)
  local log = perigee.write ""
  local port, stop = python_server.start("scripted_api.py", perigee.write(all_answers(forms)), log)
  local origin = ("http://127.0.0.1:%d"):format(port)
  local config = { secrets = { { name = "key", value = "sesame-1234", host = origin } } }
  local api, came = {}, files.follow(log)

  function api.base(i) return ("%s/%d/"):format(origin, i) end

  local function words_of(verb, scripts, given)
    return own_streams.words(verb, own_streams.folder(scripts), given, config)
  end

  function api.words(i, verb, given) return words_of(verb, { mine = script(forms[i], api.base(i), "mine") }, given) end

  function api.run(i, verb, given) return perigee.run(api.words(i, verb, given)) end

  function api.read(i, given)
    local reading, prefix = own_streams.readings(api.words(i, "read", given), { "mine" })[1], i .. "/"
    reading.asked = {}
    for _, target in ipairs(came()) do
      if target:sub(1, #prefix) == prefix then reading.asked[#reading.asked + 1] = target:sub(#prefix + 1) end
    end
    return reading
  end

  function api.read_all(count)
    local scripts, names = {}, {}
    for i = 1, count or #forms do
      names[i] = "mine" .. i
      scripts[names[i]] = script(forms[i], api.base(i), names[i])
    end
    return own_streams.readings(words_of("read", scripts, { entries = names, words = { "--retry-attempts=1" } }), names)
  end

  api.stop = stop
  return api
end

--- Has a server for forms run while the specs of a `describe` do, whose `setup` and `teardown` these are.
---@param setup fun(f: fun())
---@param teardown fun(f: fun())
---@param forms Form[]
---@param count integer? of the forms that are read at first, in one run; default: all
---@return ScriptedApi api
---@return Reading[] readings both are empty until the setup
function scripted_api.serve(setup, teardown, forms, count)
  local api, readings = {}, {}
  setup(function()
    for name, f in pairs(scripted_api.start(forms)) do api[name] = f end
    if count ~= 0 then table.move(api.read_all(count), 1, count or #forms, 1, readings) end
  end)
  teardown(function()
    api.stop()
    perigee.cleanup()
  end)
  return api, readings
end

--- What must have come of a form: its `ids`, or its `records` as bytes, to the end; or up to a failure with the words of `wrong`
--- (and `also`).
---@param form Form
---@param reading Reading
function scripted_api.assert_holds(form, reading)
  local logs = connector.logs(reading.result)
  luassert.same(form.ids or form.records, form.ids and reading.ids or reading.records, logs)
  luassert.equal(form.wrong == nil, reading.complete, logs)
  for _, words in ipairs { form.wrong, form.also } do luassert.matches(words, reading.failure.message, 1, true) end
end

return scripted_api
