"""A server for specs that answers as it is told: `scripted_api.py ANSWERS LOG` prints its port, then serves until its parent ends.

ANSWERS is a file of JSON: an object of lists of answers, by the target that is asked for (path and query, as sent) or by the
path alone, both without the first slash. The answers of one list are given in turn; the last one is given from then on.
An answer is an object: status (200), headers, and body (as JSON) or text (as it is). `{origin}` stands for http://host:port
in headers and texts, `{now+2}` for the time in two seconds, in seconds since 1970, `{ms+2}` in milliseconds. Each target is written into LOG.
"""

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


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        answer = next_answer(self.path.removeprefix("/"))
        status = answer.get("status", 200)
        text = answer["text"] if "text" in answer else json.dumps(answer.get("body"))
        body = b"" if status == 204 else self.filled(text).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, self.filled(value))
        self.end_headers()
        self.wfile.write(body)

    def filled(self, text):
        text = re.sub(r"\{now\+(\d+)\}", lambda found: str(int(time.time()) + int(found[1])), text)
        text = re.sub(r"\{ms\+(\d+)\}", lambda found: str(int(time.time() * 1000) + 1000 * int(found[1])), text)
        return text.replace("{origin}", f"http://127.0.0.1:{self.server.server_address[1]}")

    def do_nothing(self, *arguments):
        pass

    log_message = do_nothing


if __name__ == "__main__":
    serve(Handler)
