--- What a response says of where to go on: links, redirects, statuses, limits (RFC 8288, 9110, 3986 and 6585).
--- A case is {name, answer, expectation}; see spec/behaviour/hostile_spec.lua.
local bytes = require "spec.support.hostile.bytes"

local response = bytes.response
local ROWS = bytes.ROWS
local LINKED = 'path = "items", paging = { link = true }'
local TOKENS = 'path = "items", records = "rows", paging = { cursor = "c", next = "next" }'
local TOTAL = 'path = "items", records = "rows", paging = { page = "p", total = "total" }'
local REPEATED = "brought no row that had not come before"
local MORE = '[{"id":3,"version":"3","dateCreated":"2025-12-01T00:00:00Z"}]'

local function page(lines, body, first)
  body = body or ROWS
  return ("%s\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s"):format(first or "HTTP/1.1 200 OK", #body, lines, body)
end

-- As many as are taken in one page, about, with members enough.
local MANY = "[" .. ('{"version":"1","dateCreated":"2026-01-01T00:00:00Z","a":1,"b":2},'):rep(32000):sub(1, -2) .. "]"

local function next_page(url) return ('Link: <%s>; rel="next"; results="true"; cursor="0:100:0"\r\n'):format(url) end
local function linked(url, more) return page(next_page(url) .. (more or "")) end
local function status(line, lines) return response('{"detail":"no"}', lines, "HTTP/1.1 " .. line) end
local function redirect(to, code) return page(("Location: %s\r\n"):format(to), "", "HTTP/1.1 " .. (code or "302 Found")) end

-- One answer for each connection in turn.
local function in_turn(...)
  local connections = {}
  for i, answer in ipairs { ... } do connections[i] = { { request = "1.1" }, { send = answer } } end
  return { connections = connections }
end

local function paged(url, words, rows)
  return { ("a next page at %s"):format(url), linked(url), told = words, stream = LINKED, rows = rows }
end
local function limited(value)
  return { "Retry-After: " .. value:sub(1, 40), status("429 Too Many Requests", "Retry-After: " .. value .. "\r\n"),
    told = "limited for more than" }
end

return {
  -- links
  { "a next page that is the same page", linked "/items", told = "came twice", stream = LINKED, rows = 2 },
  { "next pages that go round", in_turn(linked "/b", page(next_page "/a", MORE), linked "/b", page(next_page "/a", MORE)),
    told = "came twice", stream = LINKED, rows = 3 },
  paged("http://evil.invalid/items", "evil.invalid"),
  paged("https://127.0.0.1:1/items", "names a next page elsewhere"),
  paged("//evil.invalid/items", "evil.invalid"),
  paged("file:///etc/passwd", "names a next page elsewhere"),
  paged("gopher://127.0.0.1:25/_HELO", "names a next page elsewhere"),
  paged("javascript:alert(1)", "names a next page elsewhere"),
  paged("data:application/json,[]", "names a next page elsewhere"),
  paged("http://me:pass@evil.invalid/", "evil.invalid"),
  paged("http:\\\\evil.invalid\\", "names a next page elsewhere"),
  paged("http://[::1/", "names a next page elsewhere"),
  paged("http://127.0.0.1:99999/", "names a next page elsewhere"),
  paged("", "came twice", 2),
  paged("#top", "came twice", 2),
  { "a next page with a control character", linked "/items?\1\2\x7f", told = "came twice", stream = LINKED, rows = 2 },
  { "a next page with an address of 200 KB", linked("/items?" .. ("x"):rep(90000)), told = "came twice",
    stream = LINKED, rows = 2 },
  { "two next pages", in_turn(page(next_page "/b" .. next_page "/c"), page("", MORE)), "whole", stream = LINKED, rows = 3 },
  { "a large page without a word on what follows, four times", page("", MANY), told = "no Link header",
    words = { "--retry-attempts=4" }, by = "sentry", always = true },
  { "five thousand links, none of which is next", page("Link: " .. ('</x>; rel="x",'):rep(5000) .. "</y>\r\n"), "whole",
    stream = LINKED },
  { "nine hundred headers of links", in_turn(page(('Link: </x>; rel="x"\r\n'):rep(900) .. next_page "/b"), page("", MORE)),
    "whole",
    stream = LINKED, rows = 3 },
  { "a response's head in a trailer",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n" .. next_page "/b" .. "\r\n"
    .. bytes.chunk(ROWS) .. "0\r\nHTTP/1.1 200 OK\r\nLink: </evil>; rel=next\r\n\r\n",
    told = "headers or trailer are malformed" },
  { "a second page within the bytes of the first", in_turn(page(next_page "/b"):gsub("Connection: close", "X-More: 1")
    .. response '[{"id":666}]', page("", MORE)), "whole", stream = LINKED, rows = 3 },
  { "empty pages for ever", page(next_page "/items?p=1", "[]"), told = "came twice", by = "sentry" },
  { "a page token of 100 KB", page("", ('{"rows":%s,"next":"%s"}'):format(ROWS, ("t"):rep(100000))), told = "came twice",
    stream = TOKENS, rows = 2 },
  { "a page token that is an object", page("", ('{"rows":%s,"next":{"a":1}}'):format(ROWS)), told = "'next' is no cursor",
    stream = TOKENS },
  { "numbers of pages that do not end", page("", ROWS), told = REPEATED,
    stream = 'path = "items", paging = { page = "p" }', rows = 2 },
  { "a total of 10^18 rows", page("", ('{"rows":%s,"total":1000000000000000000}'):format(ROWS)), told = REPEATED, rows = 2,
    stream = TOTAL },
  { "a total below zero", page("", ('{"rows":%s,"total":-1}'):format(ROWS)), told = REPEATED, rows = 2, stream = TOTAL },

  -- redirects
  { "a redirect to itself", redirect "/items", told = "one redirect too many" },
  { "redirects that go round", in_turn(redirect "/a", redirect "/b", redirect "/a", redirect "/b", redirect "/a", redirect "/b"),
    told = "one redirect too many" },
  { "a redirect to a file", redirect "file:///etc/passwd", told = "another origin" },
  { "a redirect to gopher", redirect "gopher://127.0.0.1:25/", told = "another origin" },
  { "a redirect to another host, by its path", redirect "//evil.invalid/", told = "evil.invalid" },
  { "a redirect to another host, behind backslashes", redirect "\\\\evil.invalid\\items", told = "one redirect too many" },
  { "a redirect to a user of another host", redirect "http://127.0.0.1@evil.invalid/", told = "evil.invalid" },
  { "a redirect to nothing", redirect "", told = "one redirect too many" },
  { "a redirect to chance", redirect "\xff\xfe http://", told = "one redirect too many" },
  { "a redirect of 90 KB", redirect("/" .. ("x"):rep(90000)), told = "one redirect too many" },
  { "a redirect without a place", status "301 Moved", told = "status 301" },
  { "two places to go to", page("Location: http://evil.invalid/\r\nLocation: /items\r\n", "", "HTTP/1.1 302 Found"),
    told = "another origin" },
  { "a redirect with a body without an end", { { request = "1.1" },
    { send = "HTTP/1.1 302 Found\r\nLocation: http://evil.invalid/\r\n\r\n" },
    { send = ("x"):rep(1000), times = -1 } }, told = "evil.invalid" },
  { "choices", status "300 Multiple Choices", told = "status 300" },
  { "a redirect that there is not", redirect("/items", "399 Odd"), told = "status 399" },

  -- statuses
  { "a refusal for ever", status "401 Unauthorized", told = "status 401" },
  { "a refusal that wants other ways", status("401 Unauthorized", "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
    .. "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nWWW-Authenticate: Basic\r\n"), told = "status 401" },
  { "a proxy's refusal where there is none", status("407 Proxy Authentication Required", "Proxy-Authenticate: Basic\r\n"),
    told = "status 407" },
  { "an error with a body without an end", { { request = "1.1" }, { send = "HTTP/1.1 500 Oops\r\n\r\n" },
    { send = ("x"):rep(1000), times = -1 } }, told = "status 500" },


  { "an error with words for a terminal", response([[{"detail":"\u001b[2J\u001b]0;x\u0007 \u202e \r\n{\"type\":\"RECORD\"}"}]],
    nil, "HTTP/1.1 400 No"), told = "status 400" },
  { "nothing, and yet a body", response(nil, nil, "HTTP/1.1 204 No Content"), "whole", by = "own", rows = 0 },
  { "nothing where a list must say that it ends", response(nil, nil, "HTTP/1.1 204 No Content"), told = "empty", by = "sentry" },
  { "an error with a body that is gzip of 10 MB", response("\x1f\x8b"
    .. ("\0"):rep(50000), "Content-Encoding: gzip\r\n", "HTTP/1.1 500 Oops"),
    told = "status 500" },

  -- limits
  limited(("9"):rep(400)), limited "-1", limited "NaN", limited "0x10", limited "",
  limited "Thu, 01 Jan 1970 00:00:00 GMT", limited "Fri, 99 Xyz 2026 99:99:99 GMT",
  limited(("x"):rep(50000)),
  { "a server in trouble that names a time in 30,000 years", status("503 Busy", "Retry-After: 1000000000000\r\n"),
    told = "status 503",
    words = { "--retry-attempts=1" } },
  { "limits of nonsense", page("X-Sentry-Rate-Limit-Limit: NaN\r\nX-Sentry-Rate-Limit-Remaining: -5\r\n"
    .. "X-Sentry-Rate-Limit-Reset: 1e99\r\nX-Sentry-Rate-Limit-ConcurrentLimit: 0\r\n"
    .. "X-Sentry-Rate-Limit-ConcurrentRemaining: -1\r\n" .. bytes.LINK), "whole" },
  { "limits of which nothing is left for ever", page("X-Sentry-Rate-Limit-Limit: 0\r\nX-Sentry-Rate-Limit-Remaining: 0\r\n"
    .. "X-Sentry-Rate-Limit-Reset: 99999999999\r\nX-Sentry-Rate-Limit-ConcurrentLimit: 0\r\n"
    .. "X-Sentry-Rate-Limit-ConcurrentRemaining: 0\r\n" .. bytes.LINK), "whole" },
  { "a clock in the year 1", page("Date: Mon, 01 Jan 0001 00:00:00 GMT\r\n" .. bytes.LINK), "whole" },
  { "a clock in the year 9999", page("Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n" .. bytes.LINK), "whole" },
  { "a clock of chance", page("Date: \xff\xff\xff\r\n" .. bytes.LINK), "whole" },
}
