"""Inputs that each run of a target begins with, written by hand: forms that matter, and the edges of what is allowed."""
import base64
import gzip
import itertools

# RFC 3629, section 4: the first and the last sequences of each length, and those beside them, which are none.
UTF8_EDGES = ["C1BF", "C280", "DFBF", "E09FBF", "E0A080", "ED9FBF", "EDA080", "EE8080", "EFBFBF", "F08FBFBF", "F0908080", "F48FBFBF",
              "F4908080", "F5808080", "80", "C2", "E0A0", "F09080", "C2C0", "C27F", "FEFF"]
SIGNS = [bytes([sign]) for sign in (0x00, 0x1F, 0x20, 0x22, 0x5C, 0x7F)]
ESCAPES = [b"\\n", b"\\u0000", b"\\ud83d\\ude00", b"\\ud800", b"\\udc00\\ud800", b"\\u12G4", b"\\x", b"\\"]
PLAIN_RUN = 16  # bytes of a string that the scanner looks at together

NUMBERS = ["0", "-0", "00", "-", "1.", ".5", "1.5", "1e5", "1E+5", "1e", "1e+", "-1.5e-10", "+1", "0x1", "1.5.5", "01", "-01", "0e0"]
TEXTS = ["[]", "{}", "[1,]", "{,}", '{"a"}', '{"a":}', '{"a":1,}', "[1 2]", "nul", "null", "true", "tru", "[[]", "]", "", " ", "\ufeff[]",
         "[" * 1100, "[" * 1024 + "]" * 1024, '[{"id":"1","dateCreated":"2026-01-31T00:00:00Z"},null,{"id":2}]',
         ' [ {"secret" : {"x":1}} ,\n {} ] ', '[{"a":{"secret":1}}]', '{"a":1,"a":2}', '{"\\u0000":1}', "[{}]x"]


def strings():
    """Each edge at the places where a run of the scanner's ends."""
    edges = [bytes.fromhex(edge) for edge in UTF8_EDGES] + SIGNS + ESCAPES
    for edge, before, after in itertools.product(edges, (0, PLAIN_RUN - 1, PLAIN_RUN), (0, 1)):
        yield b'"' + b"a" * before + edge + b"b" * after + b'"'


def message(kind, *fields):
    """As runtime/child/message.h has it."""
    body = b"".join(field.to_bytes(8, "little", signed=True) if isinstance(field, int)
                    else len(field).to_bytes(8, "little") + field for field in fields)
    return len(body).to_bytes(4, "little") + kind + body


TOKEN = b"sntrys_6b1f0e9d2c"  # of fuzz/mask.c
SCRIPTS = [  # by the places of the readers in fuzz/scripts.lua
    '<https://sentry.io/api/0/x/?cursor=0:100:0>; rel="next"; results="true"; cursor="0:100:0"',
    "../items?page=3&x=%20a",
    '{"auth_token":"t","organization":"acme","project":"web","hostname":"sentry.io","start_date":"2026-01-01T00:00:00Z",'
    '"custom_streams":[{"name":"a","script":"return {}"}]}',
    '{"streams":[{"stream":{"name":"events","json_schema":{},"supported_sync_modes":["full_refresh"]},"sync_mode":"full_refresh",'
    '"destination_sync_mode":"append"}]}',
    '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"events"},"stream_state":{"dateCreated":"2026-01-31T00:00:00Z"}}}]',
    '{"name":"mine","path":"x/{organization}","primary_key":"id","cursor":{"field":"t","start":"since","stop":"until",'
    '"slice":"P1D"},"paging":{"page":"p"},"base":"https://x/","page_size":{"n":50}}',
    "web-*, mobile",
    "projects/{organization}/{parent.id}/",
    '{"a":"{b.c}","d":["{a}"]}',
]

def raw(to, text):
    """What a child sends (0) or writes (1) as it stands, of fuzz/relay.c."""
    return b"".join(bytes([6 if to else 2, len(text[at:at + 255])]) + text[at:at + 255] for at in range(0, len(text), 255))


