-- Every kind of paging, in every format, with every fault: a read that ends COMPLETE has each row that was there all the while,
-- once. The ways in which it may lack one are named here, and there is no other.
local connector = require "spec.support.connector"
local json = require "json"
local own_streams = require "spec.support.own_streams"
local perigee = require "spec.support.perigee"
local python_server = require "spec.support.python_server"

local PAGING = {
  page = '{ page = "page" }, page_size = { size = 3 }', offset = '{ offset = "offset" }, page_size = { size = 3 }',
  cursor = '{ cursor = "cursor", next = "%snext" }', last = '{ cursor = "after", last = "id" }',
  next = '{ next = "%surl" }', link = "{ link = true }", file = '"none"',
}
local FORMATS = {
  json = 'records = "data", primary_key = "id"', ndjson = 'format = "ndjson", primary_key = "id"',
  csv = 'format = "csv", primary_key = "id"', xml = 'format = "xml", records = "list.rows.row", primary_key = "@id"',
}
local ORDERED = ', cursor = { field = "id", type = "seconds", ordered_by = "id" }'
local KINDS = {
  json = { "page", "offset", "cursor", "last", "next", "link" }, ndjson = { "link", "file" }, csv = { "page", "file" },
  xml = { "cursor", "next" },
}
-- What comes in place of a page behind the first: how often, 0 for ever. With --long all of them, else those that end lists and
-- move rows.
local FAULTS = {
  { "none", 0 }, { "400", 0 }, { "401", 0 }, { "403", 0 }, { "404", 0 }, { "410", 0 }, { "500", 0 }, { "404", 1 }, { "429", 1 },
  { "500", 1 }, { "204", 0 }, { "204", 1 }, { "206", 1 }, { "empty", 0 }, { "empty", 1 }, { "cut", 0 }, { "cut", 1 },
  { "html", 0 }, { "html", 1 }, { "deleted", 0 }, { "inserted", 0 },
}
local LONG = os.getenv "PERIGEE_LONG" == "1"
if not LONG then FAULTS = { { "404", 0 }, { "404", 1 }, { "204", 0 }, { "empty", 0 }, { "cut", 1 }, { "deleted", 0 } } end
-- Of formats and of rows without a key, where it is not all of them.
local ALONE = { { "none", 0 }, { "empty", 0 }, { "cut", 1 }, { "html", 0 }, { "deleted", 0 } }

-- The ways in which a COMPLETE may lack a row.
local WAYS = {
  ["the server says that the list ends"] = function(case)
    local says = case.fault == "empty" or case.fault == "204" -- a page of nothing, each time; or, a file that is nothing
    if case.paging == "file" then return says end
    local counted = case.paging == "page" or case.paging == "offset" -- a page that is refused lies behind the last one
    local each_time = case.times == 0 or case.keyless or case.unsettled -- where there is one pass, once is enough
    return each_time and (says or counted and (case.fault == "400" or case.fault == "404"))
  end,
  ["nothing tells the rows apart, and they move"] = function(case)
    return case.keyless and (case.fault == "deleted" or case.fault == "inserted")
  end,
  ["the stream says `settle = false`, and rows move"] = function(case)
    return case.unsettled and (case.fault == "deleted" or case.fault == "inserted")
  end,
}

