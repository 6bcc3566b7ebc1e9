"""Faults of whole answers, of their bodies and encodings, and of the connection."""

import functools
import zlib

import times
from answer import JSON, Answer, detail, document
from deprecations import gone as gone_answer
from faults import fault
from limits import PREFIX, too_many, too_wide


# Answers of another kind
@fault()
def status(context, spec):
    code = spec["status"]
    made = context.dialect.broken() if code >= 500 else detail(spec.get("detail", "Refused."), code)
    made.status = code
    if "body" in spec:
        made.body = spec["body"].encode()
    made.content_type = spec.get("content_type", made.content_type)
    made.headers.update(spec.get("headers", {}))
    return made


@fault(name="object")
def empty_object(context, spec):
    return document({})


@fault(name="detail")
def detail_with_200(context, spec):
    return document({"detail": spec.get("detail", "Internal Error")})


@fault()
def html(context, spec):
    body = spec.get("body", "<!doctype html><html><head><title>Sign in</title></head><body>Sign in.</body></html>")
    return Answer(200, body.encode(), "text/html; charset=utf-8")


@fault()
def empty(context, spec):
    return Answer(200, b"", JSON)


@fault()
def gone(context, spec):
    return gone_answer(spec)


@fault()
def rate_limited(context, spec):
    form = spec.get("form", "reset")
    limit, window, wait = spec.get("limit", 60), spec.get("window", 60), spec.get("seconds", 1)
    reset_at = -(-(context.scenario.clock.now() + int(wait * times.SECOND)) // times.SECOND)
    text = too_wide(spec.get("concurrent", 1)) if form == "concurrency" else too_many(limit, window)
    made = context.dialect.limited(text)
    if form == "retry_after":
        made.headers["Retry-After"] = str(wait)
    elif form != "bare":
        left = spec.get("remaining", limit - 1) if form == "concurrency" else 0
        found = {"Limit": limit, "Remaining": left, "Reset": reset_at}
        found |= {"ConcurrentLimit": spec.get("concurrent", 1), "ConcurrentRemaining": 0}
        made.headers.update({PREFIX + name: str(value) for name, value in found.items()})
    return made


def asks_more(context, spec):
    if context.listing is None:
        return False
    asked = context.request.query.get(context.dialect.size_name(context.listing.endpoint), "")
    return asked.isdigit() and int(asked) > spec.get("limit", 50)


@fault(asks_more)
def smaller_page(context, spec):
    name = context.dialect.size_name(context.listing.endpoint)
    return detail(f"Invalid {name} value. Must be between 1 and {spec.get('limit', 50)}.", 400)


@fault()
def redirect(context, spec):
    request, ports = context.request, context.scenario.ports
    to = spec.get("to", "same")
    host, _, port = request.host.partition(":")
    scheme = "https://" if request.secure else "http://"
    target = {
        "same": lambda: scheme + request.host + request.target,
        "other": lambda: scheme + ("127.0.0.1" if host == "localhost" else "localhost") + f":{port}" + request.target,
        "plain": lambda: f"http://{host}:{ports['http']}{request.target}",
        "path": lambda: spec["path_to"],
    }.get(to, lambda: to)()
    return Answer(spec.get("status", 302), b"", "text/html", {"Location": target})


# Broken bodies and encodings
@fault()
def malformed(context, spec):
    body = context.answer.plain_body()
    middle = int(len(body) * spec.get("fraction", 0.5))
    context.answer.texts, context.answer.body = None, body[:middle] + b"\x01<broken>" + body[middle:]


@fault()
def content_length(context, spec):
    context.answer.length_error = spec.get("by", 10)
    context.answer.close = True


@fault()
def gzip_cut(context, spec):
    fraction = spec.get("fraction", 0.5)
    context.answer.compress = True
    context.answer.mangle = lambda packed: packed[: int(len(packed) * fraction)]


@fault()
def gzip_corrupt(context, spec):
    """Bytes in the middle are wrong; with where = "crc" only the check sum is."""

    def spoil(packed):
        at = len(packed) - 8 if spec.get("where") == "crc" else len(packed) // 2
        return packed[:at] + bytes(byte ^ 0x5A for byte in packed[at : at + 4]) + packed[at + 4 :]

    context.answer.compress, context.answer.mangle = True, spoil


@fault()
def not_gzip(context, spec):
    context.answer.compress, context.answer.encoding = False, "gzip"


MEBIBYTE = 1 << 20


@functools.lru_cache(4)
def bomb(size):
    """A gzip file of a JSON array that holds `size` bytes of blanks; every full MiB packs to the same bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(b"[") + packer.flush(zlib.Z_FULL_FLUSH)
    blanks = b" " * MEBIBYTE
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    count = max(1, size // MEBIBYTE)
    check = zlib.crc32(b"[")
    for _ in range(count):
        check = zlib.crc32(blanks, check)
    check = zlib.crc32(b"]", check)
    tail = packer.compress(b"]") + packer.flush()
    length = (count * MEBIBYTE + 2) & 0xFFFFFFFF
    trailer = check.to_bytes(4, "little") + length.to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + head + block * count + tail + trailer


@fault()
def gzip_bomb(context, spec):
    made = Answer(200, bomb(spec.get("bytes", 1 << 30)), JSON)
    made.compress, made.encoding = False, "gzip"
    return made


@fault()
def huge(context, spec):
    """One record that is larger than `bytes`, sent in pieces and not compressed."""
    size = spec.get("bytes", 64 * MEBIBYTE)
    head = b'[{"id":"1","dateCreated":"2026-11-23T18:10:08.639Z","pad":"'
    pad = b"x" * 65536
    count = size // len(pad) + 1
    length = len(head) + count * len(pad) + 3

    def pieces():
        yield head
        for _ in range(count):
            yield pad
        yield b'"}]'

    return Answer(200, b"", JSON, stream=(length, pieces()))


# Connections
def wired(mode):
    def act(context, spec):
        context.answer.wire = {**spec, "mode": mode}
        if mode in ("cut", "cut_headers", "stall_headers", "stall_body", "reset"):
            context.answer.close = True

    fault(name=mode)(act)


for wire_mode in ("cut", "cut_headers", "reset", "stall_headers", "stall_body", "slow"):
    wired(wire_mode)


@fault()
def refuse_after(context, spec):
    """This answer is the last: before it goes out, the scenario's own port closes, for `seconds` or for ever."""
    context.scenario.refuse(spec.get("seconds"))
    context.answer.close = True


@fault()
def delay(context, spec):
    context.answer.wire = {"mode": "delay", "ms": spec.get("ms", 1000)}