RECORD = b'{"type":"RECORD","record":{"stream":"a stream","data":{"id":1},"emitted_at":1767225600000}}\n'
RELAY = [
    b"\x01\x00\x00\x01\x00\xf0\x00\x00\x00\x00\x00\x09\x14\x03\x06\x01\x00",  # a moment that nobody will see
    b"\x01" + bytes([15 + 24]) + b"\x06\x01\x00\x05\x00\x01\x06\x02\x00\x02\x00\x00",  # four lines in one
    b"\x01" + raw(1, RECORD) + b"\x03\x05\x00\x01\x03\x02\x00\x00\x03\x07\x01\x01",
    b"\x09" + raw(0, message(b"q", 1, 2, 0, b"GET", b"http://127.0.0.1:8001/api/0/x/", b"x", b"", b"", b"A: b")) + b"\x07\x00\x00",
    b"\x08" + raw(0, message(b"r", 0, 1, b"x") + message(b"y")) + b"\x0a\x01" + raw(0, message(b"r", 1, 0) + message(b"y")),
    b"\x02" + raw(0, message(b"g", b"http://127.0.0.1:8009") + message(b"m", b"POST")) + b"\x00\x00\x02\x00\x00\x01\x03\x00\x04\x30\x00",
]

ANSWER = (b'HTTP/1.1 200 OK\r\nContent-Length: 62\r\nLink: <http://127.0.0.1:8001/api/0/organizations/acme/teams/?cursor=0:1:0>; '
          b'rel="next"; results="true"; cursor="0:1:0"\r\n\r\n[{"id":"1","dateCreated":"2025-12-01T00:00:00Z","a":[1,{"b":2}]}]')
LAST = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"

PROGRAMS = [
    b"local http = require 'http' local r = http.get 'http://127.0.0.1:8001/1' local p = r:page { fields = { 'id' }, key = { 'id' } } "
    b"p:filter(function(record) return record.id ~= 2 end) require('airbyte').emit(p) p:close() return r",
    b"local r = require('http').get('http://127.0.0.1:8001/2', { stream = true }) local rows = r:rows { format = 'ndjson' } "
    b"return rows:page({ fields = { 'a' } }, 10), rows:place()",
    b"while true do end", b"return ('a'):rep(1e5):find(('a-'):rep(30) .. 'b')", b"local t = {} while true do t = { t } end",
    b"local tasks = require 'tasks' local function f() tasks.spawn(f) end f() tasks.sleep(1e9)", b"return require 'io'",
    b"return setmetatable({}, { __gc = print }), getmetatable('').__index", b"return (", b"error(setmetatable({}, { __tostring = error }))",
]