local function all_cases()
  local cases = {}
  local function add(format, paging, fault, more)
    local case = { format = format, paging = paging, fault = fault[1], times = fault[2] }
    if more then case[more] = true end
    cases[#cases + 1] = case
  end
  for _, format in ipairs { "json", "ndjson", "csv", "xml" } do
    for _, paging in ipairs(KINDS[format]) do
      for _, fault in ipairs((LONG or format == "json") and FAULTS or ALONE) do add(format, paging, fault) end
    end
  end
  for _, paging in ipairs { "page", "offset", "cursor", "link" } do
    for _, fault in ipairs(LONG and FAULTS or ALONE) do
      add("json", paging, fault, "keyless")
      add("json", paging, fault, "unsettled")
    end
  end
  for _, paging in ipairs { "page", "offset", "next", "link" } do
    for _, fault in ipairs(LONG and FAULTS or ALONE) do add("json", paging, fault, "ordered") end
  end
  return cases
end

local function name_of(case)
  return ("%s by %s, %s%s%s"):format(case.format, case.paging, case.fault, case.times == 0 and "" or " once",
    case.keyless and ", no key" or case.unsettled and ", one pass" or case.ordered and ", newest first" or "")
end

local function script(case, i, origin)
  local format = case.keyless and FORMATS[case.format]:gsub(', primary_key = "[^"]*"', "") or FORMATS[case.format]
  local paging = PAGING[case.paging]:gsub("%%s", case.format == "xml" and "list.@" or "")
  local more = case.unsettled and ", settle = false" or case.ordered and ORDERED or ""
  return ('return { name = "case%d", base = "%s/%d/", path = "items", %s, paging = %s%s }'):format(i, origin, i - 1, format,
    paging, more)
end

-- Rows that were there from the first request to the last: what goes is the list's first one.
local function lacking(case, ids)
  local missing, goes = {}, case.fault == "deleted"
  for id = goes and not case.ordered and 2 or 1, goes and case.ordered and 6 or 7 do
    if not ids[tostring(id)] then missing[#missing + 1] = id end
  end
  return missing
end

describe("a read that ends COMPLETE", function()
  local cases, result = all_cases(), nil
  local stop
  setup(function()
    local port
    port, stop = python_server.start("kinds_api.py", perigee.write(json.encode(cases)))
    local scripts, names = {}, {}
    for i, case in ipairs(cases) do
      names[i] = case.ordered and { "case" .. i, "incremental" } or "case" .. i
      scripts["case" .. i] = script(case, i, ("http://127.0.0.1:%d"):format(port))
    end
    result = perigee.run { "read", "--config", perigee.write { secrets = {} }, "--scripts", own_streams.folder(scripts),
      "--catalog", perigee.write_catalog(names), "--retry-base=0.01", "--retry-attempts=2" }
  end)
  teardown(function()
    stop()
    perigee.cleanup()
  end)

  it("has all rows, each once, but in the ways that are named", function()
    local complete, used = 0, {}
    for i, case in ipairs(cases) do
      local ids, doubles = {}, 0
      for _, text in ipairs(result.records("case" .. i)) do
        local record = json.decode(text)
        local id = tostring(record.id or record["@id"])
        doubles = doubles + (ids[id] and 1 or 0)
        ids[id] = true
      end
      if connector.last_status(result, "case" .. i) == "COMPLETE" then
        complete = complete + 1
        local missing, allowed = lacking(case, ids), nil
        for words, may in pairs(WAYS) do
          if may(case) then allowed, used[words] = words, used[words] or #missing > 0 end
        end
        assert.is_true(#missing == 0 or allowed ~= nil, ("%s: %s missing"):format(name_of(case), table.concat(missing, ", ")))
        assert.is_true(doubles == 0 or case.keyless, name_of(case) .. ": rows came twice")
      else
        assert.equal(1, #connector.errors(result, "case" .. i), name_of(case))
      end
    end
    for words in pairs(WAYS) do assert.is_true(used[words], "no case any more: " .. words) end
    assert.is_true(complete > #cases // 3, complete .. " of " .. #cases)
  end)

  it("is one that met nothing wrong, or a fault that passes", function()
    local passing = { none = true, ["429"] = true, ["500"] = true, cut = true, html = true, inserted = true, deleted = true }
    for i, case in ipairs(cases) do
      local passes = passing[case.fault] and (case.times == 1 or case.fault == "none")
      local last = connector.last_status(result, "case" .. i)
      if passes then assert.equal("COMPLETE", last, name_of(case) .. connector.logs(result, "WARN")) end
    end
  end)
end)
