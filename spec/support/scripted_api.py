"""A server for specs that answers as it is told: `scripted_api.py ANSWERS LOG` prints its port, then serves until its parent ends.

ANSWERS is a file of JSON: an object of lists of answers, by the target that is asked for (path and query, as sent) or by the
path alone, both without the first slash. The answers of one list are given in turn; the last one is given from then on.
An answer is an object: status (200), headers, and body (as JSON), text (as it is), latin1 (a text of bytes), gzip (a list of texts,
each a member of one file), or lines (a number: so many rows of NDJSON, of some hundred bytes each, with ids from `after` (0) on;
`salt` makes them others).
`cut` is how many bytes of it come, of all that are announced; with `open`, the connection's end is all that tells the length. `{origin}` stands for http://host:port
in headers and texts, `{now+2}` for the time in two seconds, in seconds since 1970, `{ms+2}` in milliseconds. Each target is written into LOG.
"""

import gzip
import hashlib
import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

from loopback import serve

ANSWERS = json.load(open(sys.argv[1], encoding="utf-8"))
NOTHING = {"status": 599, "body": {"detail": "the spec has no answer for this"}}
given = {}
lock = threading.Lock()


def next_answer(target):
    with lock, open(sys.argv[2], "a", encoding="utf-8") as log:
        log.write(target + "\n")
        name = target if target in ANSWERS else target.partition("?")[0]
        answers = ANSWERS.get(name, [NOTHING])
        at = given.get(name, 0)
        given[name] = at + 1
        return answers[min(at, len(answers) - 1)]


def row(number, pad):
    return b'{"id":%9d,"pad":"%s"}\n' % (number + 1, pad.encode())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        answer = next_answer(self.path.removeprefix("/"))
        status = answer.get("status", 200)
        pieces, length = self.content(answer, status)
        self.send_response(status)
        if answer.get("open"):
            self.close_connection = True
        elif status != 204:
            self.send_header("Content-Length", str(length))
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, self.filled(value))
        self.end_headers()
        left = answer.get("cut", length)
        try:
            for piece in pieces:
                self.wfile.write(piece[:left])
                left -= min(left, len(piece))
        except ConnectionError:
            self.close_connection = True  # no more of it is wanted
        if answer.get("cut", length) < length:
            self.close_connection = True

    def content(self, answer, status):
        """The pieces of a body, and how many bytes they are."""
        if "lines" in answer:
            salt = answer.get("salt", "")
            pad = hashlib.sha512(salt.encode()).hexdigest()[:80]
            after = answer.get("after", 0)
            return (row(after + i, pad) for i in range(answer["lines"])), answer["lines"] * len(row(0, pad))
        if "gzip" in answer:
            body = b"".join(gzip.compress(text.encode()) for text in answer["gzip"])
        elif "latin1" in answer:
            body = answer["latin1"].encode("latin-1")
        else:
            text = answer["text"] if "text" in answer else json.dumps(answer.get("body"))
            body = b"" if status == 204 else self.filled(text).encode()
        return [body], len(body)

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # a reader that wanted no more

    def filled(self, text):
        text = re.sub(r"\{now\+(\d+)\}", lambda found: str(int(time.time()) + int(found[1])), text)
        text = re.sub(r"\{ms\+(\d+)\}", lambda found: str(int(time.time() * 1000) + 1000 * int(found[1])), text)
        return text.replace("{origin}", f"http://127.0.0.1:{self.server.server_address[1]}")

    def do_nothing(self, *arguments):
        pass

    log_message = do_nothing


if __name__ == "__main__":
    serve(Handler)
