-- Reads in shards, as random histories play them: a list that changes while each shard reads its days of it, is cut and goes on,
-- or fails for good; and then a single read from the joined state. And the ways to break that which they must notice.
local day_share = require "reading.day_share"
local digest = require "digest"
local histories = require "spec.support.simulation.histories"
local history = require "spec.support.simulation.shards"
local page = require "page"
local scripts = require "spec.support.simulation.scripts"

local reads, normal = histories.new(history.violation, 200, 40, 4000), scripts.load()
local DAY = 86400 * 1000000

local mutants = {
  { name = "the next day is sought below the one after it", first = 165, script = "slice_reader",
    from = "slice:enter_window(upper)\n  self.borders", to = "slice:enter_window(upper - 86400000000)\n  self.borders" },
  { name = "days are passed over though nothing proves that windows hold", script = "slice_reader",
    from = "or not windows:prove() then return nil", to = "or not windows.of_api then return nil" },
  { name = "windows are proved by one with no row at its ends", script = "windows",
    from = "page:oldest(field, windows.second(oldest) + SECOND), page:newest(field, windows.second(newest))",
    to = "windows.second(oldest) + SECOND, windows.second(newest) - SECOND",
    focus = { name = "events", window = "shifted", span = 2 * DAY, churn = 1, weights = { remove = 1 }, rows = 9, size = 11,
      cut = 0 } },
  { name = "each shard keeps the records of all days", script = "intake",
    from = "if slice.share then", to = "if false then" },
  { name = "a part that is cut off a slice forgets whose days it is read for", first = 344, script = "slice",
    from = "at, nil, nil, self.share)", to = "at)" },
  { name = "slices that are merged forget whose days they are read for", script = "open_slices",
    from = "slice.new(one.lower, nil, nil, nil, one.share)", to = "slice.new(one.lower)" },
  { name = "a slice in a state does not say whose days it is read for", first = 617, script = "stream_state",
    from = 'share = share and ("%d/%d"):format(share.index, share.count)', to = "share = nil" },
  { name = "a shard's state says that all is known up to where its own list came", script = "progress",
    from = "later(share and share.before or page:newest(field),", to = "later(page:newest(field)," },
  { name = "keys of the read before are dropped", first = 802, script = "progress",
    from = "if settings.share and settings.share.first then", to = "if false then" },
}

describe("shards", function()
  it("lose nothing and double nothing in " .. reads.words, function() reads:assert_hold(normal) end)

  for _, mutant in ipairs(mutants) do
    it("are caught by the histories when " .. mutant.name, function()
      reads:assert_caught(scripts.load(mutant), normal, mutant.focus, mutant.first)
    end)
  end
end)

describe("a shard's days", function()
  it("are those of which the SHA-256 says so", function()
    -- printf 'acme/web-frontend\n20777' | sha256sum: 9e1a… as anybody can tell.
    local sum = digest.sha256 "acme/web-frontend\n20777"
    local number = string.unpack(">I8", sum)
    for _, count in ipairs { 1, 2, 3, 7, 1000 } do
      local remainder = math.tointeger(math.ult(number, count) and number
        or number - ((number >> 1) // count << 1) * count) -- unsigned division, as Lua's integers have a sign
      while not math.ult(remainder, count) do remainder = remainder - count end
      assert.equal(remainder, digest.shard("acme/web-frontend\n20777", count))
    end
  end)

  it("fall to one shard each, and to each shard about as many", function()
    for _, count in ipairs { 2, 3, 7 } do
      local days = {}
      for index = 0, count - 1 do
        local share = day_share.new(index, count, 0, "acme/web-frontend")
        days[index] = 0
        for day = 20000, 20999 do days[index] = days[index] + (share:has(day) and 1 or 0) end
        assert.is_true(days[index] > 800 / count and days[index] < 1200 / count, days[index] .. " days")
      end
      local sum = 0
      for index = 0, count - 1 do sum = sum + days[index] end
      assert.equal(1000, sum)
    end
  end)

  it("are kept of a page by the record's day, and those without a time, too", function()
    local texts = {}
    for day = 1, 9 do texts[day] = ('{"id":%d,"at":"2026-01-0%dT23:59:59.999999Z"}'):format(day, day) end
    texts[10] = '{"id":10,"at":null}'
    local kept = {}
    for index = 0, 2 do
      local one = assert(page.of("[" .. table.concat(texts, ",") .. "]", { fields = { "id", "at" }, key = { "id" } }))
      one:keep_days("at", "acme", index, 3)
      for i = 1, one:count() do
        local text, goes_out = one:record(i)
        if goes_out then kept[#kept + 1] = text end
      end
    end
    table.sort(kept)
    assert.equal(9 + 3, #kept)
    for index = 0, 2 do
      local share = day_share.new(index, 3, math.maxinteger, "acme")
      local one = assert(page.of(texts[4]:gsub("^", "[") .. "]", { fields = { "id", "at" }, key = { "id" } }))
      assert.equal(share:has(1767484800000000 // DAY) and 1 or 0, one:keep_days("at", "acme", index, 3))
    end
  end)

  it("are passed over to the end of the next day of ours, and none below the bound is sought", function()
    local share = day_share.new(0, 3, 100 * DAY, "acme")
    local ours
    for day = 50, 60 do ours = ours or share:has(day) and day end
    assert.equal(ours * DAY + 5, share:down_from(ours * DAY + 5, 0))
    local above = ours + 1
    while share:has(above) do above = above + 1 end
    assert.equal(above * DAY, share:down_from(above * DAY + 7, 0))
    assert.is_nil(share:down_from(above * DAY + 7, above * DAY))
  end)
end)
