"""A small API that is none of Sentry's: `other_api.py LOG` prints its port, then serves until its parent ends.

GET /v1/articles lists 7 articles, one a draft, below data.items, in the way of paging that the path names; with newest=1
the newest first: /v1/articles (page, per_page), /v1/offset (offset, limit), /v1/cursor (cursor; meta.next), /v1/url (links.next),
/v1/link (a Link header), /v1/folded (a Link header of several lines), /v1/twice (several Link headers),
/v1/elsewhere (a next page on another host), /v1/capped (gives 2 whatever is asked for),
/v1/shrinking (offset; its first two articles go after the first page), /v1/large (offset; 10 MiB a page), /v1/retired (cursor;
410 from its second page on), /v1/stuck (a next page without end), /v1/limited (429 once), /v1/article/N. All want
`Authorization: Token sesame-1234`.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from loopback import serve

TOKEN = "Token sesame-1234"
ARTICLES = [{"id": n, "title": f"Article {n}", "draft": n == 4, "updated": f"2026-01-0{n}T00:00:00Z"} for n in range(1, 8)]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    limited = False
    shrunk = False

    def do_GET(self):
        target = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(target.query).items()}
        with open(sys.argv[1], "a", encoding="utf-8") as log:
            log.write(self.path + "\n")
        self.articles = ARTICLES[::-1] if "newest" in query else ARTICLES
        if self.headers.get("Authorization") != TOKEN:
            return self.send(401, {"detail": "Invalid token."})
        kind, _, rest = target.path.removeprefix("/v1/").partition("/")
        answer = getattr(self, "get_" + kind, None)
        return answer(query, rest) if answer else self.send(404, {"detail": "No such thing."})

    def do_nothing(self, *arguments):
        pass

    log_message = do_nothing

    def send(self, status, body, **headers):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(text)

    def rows(self, start, count, meta=None, **more):
        self.send(200, {"meta": meta or {}, "data": {"items": self.articles[start : start + count]}}, **more)

    def get_articles(self, query, _):
        size = int(query.get("per_page", 3))
        self.rows((int(query["page"]) - 1) * size, size)

    def get_capped(self, query, _):
        self.rows((int(query["page"]) - 1) * 2, 2)

    def get_offset(self, query, _):
        self.rows(int(query["offset"]), int(query.get("limit", 3)))

    def get_shrinking(self, query, _):
        start, there = int(query["offset"]), ARTICLES[2:] if Handler.shrunk else ARTICLES
        Handler.shrunk = True
        self.send(200, {"data": {"items": there[start : start + 3]}})

    def get_large(self, query, _):
        start = int(query["offset"])
        items = [dict(article, body="x" * (5 << 20)) for article in ARTICLES[:3][start : start + 2]]
        self.send(200, {"data": {"items": items}})

    def get_retired(self, query, _):
        if "cursor" in query:
            return self.send(410, {"detail": "Retired."})
        return self.get_cursor(query, _)

    def get_cursor(self, query, _):
        start = int(query.get("cursor", "c0")[1:])
        self.rows(start, 3, {"next": f"c{start + 3}" if start + 3 < len(ARTICLES) else None})

    def get_stuck(self, query, _):
        self.rows(0, 3, {"next": "c3"})

    def next_of(self, query, path):
        start = int(query.get("from", 0))
        port = self.server.server_address[1]
        address = f"http://127.0.0.1:{port}/v1/{path}?from={start + 3}&tag=a%20b&tag=c"
        return start, address if start + 3 < len(ARTICLES) else None

    def get_url(self, query, _):
        start, address = self.next_of(query, "url")
        self.rows(start, 3, {"next": address})

    def get_link(self, query, _):
        start, address = self.next_of(query, "link")
        self.rows(start, 3, **({"Link": f'<{address}>; rel="next"'} if address else {}))

    def get_folded(self, query, _):
        start, address = self.next_of(query, "folded")
        self.rows(start, 3, **({"Link": f"<{address}>\r\n ;\r\n\t rel=next"} if address else {}))

    def get_twice(self, query, _):
        start, address = self.next_of(query, "twice")
        links = {"Link": '</v1/twice>; rel="first"', "LINK": f"<{address}>; rel=next"}
        self.rows(start, 3, **(links if address else {}))

    def get_elsewhere(self, query, _):
        self.rows(0, 3, {"next": "http://localhost:1/v1/elsewhere?from=3"})

    def get_limited(self, query, _):
        if not Handler.limited:
            Handler.limited = True
            return self.send(429, {"detail": "Slow down."}, Retry_After="0")
        return self.rows(0, 3)

    def get_article(self, query, number):
        if number == "3":
            return self.send(404, {"detail": "Gone."})
        if number == "5" and query.get("broken"):
            return self.send(400, {"detail": "Broken."})
        return self.send(200, {"items": [{"article": int(number), "comment": n} for n in range(int(number) % 3)]})


if __name__ == "__main__":
    serve(Handler)
