--- HTTP/2 by frames (RFC 9113), over TLS: whole responses, what a server may end, and floods of all that has no end.
--- A case is {name, answer, expectation}; see spec/behaviour/hostile_spec.lua.
local bytes = require "spec.support.hostile.bytes"
local frames = require "spec.support.hostile.frames"

local ROWS = bytes.ROWS
local frame, headers, data, field, settings = frames.frame, frames.headers, frames.data, frames.field, frames.settings
local HEAD, RESPONSE, OK, TYPE, LINK = frames.HEAD, frames.RESPONSE, frames.OK, frames.TYPE, frames.LINK
local END, END_HEADERS = frames.END_STREAM, frames.END_HEADERS
local GREETING = settings() .. frame(frames.SETTINGS, frames.ACK, 0)
local HALF = ROWS:sub(1, #ROWS // 2)
local LINE = '{"id":1}\n'
local QUICK = { "--stall-timeout=0.3", "--first-byte-timeout=0.3" }
local ROWS_ALONE = 'path = "items", format = "ndjson"'

local list = {}

local function case(name, answer, expectation, more)
  local one = { name, answer, alpn = "h2" }
  if expectation == "whole" then one[3] = "whole" else one.told = expectation end
  for key, value in pairs(more or {}) do one[key] = value end
  list[#list + 1] = one
end

-- In libcurl's words of a stream, a connection and a session that ended; of a second attempt, where the connection stayed.
local CUT = { "not closed cleanly", "(cut)" }
local LOST = { "Empty reply from server", "Send failure", "Recv failure", "Error in the HTTP2", "Failed sending", "(cut)" }
local FLOOD = { "Flooding was detected", "Too many CONTINUATION", "callback function failed",
  "without an end what is no response", "(timeout)", "(stall)", "Failed sending", "(cut)" }

-- These bytes behind the request, and silence up to the next one; that is for another connection.
local function sent(...)
  local steps = { { send = GREETING }, { request = "2" } }
  for _, text in ipairs { ... } do steps[#steps + 1] = type(text) == "table" and text or { send = text } end
  steps[#steps + 1] = { request = "2" }
  return steps
end

local function flood(text, before) return sent(before or "", { send = text, times = -1 }) end
local function first(steps, ...) return { connections = { steps, ... } } end
local function length(text) return field("content-length", tostring(#text)) end

-- whole ones
case("a response", sent(RESPONSE), "whole")
case("a response in frames of one byte", sent(HEAD .. (ROWS:gsub(".", function(c) return data(c) end)) .. data("", END)), "whole")
case("a response with padding", sent(HEAD .. frame(frames.DATA, frames.PADDED | END, 1, "\200" .. ROWS .. ("\0"):rep(200))),
    "whole")
case("headers in many frames", sent(headers(OK, 0) .. frame(frames.CONTINUATION, 0, 1, TYPE) ..
  frame(frames.CONTINUATION, END_HEADERS, 1, LINK) .. data(ROWS, END)), "whole")
case("interim responses before it", sent(headers(field(":status", "103") .. LINK):rep(20) .. RESPONSE), "whole")
case("a trailer with a link", sent(HEAD .. data(ROWS) .. headers(field("link", "</evil>; rel=next"), END | END_HEADERS)), "whole")
case("frames of kinds that there are not", sent(frame(200, 255, 1, "x"):rep(100) .. RESPONSE), "whole")
case("an end by RST_STREAM behind the whole", sent(RESPONSE .. frames.reset(0)), "whole")
case("a GOAWAY before the response, which comes", sent(frames.goaway(1, 0) .. RESPONSE), "whole")
case("settings of all limits", sent(settings(1, 0, 3, 1, 4, 0, 5, 16384, 6, 1) .. RESPONSE), "whole")

-- what a server may end: the next connection has it
case("a GOAWAY in place of the first response", first(sent(frames.goaway(0, 0)), sent(RESPONSE)), "whole")
case("a refused stream, and then none", first(sent(frames.reset(7)), sent(RESPONSE)), "whole")
case("half of a response, and then all of it", first(sent(HEAD .. data(HALF) .. frames.reset(2)), sent(RESPONSE)), "whole",
  { words = { "--retry-attempts=3" } })

-- what is cut
case("a GOAWAY for ever", sent(frames.goaway(0, 11)), LOST)
case("a refused stream for ever", sent(frames.reset(7)), LOST, { requests = 12 }) -- libcurl tries each five times more
case("a stream that is ended for calm", sent(frames.reset(11)), CUT)
case("HTTP/1.1 required", sent(frames.reset(13)), LOST)
case("a stream that is ended without an error, before its headers", sent(frames.reset(0)), CUT)
case("a stream that is ended without an error, within its body", sent(HEAD .. data(HALF) .. frames.reset(0)), CUT)
case("half of a body behind which a trailer does not end it", sent(HEAD .. data(HALF) .. headers(field("x-more", "1"))), CUT)
case("a body shorter than announced", sent(headers(OK .. TYPE .. LINK .. length(ROWS .. " ")) .. data(ROWS, END)), CUT)
case("a body longer than announced", sent(headers(OK .. TYPE .. LINK .. length(HALF)) .. data(ROWS, END)), CUT)
case("two lengths", sent(headers(OK .. TYPE .. LINK .. length(ROWS) .. length(HALF)) .. data(ROWS, END)), CUT)
case("headers and nothing more", sent(HEAD, { hold = true }), { "(stall)", "(timeout)" }, { words = QUICK })
case("nothing", sent("", { hold = true }), "(timeout)", { words = QUICK })
case("no settings, and nothing", { { request = "2" }, { hold = true } }, "(timeout)", { words = QUICK })
case("settings that allow no stream", sent(settings(3, 0), { hold = true }), "(timeout)", { words = QUICK })
case("HTTP/1.1 where HTTP/2 was agreed", { { request = "2" }, { send = bytes.response() } }, LOST)
case("bytes of chance", { { send = ("\x93\x07\xf1\0\xff"):rep(200) }, { hold = true } }, LOST)
case("a connection that ends after the handshake", { {} }, LOST)
case("a connection that is reset after the handshake", { { reset = true } }, LOST)

-- what is no HTTP/2
case("DATA before HEADERS", sent(data(ROWS, END)), CUT)
case("DATA on stream 0", sent(frame(frames.DATA, 0, 0, ROWS)), CUT)
case("DATA on a stream that nobody began", sent(frame(frames.DATA, 0, 77, ROWS)), CUT, { words = QUICK })
case("HEADERS on a stream of the server's own", sent(frame(frames.HEADERS, END_HEADERS, 2, OK)), CUT)
case("a response that was pushed", sent(frame(frames.PUSH_PROMISE, END_HEADERS, 1, "\0\0\0\2" .. OK)), CUT)
case("a frame larger than any may be", sent(HEAD .. (">I3BBI4"):pack(0xffffff, 0, 0, 1)), "stalled after", { words = QUICK })
case("padding longer than its frame", sent(HEAD .. frame(frames.DATA, frames.PADDED, 1, "\200x")), "stalled after",
    { words = QUICK })
case("a CONTINUATION of nothing", sent(frame(frames.CONTINUATION, END_HEADERS, 1, OK)), CUT)
case("a frame within headers", sent(headers(OK, 0) .. data "x"), CUT)
case("a window of nothing more", sent(frame(frames.WINDOW_UPDATE, 0, 0, "\0\0\0\0")), CUT)
case("a window beyond its limit", sent(frame(frames.WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff"):rep(2)), CUT)
case("settings of a wrong size", sent(frame(frames.SETTINGS, 0, 0, "abc")), CUT)
case("a frame size that is not allowed", sent(settings(5, 1)), CUT)
case("an index of HPACK that there is not", sent(headers(frames.indexed(9999))), CUT)
case("an integer of HPACK without an end", sent(headers("\xff" .. ("\xff"):rep(100))), CUT)
case("a table of HPACK beyond what was allowed", sent(headers(frames.table_size(1 << 30) .. OK)), CUT)
case("a text of HPACK longer than its block", sent(headers "\0\x7f\1\0x"), CUT)
case("no status", sent(headers(TYPE) .. data(ROWS, END)), CUT)
case("two statuses", sent(headers(OK .. OK .. LINK) .. data(ROWS, END)), CUT)
case("a status that is no number", sent(headers(field(":status", "2x0")) .. data(ROWS, END)), CUT)
case("a status of 101", sent(headers(field(":status", "101")) .. data(ROWS, END)), CUT, { words = QUICK })
case("a header in capitals", sent(headers(OK .. LINK .. field("X-Bad", "1")) .. data(ROWS, END)), CUT)
case("a header with a line break", sent(headers(OK .. LINK .. field("x-bad", "1\r\nlink: <x>; rel=next"))
    .. data(ROWS, END)), CUT)
case("headers of a connection", sent(headers(OK .. LINK .. field("transfer-encoding", "chunked")) .. data(ROWS, END)), CUT)

-- floods
case("settings for ever", flood(settings()), FLOOD, { words = QUICK })
case("pings for ever", flood(frame(frames.PING, 0, 0, ("p"):rep(8))), FLOOD, { words = QUICK })
case("priorities for ever", flood(frame(frames.PRIORITY, 0, 1, "\0\0\0\0\1")), FLOOD, { words = QUICK })
case("windows for ever", flood(frame(frames.WINDOW_UPDATE, 0, 1, "\0\0\0\1")), FLOOD, { always = true, words = QUICK })
case("frames of kinds that there are not, for ever", flood(frame(200, 0, 0, ("x"):rep(1000))), FLOOD, { words = QUICK })
case("resets for ever", flood(frames.reset(8)), FLOOD, { words = QUICK })
case("empty frames of headers for ever", flood(frame(frames.CONTINUATION, 0, 1), headers(OK, 0)), FLOOD, { words = QUICK })
case("frames of headers for ever", flood(frame(frames.CONTINUATION, 0, 1, field("x-more", ("x"):rep(1000))), headers(OK, 0)),
  FLOOD, { words = QUICK })
case("interim responses for ever", flood(headers(field(":status", "103"))), FLOOD, { words = QUICK })
case("trailers for ever", flood(headers(field("x-more", "1")), HEAD .. data(ROWS)), FLOOD, { words = QUICK })
case("a trailer without an end", flood(frame(frames.CONTINUATION, 0, 1, field("x-more", ("x"):rep(1000))),
  HEAD .. data(ROWS) .. headers(field("x-more", "1"), 0)), FLOOD, { words = QUICK })
case("empty frames of data for ever", flood(data "", HEAD), FLOOD, { words = QUICK })
case("padding for ever", flood(frame(frames.DATA, frames.PADDED, 1, "\255" .. ("\0"):rep(255)), HEAD), FLOOD, { words = QUICK })
case("a body for ever", flood(data((" "):rep(10000)), HEAD .. data "["), { "--max-body", "(timeout)", "(stall)" },
    { words = QUICK })
case("a bomb of HPACK", sent(headers(OK .. field("x", ("y"):rep(4000), true), 0)
  .. frame(frames.CONTINUATION, END_HEADERS, 1, frames.indexed(62):rep(16000)), data(ROWS, END)), FLOOD, { words = QUICK })
case("a bomb of HPACK for ever", flood(frame(frames.CONTINUATION, 0, 1, frames.indexed(62):rep(16000)),
  headers(OK .. field("x", ("y"):rep(4000), true), 0)), FLOOD, { words = QUICK })
case("three thousand headers", sent(headers(OK .. LINK, 0) .. frame(frames.CONTINUATION, END_HEADERS, 1,
  field("x", "1"):rep(3000)) .. data(ROWS, END)), "headers are larger than 256 KiB")

-- without HTTP/2
list[#list + 1] = { "TLS with HTTP/1.1 alone", bytes.response(), "whole", alpn = "http/1.1" }
list[#list + 1] = { "TLS that ends without a word, behind half of a body", bytes.bare("Connection: close\r\n", HALF),
  told = { "byte", "eof" }, alpn = "http/1.1" }
list[#list + 1] = { "rows behind which TLS ends without a word", bytes.bare("Connection: close\r\n", LINE),
  told = { "does not say how long it is", "eof" }, alpn = "http/1.1", stream = ROWS_ALONE }

local ONE_ROW = { { request = "1.1" }, { send = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
  .. bytes.chunk(LINE) .. "0\r\n\r\n" } }
-- A stream of HTTP/2 may be given up without an error, which libcurl takes for its end: rows are asked for by HTTP/1.1.

    list[#list + 1] = { "rows, where HTTP/2 could be spoken", ONE_ROW, "whole", alpn = "h2",
  stream = ROWS_ALONE, always = true, rows = 1 }
list[#list + 1] = { "pages of rows, where HTTP/2 could be spoken", ONE_ROW, "whole", alpn = "h2",
  stream = ROWS_ALONE .. ", paging = { link = true }", rows = 1 }

return list
