-- How lists of other APIs end: each form is a stream's `paging`, what a server answers, and what must come of it.
local connector = require "spec.support.connector"
local json = require "json"
local scripted_api = require "spec.support.scripted_api"

local rows = scripted_api.rows

local function data(from, to, more)
  local body = { data = rows(from, to) }
  for name, value in pairs(more or {}) do body[name] = value end
  return { body = body }
end

local NULL, EMPTY = json.null, data(1, 0)
local ALL = { 1, 2, 3, 4 }
local CURSOR = 'records = "data", paging = { cursor = "c", next = "next" }'
local NEXT = 'records = "data", paging = { next = "next" }'

-- A list of two pages, by a token, whose second says this.
local function two_pages(name, last, stream)
  return { name, stream = stream or CURSOR, ids = ALL, answers = { items = data(1, 2, { next = "t" }), ["items?c=t"] = last } }
end

-- A list of one page that says this, and a failure.
local function one_page(name, body, wrong, stream)
  return { name, stream = stream or CURSOR, ids = wrong and {} or { 1, 2 }, wrong = wrong, answers = { items = body } }
end

local function counted(name, paging, answers, more)
  local form = { name, stream = ('records = "data", paging = { %s }'):format(paging), ids = ALL, answers = answers }
  for field, value in pairs(more or {}) do form[field] = value end
  return form
end

local BY_TIME = ', cursor = { field = "at", ordered_by = "at" }'
local SIZED = ', page_size = { size = 2 }'
local pages = { ["items?p=1"] = data(1, 2), ["items?p=2"] = data(3, 4) }

local function followed(name, address, asked, more)
  local form = { name, stream = NEXT, ids = ALL,
    answers = { items = data(1, 2, { next = address }), [asked] = data(3, 4, { next = NULL }) } }
  for field, value in pairs(more or {}) do form[field] = value end
  return form
end

local function behind(name, answer)
  local answers = { ["items?p=3"] = answer }
  for target, page in pairs(pages) do answers[target] = page end
  return counted("a page behind the last one: " .. name, 'page = "p"', answers)
end

-- A list of two pages, by Link headers, whose second has these.
local function linked(name, wrong, ...)
  local last = {}
  for i, header in ipairs { ... } do
    last[i] = data(3, 4)
    last[i].headers = { Link = header }
  end
  local first = data(1, 2)
  first.headers = { Link = '<{base}/items?c=t>; rel="next"' }
  return { name, stream = 'records = "data", paging = { link = true }', ids = wrong and { 1, 2 } or ALL, wrong = wrong,
    answers = { items = first, ["items?c=t"] = last } }
end

local ELSEWHERE = { ids = {}, wrong = "names a next page elsewhere, at " }

