--- What is no HTTP/1.1, or at its edge (RFC 9112 and 9110): heads, lengths, chunks, and connections that end or never do.
--- A case is {name, answer, expectation}; see spec/behaviour/hostile_spec.lua.
local bytes = require "spec.support.hostile.bytes"

local response, bare, chunked, chunk = bytes.response, bytes.bare, bytes.chunked, bytes.chunk
local ROWS, SIZE = bytes.ROWS, #bytes.ROWS
local LENGTH = ("Content-Length: %d\r\n"):format(SIZE)
local CLOSE = "Connection: close\r\n"
local STALL = { "--stall-timeout=0.3" }
local SILENT = { "--first-byte-timeout=0.3" }
local HALF = ROWS:sub(1, SIZE // 2)

local LINE = '{"id":1}\n'
local FILE = 'path = "items", format = "ndjson"'
local UNENDED = "does not say how long it is"

local function first(line) return response(nil, nil, line) end
local function with(lines) return response(nil, lines) end
local function after(...) return { { request = "1.1" }, ... } end
local function for_ever(text) return { send = text, times = -1 } end

return {
  -- first lines
  { "no HTTP but bytes of chance", ("\x93\x07\xf1\0\xff"):rep(200), told = "does not speak HTTP" },
  { "a body without a head, as HTTP/0.9 has it", ROWS, told = "does not speak HTTP" },
  { "the greeting of a mail server", { { send = "220 mail.example ESMTP\r\n" }, { hold = true } }, told = "does not speak HTTP" },
  { "the greeting of SSH", { { send = "SSH-2.0-OpenSSH_9.2\r\n" }, { hold = true } }, told = "does not speak HTTP" },
  { "a status of one digit", first "HTTP/1.1 2 OK", told = "Unsupported response code" },
  { "a status of four digits", first "HTTP/1.1 2000 OK", told = "Unsupported response code" },
  { "a status that is no number", first "HTTP/1.1 OK 200", told = "Unsupported HTTP version" },
  { "a status below 100", first "HTTP/1.1 099 Odd", told = "Unsupported response code" },
  { "a status of 600", first "HTTP/1.1 600 Odd", told = "status 600" },
  { "a status of 999", first "HTTP/1.1 999 Odd", told = "status 999" },
  { "HTTP of a version that there is not", first "HTTP/7.3 200 OK", told = "Unsupported HTTP version (7.3)" },
  { "the first line of Shoutcast", first "ICY 200 OK", told = "does not speak HTTP" },
  { "a reason of 200 KB", first("HTTP/1.1 200 " .. ("O"):rep(200000)),
    told = "a line of the response's headers or trailer is too long" },
  { "a reason with bytes of chance", first "HTTP/1.1 200 \xff\xfe\1\0", told = "Nul byte in header" },
  { "line ends without CR", (response():gsub("\r", "")), "whole" },
  { "a protocol that nobody asked for", after({ send = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    .. "Connection: upgrade\r\n\r\n" }, { hold = true }), told = "(stall)", words = STALL },

  -- interim responses
  { "a hundred interim responses", after({ send = "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=next\r\n\r\n", times = 100 },
    { send = response() }), "whole" },
  { "interim responses for ever", after(for_ever "HTTP/1.1 100 Continue\r\n\r\n"),
    told = "Too large response headers", words = STALL },
  { "interim responses with headers for ever", after(for_ever("HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")),
    told = "Too large response headers", words = STALL },

  -- headers
  { "headers for ever", after({ send = "HTTP/1.1 200 OK\r\n" }, for_ever "X-More: 1\r\n"),
    told = "headers are larger than 256 KiB" },
  { "a header without an end", after({ send = "HTTP/1.1 200 OK\r\nX-More: " }, for_ever "x"),
    told = "a line of the response's headers or trailer is too long" },
  { "a header that is folded for ever", after({ send = "HTTP/1.1 200 OK\r\nX-More: 1\r\n" }, for_ever " 1\r\n"),
    told = "headers are larger than 256 KiB" },
  { "headers that come byte for byte", after({ send = "HTTP/1.1 200 OK\r\nX-More: " },
    { send = "x", times = -1, pause = 0.02 }), told = "(stall)", words = STALL },
  { "a header without a colon", with "no colon here\r\n", told = "Header without colon" },
  { "a header without a name", with ": x\r\n", "whole" },
  { "a blank before a colon", with "X-More : 1\r\n", "whole" },
  { "a fold in place of the first header", "HTTP/1.1 200 OK\r\n folded: 1\r\n" .. LENGTH .. bytes.LINK .. CLOSE .. "\r\n" .. ROWS,
    told = "headers or trailer are malformed" },
  { "a header with a NUL", with "X-More: a\0b\r\n", told = "Nul byte in header" },
  { "a header with a CR within", with "X-More: a\rContent-Length: 3\r\n", "whole" },
  { "headers in bytes that are no UTF-8", with "X-More: \xff\xfe\x80\r\nX-\xe9: 1\r\n", "whole" },
  { "a Content-Type of chance", with "Content-Type: \xff;;charset=\"\x01\r\nContent-Type: text/html\r\n", "whole" },
  { "nine hundred cookies", with(("Set-Cookie: a=%s; Domain=.com; Path=/\r\n"):format(("x"):rep(200)):rep(900)), "whole" },
  { "another service, a policy and a refresh", with("Alt-Svc: h3=\"evil.invalid:443\", h2=\"evil.invalid:443\"\r\n"
    .. "Strict-Transport-Security: max-age=99999999\r\nRefresh: 0; url=http://evil.invalid/\r\n"
    .. "Content-Location: http://evil.invalid/\r\nUpgrade: h2c\r\n"), "whole" },

  -- lengths
  { "two lengths that differ", bare(LENGTH .. "Content-Length: 3\r\n" .. CLOSE), told = "Content-Length is not one number" },
  { "two lengths that differ, in one field", bare(("Content-Length: %d, 3\r\n"):format(SIZE) .. CLOSE),
    told = "Content-Length is not one number", always = true },
  { "a length below zero", bare("Content-Length: -1\r\n" .. CLOSE), told = "Invalid Content-Length" },
  { "a length with a sign", bare(("Content-Length: +%d\r\n"):format(SIZE) .. CLOSE), told = "Content-Length is not one number" },
  { "a length in hexadecimal digits", bare("Content-Length: 0x10\r\n" .. CLOSE), told = "Content-Length is not one number" },
  { "an empty length", bare("Content-Length: \r\n" .. CLOSE), told = "Invalid Content-Length" },
  { "a length with a blank within", bare("Content-Length: 1 0\r\n" .. CLOSE), told = "Content-Length is not one number" },
  { "a length of 2^63", bare("Content-Length: 9223372036854775808\r\n" .. CLOSE),
    told = "Content-Length is not one number", always = true },
  { "a length of 2^64 and the true one", bare("Content-Length: 18446744073709551616\r\n" .. CLOSE),
    told = "Content-Length is not one number" },
  { "a length of 8 EiB less one", bare("Content-Length: 9223372036854775807\r\n" .. CLOSE),
    told = "(cut)" },
  { "a length and chunks, of which chunks hold", bare("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" .. CLOSE,
    chunk(ROWS) .. "0\r\n\r\n"), "whole" },
  { "no length but the connection's end", bare(CLOSE), "whole" },
  { "no length but the connection's end, which cuts it", bare(CLOSE, HALF), told = "byte" },

  { "rows without a length", bare(CLOSE, LINE), told = UNENDED, stream = FILE },
  { "pages of rows without a length", bare(CLOSE, LINE),
    told = UNENDED, stream = FILE .. ", paging = { link = true }", always = true },
  { "rows of CSV without a length, as a page", bare(CLOSE, "id\n1\n"), told = UNENDED,
    stream = 'path = "items", format = "csv", paging = { link = true }' },
  { "rows of two lengths", bare(("Content-Length: %d\r\nContent-Length: %d\r\n"):format(2 * #LINE, #LINE), LINE:rep(2)),
    told = "Content-Length is not one number", stream = FILE, rows = 1, always = true },

  -- chunks
  { "chunks of one byte", after({ send = chunked() }, { send = chunk "[" .. chunk " " }, { send = chunk " ", times = 100000 },
    { send = chunk(ROWS:sub(2)) .. "0\r\n\r\n" }), "whole" },
  { "chunks for ever", after({ send = chunked() .. chunk "[" }, for_ever(chunk((" "):rep(1000)))), told = "--max-body" },
  { "chunks of one byte for ever", after({ send = chunked() .. chunk "[" }, for_ever(chunk " ")), told = "--max-body" },
  { "a chunk that is cut", chunked() .. chunk(HALF, ("%x"):format(SIZE)), told = "(cut)" },
  { "chunks without their end", chunked() .. chunk(ROWS), told = "(cut)" },
  { "chunks without the last line", chunked() .. chunk(ROWS) .. "0\r\n", told = "(cut)" },
  { "a chunk whose size is no number", chunked() .. chunk(ROWS, "zz") .. "0\r\n\r\n", told = "chunked" },
  { "a chunk of a size below zero", chunked() .. chunk(ROWS, "-5") .. "0\r\n\r\n", told = "chunked" },
  { "a chunk with 0x before its size", chunked() .. chunk(ROWS, "0x" .. ("%x"):format(SIZE)) .. "0\r\n\r\n",
    told = { "chunked", "trailer" } },
  { "a chunk larger than any number", chunked() .. chunk(ROWS, ("f"):rep(17)) .. "0\r\n\r\n", told = "chunked" },
  { "a chunk of 8 EiB less one", chunked() .. chunk(ROWS, "7fffffffffffffff"), told = "(cut)" },
  { "a chunk's size of zeros for ever", after({ send = chunked() }, for_ever "0"), told = "chunked" },
  { "a chunk's extension for ever", after({ send = chunked() .. "5;" }, for_ever "x"), told = "(stall)", words = STALL },
  { "a chunk longer than it says", chunked() .. chunk(ROWS, "5") .. "0\r\n\r\n", told = "chunked" },
  { "a trailer for ever", after({ send = chunked() .. chunk(ROWS) .. "0\r\n" }, for_ever "X-More: 1\r\n"),
    told = "headers are larger than 256 KiB", always = true },
  { "a trailer of one line for ever", after({ send = chunked() .. chunk(ROWS) .. "0\r\nX-More: " }, for_ever "x"),
    told = "headers or trailer is too long" },
  { "codings of transfer that nobody knows", bare("Transfer-Encoding: xchunked\r\n" .. CLOSE),
    told = "Unrecognized content encoding" },
  { "chunked twice", bare("Transfer-Encoding: chunked, chunked\r\n" .. CLOSE, chunk(chunk(ROWS) .. "0\r\n\r\n") .. "0\r\n\r\n"),
    told = "byte 5" },

  -- connections
  { "a connection that takes the request and says nothing", after { hold = true }, told = "(timeout)", words = SILENT },
  { "a head and nothing more", after({ send = bare(LENGTH, "") }, { hold = true }), told = "(stall)", words = STALL },
  { "half of a body and nothing more", after({ send = bare(LENGTH, HALF) }, { hold = true }), told = "(stall)", words = STALL },
  { "a body that comes byte for byte", after({ send = bare("Content-Length: 100000\r\n", "[") },
    { send = " ", times = -1, pause = 0.02 }), told = "(stall)", words = STALL },
  { "a body without an end", after({ send = bare(CLOSE, "[") }, for_ever((" "):rep(1000))), told = "--max-body" },
  { "a response before the request", { { send = response() }, { hold = true } }, "whole" },
  { "a second response behind the first", response() .. response('[{"id":3}]'), "whole" },
  { "a reset in place of a response", after { reset = true }, told = "(cut)" },
  { "a reset before the request", { { reset = true } }, told = { "(cut)", "(connect)" } },
  { "a close before the request", { {} }, told = "(cut)" },
}
