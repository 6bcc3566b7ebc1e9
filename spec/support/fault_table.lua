--- What servers, proxies and networks do to an answer, and what must come of it: data for spec/behaviour/faults_spec.lua.
--- A case is {name, fault, expectations}; the fault is one of spec/support/sentry/scenario.py. Expectations:
---   passes     false: no case where it strikes once; else the read must then be whole all the same
---   stays      what becomes of a read where it strikes each time: nil (no case), "whole", or {failure_type, words}
---   asked      how often a request that fails for good is made; default: as --retry-attempts says; false: not counted
---   rows       true: rows of the broken answer may come, as only the way on from it is broken, or in smaller pages
---   from       true: from its page on it strikes all pages
---   positions  true: not on lists that count rows, which are followed by the count and not by what the server names
---   pages, streams, dialects   where it can strike, where that is not everywhere
---   words      further arguments;  server  further keys of the scenario
---   edited     the record as it was edited may come beside the true one
---   further    false: on none of the further lists; {issues = …, parts = …, organization = …}: other expectations on the list of
---              the issues that events are read through, on that of one's events, and on the organization's issues in the place
---              of a project's; false there: not on that one
---   alone      the fault is of the whole server: no other stream is read beside
local small_body = { "--max-body=60000" }
-- A slow machine must not meet these where nothing stalls, thrice in a row.
local quick_first_byte, quick_stall = { "--first-byte-timeout=3" }, { "--stall-timeout=3" }
local huge, bomb = { fault = "huge", bytes = 70000 }, { fault = "gzip_bomb", bytes = 1048576 }
local html = { fault = "status", status = 502, body = "<html>Bad Gateway</html>", content_type = "text/html" }
local goes_on = { "first", "middle" } -- a last page has no next link
local placed, unplaced = { "events", "releases" }, { "projects" } -- without and with another path

local function transient(words, more)
  local expected = { stays = { "transient_error", words } }
  for name, value in pairs(more or {}) do expected[name] = value end
  return expected
end

local function final(kind, words, more)
  local expected = { passes = false, stays = { kind, words }, asked = 1 }
  for name, value in pairs(more or {}) do expected[name] = value end
  return expected
end

local function redirect(status, to) return { fault = "redirect", status = status, to = to } end
local function status(code, detail) return { fault = "status", status = code, detail = detail } end
local function limited(form, seconds) return { fault = "rate_limited", form = form, seconds = seconds } end

local edited = { passes = false, stays = "whole", edited = true }
local function field(name, more)
  local fault = { fault = name, index = 1 }
  for key, value in pairs(more or {}) do fault[key] = value end
  return fault
end