local forms = {
  -- A next key that says none, or is not there.
  two_pages("a next key that is null", data(3, 4, { next = NULL })),
  two_pages("a next key that is empty", data(3, 4, { next = "" })),
  two_pages("a next key that is false", data(3, 4, { next = false })),
  two_pages("a next key that is gone on the last page", data(3, 4)),
  { "parents of a next key that are gone on the last page", ids = ALL,
    stream = 'records = "data", paging = { cursor = "c", next = "meta.next" }',
    answers = { items = data(1, 2, { meta = { next = "t" } }), ["items?c=t"] = data(3, 4) } },
  one_page("a next key that is misspelt", data(1, 2, { nxt = "t" }), "the response has no 'next'"),
  one_page("a next key whose parents are misspelt", data(1, 2, { mta = { next = "t" } }), "the response has no 'meta.next'",
    'records = "data", paging = { next = "meta.next" }'),
  one_page("a next key that is misspelt, on a full page", data(1, 2),
    "or where the last page of a list lacks it, add `page_size`", CURSOR .. SIZED),
  one_page("a next key that the only page lacks, as it is short", data(1, 2), nil, CURSOR .. ", page_size = { size = 5 }"),
  one_page("a next key that is a table", data(1, 2, { next = { 1 } }), "the response's 'next' is no cursor"),
  -- more
  one_page("more that is false, though a token is named", data(1, 2, { next = "t", more = false }), nil,
    'records = "data", paging = { cursor = "c", next = "next", more = "more" }'),
  one_page("more that is false, and no token", data(1, 2, { more = false }), nil,
    'records = "data", paging = { cursor = "c", next = "next", more = "more" }'),
  one_page("more that is the text false", data(1, 2, { next = "t", more = "false" }), nil,
    'records = "data", paging = { cursor = "c", next = "next", more = "more" }'),
  one_page("more that is true, and no token", data(1, 2, { next = NULL, more = true }),
    "the response's 'more' says that more follows, and its 'next' does not name it",
    'records = "data", paging = { cursor = "c", next = "next", more = "more" }'),
  one_page("more that is misspelt", data(1, 2, { next = NULL }), "the response has no 'more'",
    'records = "data", paging = { cursor = "c", next = "next", more = "more" }'),
  one_page("more of a Link header that names no page", data(1, 2, { more = true }), "and no Link header names it",
    'records = "data", paging = { link = true, more = "more" }'),
  counted("more, over short pages", 'page = "p", more = "meta.more"', {
    ["items?p=1&size=9"] = data(1, 2, { meta = { more = true } }), ["items?p=2&size=9"] = data(3, 4, { meta = { more = false } }),
  }, { stream = 'records = "data", paging = { page = "p", more = "meta.more" }, page_size = { size = 9 }' .. BY_TIME }),
  -- Totals
  counted("a total of pages", 'page = "p", total_pages = "pages"', {
    ["items?p=1"] = data(1, 2, { pages = 2 }), ["items?p=2"] = data(3, 4, { pages = 2 }),
  }),
  counted("a total of pages that are counted from 0", 'page = "p", first = 0, total_pages = "pages"', {
    ["items?p=0"] = data(1, 2, { pages = 2 }), ["items?p=1"] = data(3, 4, { pages = 2 }),
  }),
  counted("a total of rows, by pages", 'page = "p", total = "total"', {
    ["items?p=1"] = data(1, 2, { total = 4 }), ["items?p=2"] = data(3, 4, { total = "4" }),
  }),
  counted("a total of rows, by offsets", 'offset = "o", total = "total"', {
    ["items?o=0"] = data(1, 2, { total = 4 }), ["items?o=2"] = data(3, 4, { total = 4 }),
  }),
  counted("a total over pages that the server caps in silence", 'page = "p", total = "total"', {
    ["items?p=1&size=9"] = data(1, 2, { total = 4 }), ["items?p=2&size=9"] = data(3, 4, { total = 4 }),
  }, { stream = 'records = "data", paging = { page = "p", total = "total" }, page_size = { size = 9 }' .. BY_TIME }),
  counted("a total that is below what came", 'page = "p", total = "total"', {
    ["items?p=1"] = data(1, 2, { total = 0 }), ["items?p=2"] = data(3, 4, { total = 0 }), ["items?p=3"] = EMPTY,
  }),
  counted("a total that is never reached", 'page = "p", total = "total"', {
    ["items?p=1"] = data(1, 2, { total = 9 }), ["items?p=2"] = data(3, 4, { total = 9 }),
    ["items?p=3"] = data(1, 0, { total = 9 }),
  }, { wrong = "the list ends after 4 rows, and says at 'total' that it has 9" }),
  counted("a total whose page behind is refused", 'page = "p", total = "total"', {
    ["items?p=1"] = data(1, 2, { total = 9 }), ["items?p=2"] = data(3, 4, { total = 9 }),
    ["items?p=3"] = { status = 404, body = {} },
  }, { wrong = "status 404" }),
  counted("a total that is misspelt", 'page = "p", total = "totl"', { ["items?p=1"] = data(1, 2, { total = 4 }) },
    { ids = {}, wrong = "the response has no number at 'totl'" }),
  -- A page behind the last one
  behind("404", { status = 404, body = {} }), behind("400", { status = 400, body = {} }), behind("204", { status = 204 }),
  behind("an empty body", { text = "" }), behind("an empty list", EMPTY),
  counted("a short page where full ones came", 'page = "p"', {
    ["items?p=1&size=2"] = data(1, 2), ["items?p=2&size=2"] = data(3, 4), ["items?p=3&size=2"] = data(5, 5),
  }, { stream = 'records = "data", paging = { page = "p" }' .. SIZED, ids = { 1, 2, 3, 4, 5 } }),
  counted("a first page that is refused", 'page = "p"', { items = { status = 404, body = {} } },
    { ids = {}, wrong = "status 404" }),
  counted("a first page that has no body", 'page = "p"', { items = { text = "" } }, { ids = {}, wrong = "the text is empty" }),
  counted("a first page without content", 'page = "p"', { items = { status = 204 } }, { ids = {} }),
  counted("offsets that must be multiples of the page size", 'offset = "o"', {
    ["items?o=0&size=2"] = data(1, 2), ["items?o=2&size=2"] = data(3, 4), ["items?o=4&size=2"] = EMPTY,
  }, { stream = 'records = "data", paging = { offset = "o" }' .. SIZED }),
  counted("offsets in an ordered list that are refused where they are no multiples", 'offset = "o"', {
    ["items?o=0&size=2"] = data(1, 2), ["items?o=1&size=2"] = { status = 400, body = {} }, ["items?o=2&size=2"] = data(3, 4),
  }, { stream = 'records = "data", paging = { offset = "o" }' .. SIZED .. BY_TIME, ids = { 1, 2 },
    wrong = "is no multiple of the page size 2, for pages of a list with `cursor.ordered_by` overlap by a row" }),
  -- A token that stays: the server knows how far it came. A list has two passes.
  counted("a scroll, whose token stays while rows are new", 'cursor = "c", next = "next"', {
    items = data(1, 2, { next = "s" }),
    ["items?c=s"] = { data(3, 4, { next = "s" }), data(5, 5, { next = "s" }), data(1, 0, { next = "s" }),
      data(3, 4, { next = "s" }), data(5, 5, { next = "s" }), data(1, 0, { next = "s" }) },
  }, { ids = { 1, 2, 3, 4, 5 }, asked = 8 }),
  counted("one pass, where nobody wants two", 'cursor = "c", next = "next"', {
    items = data(1, 2, { next = "t" }), ["items?c=t"] = data(3, 4, { next = NULL }),
  }, { stream = CURSOR .. ", settle = false", asked = 2 }),
  counted("a token that stays, and brings the same rows", 'cursor = "c", next = "next"', {
    items = data(1, 2, { next = "s" }), ["items?c=s"] = data(3, 4, { next = "s" }),
  }, { wrong = "the cursor s came twice: the list does not end" }),
  counted("one pass over a list with an order", 'cursor = "c", next = "next"', {},
    { stream = CURSOR .. BY_TIME .. ", settle = false", ids = {},
      wrong = "'settle' is of lists that are read in several passes" }),
  -- Names of parameters
  counted("a parameter with brackets", 'page = "page[number]"', {
    ["items?page%5Bnumber%5D=1&page%5Bsize%5D=2"] = data(1, 2), ["items?page%5Bnumber%5D=2&page%5Bsize%5D=2"] = data(3, 3),
  }, { stream = 'records = "data", paging = { page = "page[number]" }, page_size = { ["page[size]"] = 2 }', ids = { 1, 2, 3 } }),
  counted("a parameter with a dollar", 'offset = "$skip"', {
    ["items?%24skip=0&%24top=2"] = data(1, 2), ["items?%24skip=2&%24top=2"] = data(3, 3),
  }, { stream = 'records = "data", paging = { offset = "$skip" }, page_size = { ["$top"] = 2 }', ids = { 1, 2, 3 } }),
  counted("a cursor's parameter with brackets", "", {
    items = data(1, 2, { next = "a&b" }), ["items?page%5Bafter%5D=a%26b"] = data(3, 4),
  }, { stream = 'records = "data", paging = { cursor = "page[after]", next = "next" }' }),
  -- A field of the last record
  { "the last record's id, until more is false",
    stream = 'records = "data", paging = { cursor = "after", last = "id", more = "more" }', ids = ALL,
    answers = { items = data(1, 2, { more = true }), ["items?after=2"] = data(3, 4, { more = false }) } },
  { "the last record's id, until a page is empty", stream = 'records = "data", paging = { cursor = "after", last = "id" }',
    ids = ALL, answers = { items = data(1, 2), ["items?after=2"] = data(3, 4), ["items?after=4"] = EMPTY } },
  { "the last record's id, until a page is short", ids = { 1, 2, 3 },
    stream = 'records = "data", paging = { cursor = "after", last = "id" }' .. SIZED,
    answers = { ["items?size=2"] = data(1, 2), ["items?after=2&size=2"] = data(3, 3) } },
  { "a field that the last record lacks", stream = 'records = "data", paging = { cursor = "after", last = "uid" }',
    ids = {}, wrong = "the last record of the page has no 'uid' to go on with", answers = { items = data(1, 2) } },
  { "a server that ignores the last record's id", stream = 'records = "data", paging = { cursor = "after", last = "at" }',
    ids = { 1, 2 }, wrong = "check the stream's `paging`", answers = { items = data(1, 2) } },
  { "a field of paging that is misspelt", stream = 'records = "data", paging = { page = "p", totl = "x" }',
    ids = {}, wrong = "there is no 'totl' (did you mean 'total'?)", answers = {} },
  -- Addresses
  followed("a whole address", "{base}/items?c=t", "items?c=t"),
  followed("an address with blanks around it", " {base}/items?c=t ", "items?c=t"),
  followed("an address on another path", "{base}/more/of?c=t", "more/of?c=t"),
  followed("an address without a query", "{base}/more/2", "more/2"),
  followed("a query alone", "?c=t", "items?c=t"),
  followed("a relative path", "more?c=t", "more?c=t"),
  followed("a relative path with dots", "./x/../more?c=t", "more?c=t"),
  followed("a fragment behind it", "{base}/items?c=t#top", "items?c=t"),
  followed("a parameter that comes twice", "{base}/items?c=t&tag=a%20b&tag=c", "items?c=t&tag=a%20b&tag=c"),
  followed("another scheme, behind a proxy that speaks TLS", "https://127.0.0.1/{number}/items?c=t", "items?c=t"),
  followed("bytes that an address cannot hold", "{base}/ä b?c=ü", "%C3%A4%20b?c=%C3%BC"),
  followed("another host", "http://localhost:1/items?c=t", "x", ELSEWHERE),
  followed("another port", "http://127.0.0.1:1/items?c=t", "x", ELSEWHERE),
  followed("another port of another scheme", "https://127.0.0.1:444/items", "x", ELSEWHERE),
  followed("a user in the address", "http://u:p@127.0.0.1/items?c=t", "x", ELSEWHERE),
  followed("another kind of address", "ftp://127.0.0.1/items", "x", ELSEWHERE),
  followed("a Link header on another path", NULL, "more/of?c=t", { stream = 'records = "data", paging = { link = true }' }),
  linked("a Link header without a next page", nil, '<{base}/items>; rel="first"'),
  linked("a Link header that breaks off in its address", "cannot be read, as an address in it has no '>': <",
    '<{base}/items?c=u; rel="next"'),
  linked("a Link header that breaks off in its address, and is whole when it is requested again", nil,
    '<{base}/items?c=u; rel="next"', '<{base}/items>; rel="first"'),
  linked("a Link header that breaks off in quotes before the next page",
    "cannot be read, as quotes in it are not closed, or not where they should be: <",
    '<{base}/items>; rel="first, <{base}/items?c=u>; rel="next'),
  linked("a Link header without brackets", "cannot be read, as it has no address in brackets: ", '{base}/items?c=u; rel="next"'),
  -- Lists that do not end
  counted("a server that ignores the page", 'page = "p"', { items = data(1, 2) }, { ids = { 1, 2 }, stale = true }),
  counted("a server that ignores the offset", 'offset = "o"', { items = data(1, 2) }, { ids = { 1, 2 }, stale = true }),
  counted("a server that ignores the offset of an ordered list", 'offset = "o"', { items = data(1, 2) },
    { ids = { 1, 2 }, stale = true, stream = 'records = "data", paging = { offset = "o" }' .. BY_TIME }),
  counted("a server that ignores the page, of rows without a key", 'page = "p"', { items = data(1, 2) },
    { stream = 'records = "data", paging = { page = "p" }, primary_key = nil', ids = { 1, 2 }, stale = true }),
  counted("a server that repeats its last page", 'page = "p"', { items = data(3, 4), ["items?p=1"] = data(1, 2) },
    { stale = true }),
  { "new tokens for the same rows", stream = CURSOR, ids = { 1, 2 }, stale = true, answers = {
    items = { data(1, 2, { next = "a" }), data(1, 2, { next = "b" }), data(1, 2, { next = "c" }), data(1, 2, { next = "d" }),
      data(1, 2, { next = "e" }), data(1, 2, { next = "f" }) },
  } },
  { "the same token for ever", stream = CURSOR, ids = { 1, 2 },
    wrong = "came twice: the list does not end; check the stream's `paging`", answers = { items = data(1, 2, { next = "t" }) } },
}

