--- Bodies: codings that are cut, wrong or nobody's, and texts that are no JSON, or at its edge (RFC 1952, 8259 and 9110, 8.4).
--- A case is {name, answer, expectation}; see spec/behaviour/hostile_spec.lua.
local bytes = require "spec.support.hostile.bytes"

local response, packed, gzip = bytes.response, bytes.packed, bytes.gzip
local ROWS = bytes.ROWS
local TOO_DEEP = "the nesting is too deep"
local CLOSED = '"version":"2","dateCreated":"2026-01-01T00:00:00Z"}]'

local function rows(more) return response((ROWS:gsub('"id":1,', '"id":1,' .. more .. ",", 1))) end

-- Deflate's blocks of fixed codes and of 258 equal bytes each, which are 1.25 bytes: as dense as gzip gets.
local function bomb(members)
  local function bits(list)
    local text, byte, filled = {}, 0, 0
    for _, one in ipairs(list) do
      for i = 1, one[2] do
        local bit = one[3] and (one[1] >> (one[2] - i)) & 1 or (one[1] >> (i - 1)) & 1
        byte, filled = byte | bit << filled, filled + 1
        if filled == 8 then text[#text + 1], byte, filled = string.char(byte), 0, 0 end
      end
    end
    return table.concat(text) .. (filled > 0 and string.char(byte) or "")
  end
  local list = { { 3, 3 }, { 0x30 + 32, 8, true } }
  for _ = 1, 40000 do
    list[#list + 1] = { 0xc5, 8, true } -- a length of 258, at
    list[#list + 1] = { 0, 5, true } -- a distance of 1
  end
  list[#list + 1] = { 0, 7, true }
  return ("\x1f\x8b\8\0\0\0\0\0\0\3" .. bits(list) .. ("<I4I4"):pack(0, 40000 * 258 + 1)):rep(members)
end

local function utf16(text, order) return (text:gsub(".", function(c) return (order .. "I2"):pack(c:byte()) end)) end

return {
  -- codings
  { "gzip within gzip", packed(gzip(gzip(ROWS))), told = "byte 1" },
  { "gzip that is announced twice", packed(gzip(gzip(ROWS)), "gzip, gzip"), told = "gzip, gzip, which was not asked for" },
  { "brotli", packed("\x0b\x02\x80[]\x03", "br"), told = "encoded as br, which was not asked for" },
  { "zstd", packed("\x28\xb5\x2f\xfd\4\0\1\0\0", "zstd"), told = "encoded as zstd, which was not asked for" },
  { "deflate", packed(bytes.stored(ROWS), "deflate"), told = "encoded as deflate, which was not asked for" },
  { "a coding with a name of 200 KB", packed(ROWS, ("x"):rep(99000)), told = "which was not asked for" },
  { "gzip that nobody announces", response(gzip(ROWS)), told = "byte 1" },
  { "text that is said to be gzip", packed(ROWS), told = "gzip is cut or corrupt" },
  { "nothing that is said to be gzip", packed "", told = "empty" },
  { "gzip of nothing", packed(gzip ""), told = "empty" },
  { "gzip of which the head alone came", packed(gzip(ROWS):sub(1, 10)), told = "gzip is cut or corrupt" },
  { "gzip without its last byte", packed(gzip(ROWS):sub(1, -2)), told = "gzip is cut or corrupt" },
  { "gzip with zeros behind it", packed(gzip(ROWS) .. ("\0"):rep(100)), told = "gzip is cut or corrupt" },
  { "gzip with words behind it", packed(gzip(ROWS) .. "</html>"), told = "gzip is cut or corrupt" },
  { "gzip of a wrong sum", packed(gzip(ROWS, { crc = 1 })), told = "gzip is cut or corrupt" },
  { "gzip of a wrong size", packed(gzip(ROWS, { size = 7 })), told = "gzip is cut or corrupt" },
  { "gzip that claims 4 GiB", packed(gzip(ROWS, { size = 0xffffffff })), told = "gzip is cut or corrupt" },
  { "gzip with all fields of its head", packed(gzip(ROWS, { flags = 0x1c, fields = "\4\0abcdname\0comment\0" })), "whole" },
  { "gzip with a name that has no end", packed(gzip(ROWS:gsub("\0", ""), { flags = 8 })), told = "gzip is cut or corrupt" },
  { "two members of gzip", packed(gzip(ROWS:sub(1, 50)) .. gzip(ROWS:sub(51))), "whole" },
  { "a hundred thousand empty members of gzip", packed(gzip(ROWS) .. gzip(""):rep(100000)), "whole" },
  { "gzip that inflates to 10 MB", packed(bomb(1)), told = "inflates beyond the limit" },
  { "gzip that inflates to 300 MB, by thirty members", packed(bomb(30)), told = "inflates beyond the limit" },

  -- what is no text of JSON
  { "nothing", response "", told = "empty" },
  { "blanks alone, four million of them", response((" "):rep(4000000)), told = "byte 4000001" },
  { "a list that does not end", response(ROWS:sub(1, -2)), told = "byte" },
  { "two lists", response(ROWS .. ROWS), told = "nothing was expected after the value" },
  { "a list and a letter", response(ROWS .. "x"), told = "nothing was expected after the value" },
  { "a comma before the end", response(ROWS:sub(1, -2) .. ",]"), told = "byte" },
  { "a comment", response("/* x */" .. ROWS), told = "byte 1" },
  { "not a number", rows '"n":NaN', told = "byte" },
  { "infinity", rows '"n":-Infinity', told = "byte" },
  { "a number with a zero before it", rows '"n":012', told = "byte" },
  { "a number with a plus", rows '"n":+1', told = "byte" },
  { "a point without digits", rows '"n":1.', told = "byte" },
  { "quotes of JavaScript", rows "'n':1", told = "byte" },
  { "a string without an end, of 3 MB", response('[{"id":"' .. ("x"):rep(3000000)), told = "a string is not closed" },
  { "a key without an end", response('[{"' .. ("x"):rep(100000)), told = "a string is not closed" },
  { "an escape that there is not", rows [["n":"\x41"]], told = "byte" },
  { "an escape that is cut", rows [["n":"\u12"]], told = "byte" },
  { "a NUL within a string", rows '"n":"a\0b"', told = "byte" },
  { "a NUL behind the list", response(ROWS .. "\0"), told = "byte" },
  { "a line end within a string", rows '"n":"a\nb"', told = "byte" },
  { "a byte that is no UTF-8", rows '"n":"\xff"', told = "byte" },
  { "UTF-8 that is longer than it need be", rows '"n":"\xc0\xaf"', told = "byte" },
  { "a surrogate in UTF-8", rows '"n":"\xed\xa0\x80"', told = "byte" },
  { "a character beyond Unicode", rows '"n":"\xf4\x90\x80\x80"', told = "byte" },
  { "UTF-8 that the end cuts", response('[{"id":"\xe2\x82'), told = "byte" },
  { "lists in lists, a million deep", response(("["):rep(1000000)), told = TOO_DEEP },
  { "objects in objects, deep within a record",
    rows('"n":' .. ('{"a":'):rep(100000) .. "1" .. ("}"):rep(100000)), told = TOO_DEEP },
  { "lists in lists, a hundred deep", rows('"n":' .. ("["):rep(100) .. ("]"):rep(100)), "whole" },

  -- texts of JSON that few servers send
  { "a mark of UTF-8 before it", response("\xef\xbb\xbf" .. ROWS), "whole" },
  { "two marks of UTF-8 before it", response("\xef\xbb\xbf\xef\xbb\xbf" .. ROWS), told = "byte" },
  { "UTF-16, the small end first", response("\xff\xfe" .. utf16(ROWS, "<")), "whole" },
  { "UTF-16, the large end first", response("\xfe\xff" .. utf16(ROWS, ">")), "whole" },
  { "UTF-16 that is cut within a character", response("\xfe\xff" .. utf16(ROWS, ">") .. "\0"), told = "cut within a character" },
  { "UTF-32", response("\xff\xfe\0\0" .. (ROWS:gsub(".", "%0\0\0\0"))), told = "byte 1" },
  { "half a surrogate, as an escape", rows [["n":"\ud800"]], "whole" },
  { "surrogates in the wrong order", rows [["n":"\udc00\ud800"]], "whole" },
  { "a NUL as an escape, in a key", rows [["a\u0000b":"\u0000"]], "whole" },
  { "control characters of Unicode", rows '"n":"\u{2028}\u{2029}\u{85}\u{202e}\u{feff}\x7f"', "whole" },
  { "line ends between all tokens", response((ROWS:gsub('[][{}]', "\r\n%0\r\n\t"):gsub('":', '"\n:\r\n'))), "whole" },
  { "a number of a million digits", rows('"n":' .. ("7"):rep(1000000)), "whole" },
  { "a fraction of a million digits", rows('"n":0.' .. ("7"):rep(1000000)), "whole" },
  { "an exponent beyond all numbers", rows '"n":1e999999999,"m":-1e-999999999', "whole" },
  { "minus zero", rows '"n":-0', "whole" },
  { "a hundred thousand keys", rows(('"k":1,'):rep(100000):sub(1, -2)), "whole" },
  { "an empty key", rows '"":""', "whole" },
  { "a key of a megabyte", rows(('"%s":1'):format(("k"):rep(1000000))), "whole" },
  { "a string of two megabytes of escapes", rows(('"n":"%s"'):format(("\\u0041"):rep(350000))), "whole" },

  -- records that are none
  { "null", response "null", told = "an array of records was expected" },
  { "a word", response '"maintenance"', told = "an array of records was expected" },
  { "a number", response "200", told = "an array of records was expected" },
  { "an object", response '{"data":[]}', told = "an array of records was expected" },
  { "lists for records", response "[[1],[2]]", told = "a record must be an object" },
  { "numbers for records", response "[1,2]", told = "a record must be an object" },
  { "a million and a half empty records", response("[" .. ("{},"):rep(1300000) .. "{}]"), told = "too many records",
    always = true },
  { "a record and a word", response(ROWS:sub(1, -2) .. ',"more"]'), told = "a record must be an object" },
  { "a key twice", response('[{"id":1,"id":2,"version":"1","version":"2",' .. CLOSED), "whole", rows = 1 },
  { "a key that is an object", response('[{"id":{"a":1},' .. CLOSED), "whole", rows = 1 },
  { "a key that is a list, deep",
    response('[{"id":' .. ("["):rep(900) .. ("]"):rep(900) .. "," .. CLOSED), told = TOO_DEEP },
  { "a key of half a megabyte", response(('[{"id":"%s",'):format(("k"):rep(500000)) .. CLOSED), "whole", rows = 1 },
  { "a time in the year 9999", response((ROWS:gsub("2026%-01%-02", "9999-12-31"))), "whole" },
  { "a time that there is not", response((ROWS:gsub("2026%-01%-02", "2026-13-99"))), "whole" },
}