return {
  -- a 200 that is no answer
  { "a body that is no JSON", { fault = "malformed" }, transient "byte " },
  { "a body that is no JSON from its first byte on", { fault = "malformed", fraction = 0 }, transient "byte " },
  { "an object where a list belongs", { fault = "object" }, transient "byte " },
  { 'a {"detail": …}', { fault = "detail" }, transient "Internal Error" },
  { "a page of HTML", { fault = "html" }, transient "html" },
  { "an empty body", { fault = "empty" }, transient "empty" },
  { "a Content-Length that is too large", { fault = "content_length", by = 10 }, transient "(cut)" },
  { "a Content-Length that is too small", { fault = "content_length", by = -10 }, transient "corrupt" },
  { "a plain body with a Content-Length that is too small", { fault = "content_length", by = -10 },
    transient("byte ", { server = { gzip = false } }) },
  { "a body cut before its first byte", { fault = "cut", bytes = 0 }, transient "(cut)" },
  { "a body cut after its first byte", { fault = "cut", bytes = 1 }, transient "(cut)" },
  { "a body cut in its middle", { fault = "cut", fraction = 0.5 }, transient "(cut)" },
  { "a body cut before its last byte", { fault = "cut", fraction = 0.9999 }, transient "(cut)" },
  { "a plain body cut in its middle", { fault = "cut", fraction = 0.5 }, transient("(cut)", { server = { gzip = false } }) },
  { "a chunked body cut in its middle", { fault = "cut", fraction = 0.5 },
    transient("(cut)", { server = { gzip = false, chunked = true } }) },
  { "no byte of an answer", { fault = "cut_headers", bytes = 0 }, transient "(cut)" },
  { "headers cut after three bytes", { fault = "cut_headers", bytes = 3 }, transient "(cut)" },
  { "headers cut in their middle", { fault = "cut_headers" }, transient "(cut)" },
  { "a gzip body cut in its middle", { fault = "gzip_cut" }, transient "gzip is cut" },
  { "a gzip body cut before its end", { fault = "gzip_cut", fraction = 0.99 }, transient "gzip is cut" },
  { "a gzip body that is spoilt", { fault = "gzip_corrupt" }, transient "corrupt" },
  { "a gzip body whose check sum is wrong", { fault = "gzip_corrupt", where = "crc" }, transient "corrupt" },
  { "a body that is not the gzip it says", { fault = "not_gzip" }, transient "corrupt" },
  { "a body beyond the cap", huge, { words = small_body, stays = { "system_error", "--max-body" }, asked = 7, rows = true } },
  { "a gzip bomb", bomb, { words = small_body, stays = { "system_error", "--max-body" }, asked = 7, rows = true } },

  -- links and cursors
  { "no Link header", { fault = "no_link" }, transient "no Link header" },
  { "a Link header of another host", { fault = "link_other_host" }, { pages = goes_on, stays = "whole" } },
  { "a next link without a cursor", { fault = "link_no_cursor" }, transient("no cursor", { pages = goes_on }) },
  { "a cursor that repeats", { fault = "link_loop" },
    final("system_error", "came twice", { pages = { "middle", "last" }, asked = false, rows = true, positions = true }) },
  { "cursors that go round", { fault = "link_cycle" },
    final("system_error", "came twice", { pages = { "last" }, asked = false, rows = true, positions = true }) },
  { "an empty page that is not the last", { fault = "empty_page" }, {} },
  { "empty pages for ever", { fault = "empty_forever" },
    final("system_error", "empty pages in a row", { pages = goes_on, from = true, asked = false, rows = true }) },

  -- redirects
  { "a 301 within the origin", redirect(301), {} },
  { "a 302 within the origin", redirect(302), {} },
  { "a 307 within the origin", redirect(307), { stays = { "config_error", "too many" }, asked = 6 } },
  { "a 301 to another origin", redirect(301, "other"), final("config_error", "another origin") },
  { "a 302 to another origin", redirect(302, "https://localhost:1/api/0/"), final("config_error", "another origin") },
  { "a 307 to another origin", redirect(307, "http://sentry.invalid/"), final("config_error", "another origin") },

  -- refusals
  { "a 400", status(400), final("system_error", "status 400") },
  { "a 400 that names a smaller page", { fault = "smaller_page", limit = 3 }, { stays = "whole" } },
  { "a 401", status(401), final("config_error", "does not accept the authentication token") },
  { "a 403", status(403), final("config_error", "lacks the scope", { further = { issues = { stays = "whole" },
    parts = { stays = "whole" } } }) },
  { "a 404", status(404), final("config_error", "no such organization or project", { streams = placed,
    further = { parts = { stays = { "transient_error", "changed in each of 8 passes" }, asked = false } } }) },
  { "a 404 where there is another path", status(404), { streams = unplaced, edited = true, stays = "whole" } },
  { "a 404 of issues, which another list has, too", status(404), { streams = { "issues" }, dialects = { "sentry", "sentry9" },
    edited = true, stays = "whole" } },
  { "a 410 of issues, which another list has, too", { fault = "gone" }, { streams = { "issues" },
    dialects = { "sentry", "sentry9" }, edited = true, stays = "whole" } },
  { "a 408", status(408), transient "status 408" },
  { "a 410 that announces itself", { fault = "gone" }, { streams = placed, asked = 7,
    stays = { "system_error", "/api/0/organizations/:organization_id_or_slug/projects/" } } },
  { "a 410 where there is another path", { fault = "gone" }, { streams = unplaced, edited = true, stays = "whole" } },
  { "a 413", status(413), final("system_error", "status 413") },

  -- limits
  { "a 429 with a Reset", limited("reset", 0), transient("limited for more than", { asked = false }) },
  { "a 429 for too many at once", limited("concurrency", 60), transient("Concurrency limit", { asked = false }) },
  { "a bare 429", limited "bare", transient("status 429", { asked = false }) },
  { "a 429 with Retry-After", limited("retry_after", 0), transient("status 429", { asked = false }) },

  -- servers in trouble
  { "a 500", status(500), transient "status 500" },
  { "a 501", status(501), transient "status 501" },
  { "a 502 of a proxy", html, transient "an HTML page" },
  { "a 503", { fault = "status", status = 503, headers = { ["Retry-After"] = "0" } }, transient "status 503" },
  { "a 504", status(504), transient "status 504" },

  -- connections
  { "a server that is away", { fault = "refuse_after" }, transient("(connect)", { passes = false, pages = goes_on,
    asked = false, rows = true, alone = true, server = { own_port = true } }) },
  { "a server that is away for a moment", { fault = "refuse_after", seconds = 0.05 }, { alone = true,
    server = { own_port = true }, words = { "--retry-base=0.05", "--retry-attempts=14" } } },
  { "a connection that is reset", { fault = "reset" }, transient "(cut)" },
  { "a connection that is reset in the body", { fault = "reset", fraction = 0.5 }, transient "(cut)" },
  { "an answer that does not begin", { fault = "stall_headers" }, transient("(timeout)", { words = quick_first_byte }) },
  { "a body that stalls", { fault = "stall_body", fraction = 0.5 }, transient("(stall)", { words = quick_stall }) },
  { "a body of one byte a second", { fault = "slow", rate = 1 }, transient("(stall)", { words = quick_stall }) },

  -- records
  { "a record without its cursor field", field "field_missing", edited },
  { "a record whose cursor is null", field "field_null", edited },
  { "a record without its key", field("field_missing", { field = "id" }), edited },
  { "a record whose key is null", field("field_null", { field = "id" }), edited },
  { "a record whose time has an offset", field("field_format", { format = "offset" }), edited },
  { "a record whose time is of another zone", field("field_format", { format = "zone" }), edited },
  { "a record whose time is a number", field("field_format", { format = "epoch" }), edited },
  { "a record whose time is a word", field("field_format", { value = '"yesterday"' }), edited },
  { "a page that is not in order", { fault = "wrong_order", a = 0, b = 1 }, { stays = "whole" } },
  { "a window that is ignored", { fault = "ignore_filter", query = "start=" },
    { stays = "whole", streams = { "events" }, dialects = { "sentry" }, pages = { "first" }, further = false } },
}
