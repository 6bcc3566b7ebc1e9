-- hooks.lua SECONDS FILE...: how many records a second one core takes through a script's filter that reads one field.
-- Each file is a page of records; they are split before the clock starts, as reading splits them anyway. Prints JSON.
local files = require "files"
local json = require "json"
local page = require "page"

local seconds = tonumber(arg[1])

-- The first page teaches which field the filter reads; on the others it is noted while they are split.
local function split(texts, f)
  local settings = { fields = { "dateCreated", "id" }, key = { "id" }, reads = {} }
  page.of(texts[1], settings):filter(f, {}, settings.reads)
  local pages = {}
  for i, text in ipairs(texts) do pages[i] = assert(page.of(text, settings)) end
  return pages, settings.reads
end

local function small_page()
  local rows = {}
  for i = 1, 100 do
    rows[i] = ('{"id":"%d","title":"A record","level":"%s"}'):format(i, i % 2 == 0 and "error" or "info")
  end
  return "[" .. table.concat(rows, ",") .. "]"
end

local function rate(texts, f)
  local rounds, until_ = {}, os.clock() + seconds
  repeat
    local pages, reads = split(texts, f)
    local count, began = 0, os.clock()
    for _, one in ipairs(pages) do
      one:filter(f, {}, reads)
      count = count + one:count()
    end
    rounds[#rounds + 1] = count / (os.clock() - began)
    for _, one in ipairs(pages) do one:close() end
  until os.clock() > until_
  table.sort(rounds)
  return math.floor(rounds[#rounds // 2 + 1])
end

local texts = {}
for i = 2, #arg do texts[#texts + 1] = assert(files.read(arg[i])) end
local small = {}
for i = 1, 200 do small[i] = small_page() end
local found = { small = rate(small, function(record) return record.level == "error" end) }
if #texts > 0 then found.events = rate(texts, function(record) return record.title ~= "" end) end
print(json.encode(found))
