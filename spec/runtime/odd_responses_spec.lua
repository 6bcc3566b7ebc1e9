-- Responses that HTTP allows, and that few servers send: what is read of them.
local http = require "http"
local perigee = require "spec.support.perigee"
local raw_server = require "spec.support.raw_server"

local BODY = '{"a":1}'

local function gzipped(text)
  local path = perigee.write(text)
  local pipe = assert(io.popen("gzip -c " .. path))
  local packed = pipe:read "a"
  pipe:close()
  return packed
end

local function answer(head, body)
  body = body or BODY
  return ("%s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"):format(head:gsub("\n", "\r\n"), #body, body)
end

local function encoded(list, times)
  local body = BODY
  for _ = 1, times or 1 do body = gzipped(body) end
  return answer("HTTP/1.1 200 OK\n" .. list, body)
end

local CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n%s\r\n%s"
local function limited(headers) return answer("HTTP/1.1 429 Limit\nDate: Fri, 20 Nov 2026 12:00:00 GMT\n" .. headers) end

local WHOLE, LINKED = { status = 200 }, { status = 200, link = "</x>; rel=next" }
local forms = {
  -- RFC 9110, 15.2 and 6.5; RFC 9112, 4 and 7.1
  { "a status line without a reason", answer "HTTP/1.1 200", WHOLE },
  { "a version of old", answer "HTTP/1.0 200 OK", WHOLE },
  { "early hints with links before", "HTTP/1.1 103 Early Hints\r\nLink: </early>; rel=next\r\n\r\n" ..
    answer "HTTP/1.1 200 OK\nLink: </x>; rel=next", LINKED },
  { "links of a trailer", CHUNKED:format("Trailer: Link\r\n", '7\r\n{"a":1}\r\n0\r\nLink: </trailer>; rel=next\r\n\r\n'), WHOLE },
  { "chunks with extensions", CHUNKED:format("", '007;x="a;b"\r\n{"a":1}\r\n000;y\r\n\r\n'), WHOLE },
  { "a length twice", "HTTP/1.1 200 OK\r\nContent-Length: 7, 7\r\nConnection: close\r\n\r\n" .. BODY, WHOLE },
  -- 5.6.1: lists with empty members, in several fields; 5.2: folded ones; 8.4: encodings
  { "a field that is folded", answer "HTTP/1.1 200 OK\nLink: </x>;\n\trel=next", { status = 200, link = "</x>;\trel=next" } },
  { "empty members of lists", answer "HTTP/1.1 200 OK\nLink:\nLink: ,\nLink: </x>; rel=next",
    { status = 200, link = ", ,, </x>; rel=next" } },
  { "gzip in capitals", encoded "Content-Encoding: GZIP", WHOLE },
  { "gzip by its older name", encoded "Content-Encoding: x-gzip", WHOLE },
  { "gzip among empty members", encoded "Content-Encoding: , gzip ,", WHOLE },
  { "gzip behind identity", encoded "Content-Encoding: identity, gzip", WHOLE },
  { "gzip in the second of two fields", encoded "Content-Encoding: identity\nContent-Encoding: gzip", WHOLE },
  { "gzip twice", encoded("Content-Encoding: gzip, gzip", 2),
    { status = 200, corrupt = "the response is encoded as gzip, gzip, which was not asked for" } },
  -- 10.2.3: Retry-After, by each of the three dates of 5.6.7
  { "a wait with zeros before it", limited "Retry-After:\t007 ", { status = 429, wait = 7.0 } },
  { "a wait to a date", limited "Retry-After: Fri, 20 Nov 2026 12:00:30 GMT", { status = 429, wait = 30.0 } },
  { "a wait to a date of RFC 850", limited "Retry-After: Friday, 20-Nov-26 12:00:30 GMT", { status = 429, wait = 30.0 } },
  { "a wait to a date of asctime", limited "Retry-After: Fri Nov 20 12:00:30 2026", { status = 429, wait = 30.0 } },
  { "a limit that stands there twice", limited "X-RateLimit-Remaining: 0, 0\nX-RateLimit-Reset: 40, 40",
    { status = 429, wait = 40.0 } },
}

describe("an odd response:", function()
  teardown(perigee.cleanup)

  for _, form in ipairs(forms) do
    it(form[1], function()
      raw_server.with(form[2], function(server)
        local response = assert(http.get(("http://127.0.0.1:%d/"):format(server.port)))
        local text, wrong = response:text()
        local wanted = form[3]
        assert.same(wanted, { status = response.status, link = response:header "Link", corrupt = wrong,
          wait = response:limits().retry_after })
        assert.equal(not wanted.corrupt and BODY or nil, text)
      end)
    end)
  end
end)
