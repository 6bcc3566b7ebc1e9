"""A server for specs of requests that send something: `posted_api.py LOG` prints its port, then serves until its parent ends.

Each request is written into LOG, a line of JSON: method, target, headers, body. What it serves is told beside each path below.
"""

import base64
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from loopback import serve

ORDERS = [{"id": f"o{n}", "total": n} for n in range(1, 8)]
# Numbers that a double cannot hold, and a fraction with a zero at its end: search_after has to name them as they came.
DOCUMENTS = [{"id": f"d{n}", "place": f"{9007199254740993 + n}", "score": "1.10", "at": f"2026-01-{31 - n}T00:00:00Z"}
             for n in range(1, 8)]
SECRET = "sesame-1234/+x"
refresh = ["refresh-token-0-of-many"]
tokens = {}  # when each ends
windows = {}  # of limits: when each ends
lock = threading.Lock()
counts = {}


def count(name):
    with lock:
        counts[name] = counts.get(name, 0) + 1
        return counts[name]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve_any(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        parts = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        with lock, open(sys.argv[1], "a", encoding="utf-8") as log:
            log.write(json.dumps({"method": self.command, "target": self.path, "headers": dict(self.headers),
                                  "body": self.body}) + "\n")
        way = getattr(self, "serve_" + parts.path.strip("/").split("/")[0], None)
        way(parts.path) if way else self.answer(404, {"detail": "no such path"})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_QUERY = serve_any

    def answer(self, status, document=None, headers=(), text=None):
        body = (text if text is not None else json.dumps(document)).encode() if status != 204 else b""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve_echo(self, _path):
        """Says what came."""
        self.answer(200, {"id": 1, "method": self.command, "target": self.path, "body": self.body,
                          "type": self.headers.get("Content-Type"), "length": self.headers.get("Content-Length"),
                          "own": self.headers.get("X-Own")})

    def serve_redirect(self, path):
        """/redirect/STATUS sends to /echo."""
        self.answer(int(path.rsplit("/", 1)[1]), {}, [("Location", "/echo?from=" + path.rsplit("/", 1)[1])])

    def serve_flaky(self, path):
        """Fails at first, each path below it by itself."""
        self.answer(*((500, {"detail": "broken"}) if count(self.command + path) == 1 else (200, {"id": 1})))

    def serve_limited(self, path):
        """Refuses at first."""
        if count(path) == 1:
            return self.answer(429, {"detail": "slow down"}, [("Retry-After", "0")])
        self.answer(200, {"id": 1})

    def serve_drop(self, path):
        """Reads a POST on a connection that was used before, and closes it without a word."""
        if self.command == "POST" and getattr(self, "used", False):
            count(path)
            self.close_connection = True
            return
        self.used = True
        self.answer(200, {"id": 1})

    def serve_empty(self, _path):
        self.answer(200, text="")

    def serve_graphql(self, _path):
        """Orders, by the connection's cursor, as the variables of a query say."""
        if self.command != "POST" or self.headers.get("Content-Type") != "application/json":
            return self.answer(405, {"detail": "POST JSON"})
        sent = json.loads(self.body)
        variables = sent["variables"]
        after = variables["page"].get("after")
        start = 0 if after is None else int(after.removeprefix("cursor-"))
        rows = ORDERS[start:start + variables["page"]["first"]]
        end = start + len(rows)
        self.answer(200, {"data": {"orders": {
            "nodes": rows, "pageInfo": {"hasNextPage": end < len(ORDERS), "endCursor": f"cursor-{end}"}}}})

    def serve_search(self, _path):
        """Documents by search_after, whose values have to be those that the last hit had, to the byte."""
        sent = json.loads(self.body, parse_int=str, parse_float=str)
        start, after = 0, sent.get("search_after")
        if after is not None:
            known = [[d["place"], d["score"], d["id"]] for d in DOCUMENTS]
            if after not in known:
                return self.answer(400, {"error": {"reason": f"no document is at {after}"}})
            start = known.index(after) + 1
        hits = [f'{{"_id":"{d["id"]}","at":"{d["at"]}","sort":[{d["place"]},{d["score"]},"{d["id"]}"]}}'
                for d in DOCUMENTS[start:start + int(sent["size"])]]
        self.answer(200, text='{"hits":{"hits":[' + ",".join(hits) + "]}}")

    def serve_counted(self, _path):
        """Seven rows by page and size, or from and size, of the body."""
        sent = json.loads(self.body)
        page, size = sent.get("page", 1), sent["size"]
        start = sent.get("from", (page - 1) * size)
        self.answer(200, {"page": page, "rows": [{"id": n + 1} for n in range(start, min(start + size, 7))]})

    def serve_shaky(self, path):
        """The same, and each second request fails."""
        if count(path) % 2 == 1:
            return self.answer(503, {"detail": "busy"})
        self.serve_counted(path)

    def serve_errors(self, path):
        """GraphQL's, beside a part of the data or in its place."""
        if path.endswith("/partial"):
            return self.answer(200, {"data": {"rows": [{"id": 1}]}, "errors": [{"message": "field 'total' is gone"}]})
        self.answer(200, {"data": None, "errors": [{"message": "denied"}]})

    def serve_exports(self, path):
        """POST /exports makes a job; GET /exports/1 says how it is; /exports/1/rows what came of it."""
        if self.command == "POST":
            return self.answer(202, {"id": 1, "wanted": json.loads(self.body)})
        if path.endswith("/rows"):
            return self.answer(200, [{"id": 1, "day": "2026-01-01"}, {"id": 2, "day": "2026-01-02"}])
        self.answer(200, {"id": 1, "status": "done" if count(path) >= 3 else "running"})

    def serve_token(self, path):
        """A token endpoint (RFC 6749): client_credentials, refresh_token (which rotates), Basic or form. /token/KIND:
        short (tokens of 1 s), error (401 invalid_client, with the secret repeated), busy (503 at first), none, plain (no end),
        limited (429 for the first 2 s), paced (one each 2 s, as headers say; else a 429 that says nothing)."""
        kind = path.strip("/").partition("/")[2]
        form = {name: values[-1] for name, values in parse_qs(self.body).items()}
        number = count("token" + kind)
        basic = self.headers.get("Authorization", "")
        if basic.startswith("Basic "):
            client, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
            form |= {"client_id": unquote(client), "client_secret": unquote(secret)}
        if kind in ("limited", "paced"):
            wait = self.window(kind)
            if wait or number == 1 and kind == "limited":
                return self.answer(429, {}, [("Retry-After", "2")] if kind == "limited" else [])
        if kind == "busy" and number == 1:
            return self.answer(503, {"detail": "busy"})
        if kind == "error" or form.get("client_secret", SECRET) != SECRET:
            return self.answer(401, {"error": "invalid_client", "error_description": f"no client {form.get('client_secret')}"})
        if form.get("grant_type") == "refresh_token":
            with lock:
                if form.get("refresh_token") != refresh[0]:
                    return self.answer(400, {"error": "invalid_grant", "error_description": "the refresh token was used"})
                refresh[0] = f"refresh-token-{number}-of-many"
        token = f"access-token-{kind}-{number}-of-many"
        with lock:
            tokens[token] = time.monotonic() + (1 if kind == "short" else 3600)
        if kind == "none":
            return self.answer(200, {"ok": True})
        answer = {"access_token": token, "token_type": "Bearer", "scope": "read"}
        if kind != "plain":
            answer["expires_in"] = 1 if kind == "short" else 3600
        if form.get("grant_type") == "refresh_token":
            answer["refresh_token"] = refresh[0]
        left = [("X-RateLimit-Limit", "1"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "2")]
        self.answer(200, answer, left if kind == "paced" else [])

    def window(self, kind):
        """Is it still that one which the last request began?"""
        with lock:
            is_open = time.monotonic() < windows.get(kind, 0)
            if not is_open:
                windows[kind] = time.monotonic() + 2
            return is_open

    def serve_session(self, _path):
        """A login of its own: JSON, a token in an object, for a header of its own."""
        sent = json.loads(self.body)
        if sent.get("user") != {"name": "reader", "password": SECRET}:
            return self.answer(403, {"message": "wrong user"})
        token = f"session-{count('session')}-of-many"
        with lock:
            tokens[token] = time.monotonic() + 3600
        self.answer(200, {"data": {"session": {"id": token, "until": "2099-01-01T00:00:00Z"}}})

    def has_token(self):
        given = self.headers.get("X-Session") or self.headers.get("Authorization", "").removeprefix("Bearer ")
        with lock:
            return given, tokens.get(given, 0) > time.monotonic()

    def serve_guarded(self, path):
        """Seven rows in pages of two for whoever has a token; /guarded/revoked takes each away at its third request; all that
        came is repeated in the response, as servers do."""
        given, good = self.has_token()
        if path.startswith("/guarded/revoked") and good and count("revoked" + given) == 3:
            with lock:
                tokens[given] = 0
            good = False
        if not good:
            return self.answer(401, {"detail": f"no token: {given}"})
        start = 2 * (int(self.query.get("page", 1)) - 1)
        rows = [{"id": n + 1} for n in range(start, min(start + 2, 7))]
        self.answer(200, {"rows": rows, "seen": dict(self.headers)}, [("X-Seen", given)])

    def serve_keyed(self, _path):
        """Rows for whoever has the key in the query, with a next address that repeats it; or user and password by Basic."""
        basic = self.headers.get("Authorization", "") == "Basic " + base64.b64encode(f"reader:{SECRET}".encode()).decode()
        if self.query.get("api_key") != SECRET and not basic:
            return self.answer(401, {"detail": "no key"})
        if "slash" in self.query:
            return self.answer(307, {}, [("Location", "/keyed?" + urlsplit(self.path).query.replace("slash=1&", ""))])
        page = int(self.query.get("page", 1))
        following = f"/keyed?{urlencode({'api_key': SECRET, 'page': page + 1})}" if page < 3 else None
        rows = [{"id": page, "seen": self.path if "echo" in self.query else ""}]
        self.answer(200, {"rows": rows, "next": following}, [("X-Seen", self.path)])

    def serve_repeated(self, _path):
        """Repeats what came, in each form in which a server may do that."""
        texts = [part for text in self.headers.values() for part in (text, text.split(" ")[-1])] + list(self.query.values())
        forms = {}
        for number, text in enumerate(texts):
            forms[f"plain{number}"] = text
            for before in range(3):
                forms[f"base64-{number}-{before}"] = base64.b64encode(b"x" * before + text.encode()).decode()
            forms[f"percent{number}"] = "".join(f"%{c:02X}" for c in text.encode())
            forms[f"backwards{number}"] = text[::-1]
        escaped = {name: "".join(f"\\u{ord(c):04x}" for c in text) for name, text in forms.items() if name.startswith("plain")}
        body = ",".join(f'"escaped-{name}":"{text}"' for name, text in escaped.items())
        self.answer(200, text="{" + body + "," + json.dumps(forms).replace("/", "\\/")[1:], headers=[("X-Seen", "; ".join(texts)), ("X-Path", self.path)])

    def serve_refused(self, _path):
        self.answer(403, {"detail": f"not for {list(self.headers.values())} {self.path}"})

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    serve(Handler)