-- The Link header that a form's stream goes by.
for i, form in ipairs(forms) do
  if form[1]:find "Link header on another path" then
    form.answers.items.headers = { Link = ('<{origin}/%d/more/of?c=t>; rel="next"'):format(i) }
  elseif form[1]:find "another scheme, behind" then
    form.answers.items.body.next = form.answers.items.body.next:gsub("{number}", tostring(i))
  end
end

local MOST_REQUESTS = 14 -- of two passes, and what shows an end

describe("a list of another API", function()
  local api = scripted_api.serve(setup, teardown, forms, 0)

  for i, form in ipairs(forms) do
    it("ends as it should: " .. form[1], function()
      local reading = api.read(i)
      local logs = connector.logs(reading.result) .. "\n" .. table.concat(reading.asked, "\n")
      local wrong = form.stale and "check the stream's `paging`" or form.wrong
      assert.same(form.ids, reading.ids, logs)
      assert.equal(not wrong, reading.complete, logs)
      if wrong then assert.is_truthy(reading.failure.message:find(wrong, 1, true), reading.failure.message) end
      if form.stale then assert.equal("config_error", reading.failure.failure_type) end
      assert.is_true(#reading.asked <= MOST_REQUESTS, logs)
      if form.asked then assert.equal(form.asked, #reading.asked, logs) end
    end)
  end

  it("is read at once no more where its paging is wrong", function()
    for i, form in ipairs(forms) do
      if form.wrong and form.wrong:find "elsewhere" or form.wrong and form.wrong:find "has no 'next'" then
        local reading = api.read(i)
        assert.equal(1, #reading.asked, form[1])
        assert.equal("config_error", reading.failure.failure_type, form[1])
      end
    end
  end)
end)
