--- Runs of a case in which one call fails, once for each place that can, and how each must end: no signal, no hang, no leak, no
--- line that is cut, and what the case says. Places are taken from a run without failures, one of each stack; of those
--- PERIGEE_SEED chooses a sample, PERIGEE_LONG=1 takes all of them; in a sanitized build one or a dozen, for its reports.
local cjson = require "cjson"
local counted = require "spec.support.counted"
local failing = require "spec.support.failing"
local perigee = require "spec.support.perigee"

local failing_runs = {}

local LONG = os.getenv "PERIGEE_LONG" == "1"
local sanitized = require "spec.support.sanitized"
local SANITIZED_SAMPLE = LONG and 12 or 1 -- a run takes so much longer
local SEED = math.tointeger(tonumber(os.getenv "PERIGEE_SEED")) or os.time()

---@class FailingCase
---@field words fun(): table of a run that is like the others, of perigee.run
---@field wrong fun(result: result, base: result, words: table): string? of what a run came to; base: of the one without failures
---@field is_for_people boolean? its output are no lines of JSON
---@field sample integer places of each kind
---@field each_site boolean? each place of the program where memory is taken is tried once, in whatever case

local chance = SEED & 0x7FFFFFFF

local function take(list)
  chance = (chance * 1103515245 + 12345) & 0x7FFFFFFF
  return table.remove(list, (chance >> 8) % #list + 1)
end

local tried = {} -- where in the program an allocation is made: each is tried once, in whatever case

-- A sample that the seed repeats, without order.
local function sample(list, case)
  if LONG and not sanitized then return list end
  local most = sanitized and SANITIZED_SAMPLE or case.sample
  local chosen, rest = {}, table.move(list, 1, #list, 1, {})
  while #rest > 0 do
    local place = take(rest)
    local is_new = case.each_site and not sanitized and place.kind == "allocation" and place.call ~= "" and not tried[place.call]
    if is_new then tried[place.call] = true end
    if is_new or #chosen < most then chosen[#chosen + 1] = place end
  end
  return chosen
end

local function wrong_line(result)
  for _, line in ipairs(result.lines) do
    if not pcall(cjson.decode, line) then return "a line is no JSON: " .. line:sub(1, 200) end
  end
end

-- lua-cjson ends the process where it lacks memory, with the status 255.
local function is_end_of_cjson(result) return result.status == 255 and result.err == "Out of memory\n" end

-- A report of a sanitizer.
local function report(result) return result.err:match "[^\n]*Sanitizer:.*" or result.err:match "[^\n]*runtime error:.*" end

local function wrong_end(result, base, words, case)
  local living, by_cjson = failing.living(words), is_end_of_cjson(result)
  if #living > base.living and not by_cjson then return "it leaks: " .. table.concat(living, "\n") end
  if result.signal and not by_cjson then return "signal " .. result.signal end
  if report(result) then return report(result) end
  if result.status ~= 0 and #result.lines == 0 and result.err == "" and not words.fails:find "%+$" then
    return "it ended without a word"
  end
  return not case.is_for_people and wrong_line(result) or case.wrong(result, base, words)
end

-- What lives on by design: the environment, without what is hidden of it.
local function living_at_best(case)
  local words = failing.at(case.words())
  local result = perigee.run(words)
  assert(result.status == 0, result.err)
  local count = #failing.living(words)
  assert(count > 0, "it was not counted what lives")
  return count
end

local function check_all(case, places, base)
  local jobs, wrong = {}, {}
  for _, place in ipairs(places) do
    jobs[#jobs + 1] = failing.at(case.words(), place)
    if place.kind == "call" then jobs[#jobs + 1] = failing.at(case.words(), place, true) end
  end
  for i, result in ipairs(perigee.run_all(jobs, 3)) do
    local what = wrong_end(result, base, jobs[i], case)
    if what then wrong[#wrong + 1] = ("FAIL=%s: %s\n%s%s"):format(jobs[i].fails, what, result.err:sub(1, 300),
      table.concat(result.lines, "\n", math.max(1, #result.lines - 1)):sub(1, 300)) end
  end
  counted(#jobs, "injected failures")
  assert(#wrong == 0, ("PERIGEE_SEED=%d repeats these:\n%s"):format(SEED, table.concat(wrong, "\n")))
end

--- Runs a case with each of its places failing once, and, where it is a system call, with all from it on. Raises what is wrong.
---@param case FailingCase
---@param kind "allocation"|"call"
function failing_runs.check(case, kind)
  local words = case.words()
  local places = failing.note(words)
  local base = perigee.run(words)
  assert(base.status == 0, base.err)
  base.living = living_at_best(case)
  local of_kind = {}
  for _, place in ipairs(places()) do
    if place.kind == kind then of_kind[#of_kind + 1] = place end
  end
  assert(#of_kind > 3, "too few places were found")
  check_all(case, sample(of_kind, case), base)
end

return failing_runs