SEEDS = {
    "answers": [b"\x04\x09\x03", b"\x02\x0a\x03\x07", b"\x01\x00\x00" + ANSWER + b"\x00\xff" + LAST,
                *[b"\x06\x07\x02\x30" + bytes([kind, 0x15, 0, kind, 0x40]) for kind in range(4, 16)]],
    "archive": [b'{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-01-31T00:00:00Z","time":5,"request":{"method":"GET",'
                b'"url":"https://sentry.io/api/0/","headers":[]},"response":{"status":200,"headers":[{"name":"Link","value":"<x>"}],'
                b'"content":{"size":2,"mimeType":"application/json","text":"[]"}}}]}}', b'{"log":{"entries":[]}}', b""],
    "files": [b'\x00\x03{"a":1}\n{"b":2}\n\n{"c":3}', b'\x01\x05a,b\n1,"x ""y"""\n2,3\n', b"\x05\x02a;b;a\r\n1;2;3\r\n",
              b"\x02\x40" + gzip.compress(b'{"a":1}\n' * 20, mtime=0),
              b"\x03\x10" + gzip.compress(b"a,b\n1,2\n", mtime=0) + gzip.compress(b"3,4\n", mtime=0),
              b'\x00\x01\xef\xbb\xbf{"a":1}\r\n'],
    "frames": [b"\x01" + message(b"q", 1, 0, 5, b"GET", b"https://x/", b"e", b"", b"", b"A: b"),
               b"\x02" + message(b"r", 1, 1, b"x", 0), b"\x07" + message(b"b") + message(b"y")],
    "mask": [b'\x01{"token":"abcdefgh12","x":"' + TOKEN + b'","u":"https://a/?api_key=secretsecret1"}',
             b"\x00https://user:password@x/?token=" + TOKEN, b"\x02client_secret=abcdefgh1&x=" + TOKEN,
             b"\x03" + base64.b64encode(TOKEN) + b" " + TOKEN.hex().encode() + b" " + TOKEN[::-1],
             b'\x01["Cookie","sid=abcdefgh1234"]', b"\x00" + b"".join(b"%%%02x" % c for c in TOKEN)],
    "page": [b'\x00\x00[{"id":"1","lastSeen":"2026-01-31T00:00:00Z","count":"3","lifetime":{"count":"4"}}]',
             b'\x0fdata.*\x00{"data":{"1":{"id":1},"2":{"id":2}}}', b'\x10\x00{"id":1,"lastSeen":5}\n{"id":2}\n',
             b'\x80edges\x00{"edges":[{"node":{"id":1}}]}', b'\x40\x00{"id":1}', b'\x08\x00[{"id":"\\ud800"},{"id":"\\u0000"}]',
             b'\x60\x00{"id":1,"lastSeen":1700000000000}'],
    "record": [b'id\x00"x"\x00{"id":"1","a":2}', b'a\x00{"b":[1]}\x00{}', b'a\x00null\x00{"a":1,"b":2,"a":3}',
               b'b\x001\x00 { "a" : 1 , "b" : 2 } ', b"a\x00" + b"[" * 1024 + b"]" * 1024 + b"\x00{}",
               b'a\x001\x00{"b":' + b"[" * 1100 + b"]" * 1100 + b"}", b'\xc3\xa9\x001\x00{"\\u00e9":2}', b"a\x001\x00{ }"],
    "relay": RELAY,
    "sandbox": [b"\x00" + bytes((step * k) % 256 for k in range(120)) for step in (1, 7, 31, 73, 111, 131, 199, 251)]
               + [b"\x01" + text for text in PROGRAMS],
    "scanner": [text.encode() for text in [*TEXTS, *NUMBERS]] + [b"[" + text + b"]" for text in strings()],
    "scripts": [bytes([place]) + text.encode() for place, text in enumerate(SCRIPTS)],
    "tables": [b'{"properties":{"id":{"type":"string"},"Id":{"type":["null","integer"]},"tags":{"type":"array","items":'
               b'{"properties":{"key":{},"value":{}}}},"t":{"type":"string","format":"date-time"}}}\x00{"id":"1",'
               b'"t":"2026-01-31T00:00:00+01:00","x":{"secret":1},"secret":2,"n":1.5,"_more":1}',
               b'{"properties":{"select":{},"_row":{},"a b":{}}}\x00{"a b":18446744073709551616,"b":true,"":1}'],
    "times": [text.encode() for text in (
        "2026-01-31T18:21:07.123456Z\x001", "Sat, 31 Jan 2026 18:21:07 +0000", "31 Jan 2026 18:21 EST", "2026-01-31", "1.5e3\x00-2.25",
        "Saturday, 31-Jan-26 18:21:07 GMT", "Sat Jan 31 18:21:07 2026", "2026-01-31 18:21,5 +02", "2024-02-29T23:59:60Z",
        "18446744073709551615\x00184467440737095516150e-1", "1700000000", "0000-01-01", "9999-12-31T23:59:59.999999Z")],
    "urls": [b"https://api.example.com/v1/?a=b\x00../x?y=1#z", b"http://user:pw@[::1]:8080/\x00//other/",
             b"HTTPS://Example.COM:443\x00?q", b"ftp://x\x00http://y/%2F"],
    "xml": ['<feed total="2"><entry id="1"><t>a</t><t>b</t></entry><entry id="2">c</entry></feed>'.encode(),
            b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9<!-- c --><![CDATA[x]]></a>',
            b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b'<a xmlns:x="u"><x:b/> t <x:b y="1"/></a>'],
}
