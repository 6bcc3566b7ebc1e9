--- Servers that answer as a table of forms says, for streams of APIs that are none of Sentry's: see scripted_api.py.
local connector = require "spec.support.connector"
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

local function script(form, base)
  local key = form.stream:find("primary_key", 1, true) and "" or 'primary_key = "id", '
  local path = form.stream:find("path =", 1, true) and "" or 'path = "items", '
  return ('return { name = "mine", base = "%s", %s%s%s }'):format(base, path, key, form.stream)
end

-- What was asked for of a form since a place in the log.
local function asked_since(log, before, i)
  local list, prefix, number = {}, i .. "/", 0
  for line in io.lines(log) do
    number = number + 1
    if number > before and line:sub(1, #prefix) == prefix then list[#list + 1] = line:sub(#prefix + 1) end
  end
  return list, number
end

---@class Reading
---@field ids any[] of the records that went out, in order
---@field asked string[] targets, in order
---@field failure {message: string, failure_type: string}? the stream's
---@field complete boolean
---@field result result

---@class ScriptedApi
---@field read fun(i: integer, given: {mode: string?, state: table?, words: string[]?}?): Reading reads the form of this number
---@field words fun(i: integer, verb: string, ...: string): string[] of a run
---@field run fun(i: integer, verb: string, ...: string): result
---@field read_all fun(numbers: integer[]): {records: table[], complete: boolean}[]
---@field base fun(i: integer): string ends with a slash
---@field stop fun()

--- Starts a server for forms.
---@param forms Form[]
---@return ScriptedApi
function scripted_api.start(forms)
  local log = perigee.write ""
  local port, stop = python_server.start("scripted_api.py", perigee.write(all_answers(forms)), log)
  local origin = ("http://127.0.0.1:%d"):format(port)
  local api, config, seen = {}, nil, 0

  function api.base(i) return ("%s/%d/"):format(origin, i) end

  function api.words(i, verb, ...)
    config = config or perigee.write { secrets = { { name = "key", value = "sesame-1234", host = origin } } }
    local folder = own_streams.folder { mine = script(forms[i], api.base(i)) }
    local words = { verb, "--config", config, "--scripts", folder }
    for _, word in ipairs(connector.USUAL) do words[#words + 1] = word end
    for _, word in ipairs { ... } do words[#words + 1] = word end
    return words
  end

  function api.run(i, verb, ...) return perigee.run(api.words(i, verb, ...)) end

  function api.read(i, given)
    given = given or {}
    local words = { "--catalog", perigee.write_catalog { { "mine", given.mode or "full_refresh" } } }
    if given.state then table.move({ "--state", perigee.write(given.state) }, 1, 2, #words + 1, words) end
    table.move(given.words or {}, 1, #(given.words or {}), #words + 1, words)
    local result = api.run(i, "read", table.unpack(words))
    local reading = { result = result, ids = {}, failure = connector.errors(result, "mine")[1] }
    for n, text in ipairs(result.records()) do reading.ids[n] = json.decode(text).id end
    reading.asked, seen = asked_since(log, seen, i)
    local statuses = connector.statuses(result, "mine")
    reading.complete = statuses[#statuses] == "COMPLETE" and result.status == 0
    return reading
  end

  --- Reads many forms in one run: of each its records, decoded, and whether it was read to its end.
  function api.read_all(numbers)
    local scripts, names, all = {}, {}, {}
    for n, i in ipairs(numbers) do
      names[n] = "mine" .. i
      scripts[names[n]] = script(forms[i], api.base(i)):gsub('"mine"', ('"%s"'):format(names[n]), 1)
    end
    local words = api.words(numbers[1], "read", "--scripts", own_streams.folder(scripts), "--catalog",
      perigee.write_catalog(names), "--retry-attempts=1")
    local result = perigee.run(words)
    for n, name in ipairs(names) do
      local statuses = connector.statuses(result, name)
      all[n] = { records = {}, complete = statuses[#statuses] == "COMPLETE" }
      for r, text in ipairs(result.records(name)) do all[n].records[r] = json.decode(text) end
    end
    return all
  end

  api.stop = stop
  return api
end

--- Reads a form, of which `records` must come, each as its bytes; and where it has `wrong`, the read fails with these words.
---@param api ScriptedApi
---@param i integer
---@param form Form
function scripted_api.assert_holds(api, i, form)
  local reading = api.read(i, { words = { "--retry-attempts=1" } })
  local logs = connector.logs(reading.result)
  luassert.same(form.records, reading.result.records(), logs)
  luassert.equal(form.wrong == nil, reading.complete, logs)
  if form.wrong then luassert.matches(form.wrong, reading.failure.message, 1, true) end
end

return scripted_api
