"""APIs of many shapes, as docs/apis.md tells of them: `cookbook_api.py LOG` prints its port, then serves until its parent ends.

Each of them holds ROWS rows. What a request lacks that such an API wants is refused: 401 without the secret `sesame-1234` in its place,
400 for a parameter that is none.
"""

import base64
import json
import sys
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from loopback import serve

ROWS = 23
MOST = 10
BEARER = "Bearer sesame-1234"
polls = {}


def stamp(number):
    return f"2026-01-{number:02d}T00:00:00Z"


def at_most(size):
    return min(int(size), MOST)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer("get", None)

    def do_POST(self):
        self.answer("post", self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def answer(self, method, body):
        target = urlsplit(self.path)
        with open(sys.argv[1], "a", encoding="utf-8") as log:
            log.write(f"{method} {self.path}\n")
        query = {name: values[-1] for name, values in parse_qs(target.query).items()}
        name, _, rest = target.path.strip("/").removeprefix("v1/").partition("/")
        found = getattr(self, f"{method}_{name.lower()}", None)
        try:
            status, made = found(query, body if method == "post" else rest) if found else (404, {"detail": "no such thing"})
        except (KeyError, ValueError) as wrong:
            status, made = 400, {"detail": f"a parameter is missing or wrong: {wrong}"}
        text = json.dumps(made).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for header, value in getattr(self, "more", {}).items():
            self.send_header(header, value)
        self.more = {}
        self.end_headers()
        self.wfile.write(text)

    def do_nothing(self, *arguments):
        pass

    log_message = do_nothing

    def needs(self, authorization, good):
        return good if self.headers.get("Authorization") == authorization else (401, {"detail": "who are you?"})

    # Rows 1 to ROWS from a place on.
    @staticmethod
    def rows(start, size, make):
        return [make(number) for number in range(start + 1, min(start + at_most(size), ROWS) + 1)]

    def get_customers(self, query, _):
        size = at_most(query["per_page"])
        rows = self.rows((int(query["page"]) - 1) * size, size, lambda n: {"id": n})
        return self.needs(BEARER, (200, {"results": rows, "page": int(query["page"]), "total_pages": -(-ROWS // size)}))

    def get_products(self, query, _):
        start, size = int(query["offset"]), at_most(query["limit"])
        rows = self.rows(start, size, lambda n: {"sku": f"a-{n}"})
        return self.needs(BEARER, (200, {"items": rows, "meta": {"offset": start, "limit": size, "total": ROWS}}))

    def get_messages(self, query, _):
        start = int(base64.b64decode(query["cursor"])) if "cursor" in query else 0
        end = start + at_most(query["limit"])
        following = base64.b64encode(str(end).encode()).decode() if end < ROWS else None
        rows = self.rows(start, query["limit"], lambda n: {"id": n})
        return self.needs(BEARER, (200, {"data": rows, "meta": {"next_cursor": following}}))

    def get_accounts(self, query, _):
        start, end = int(query.get("$skiptoken", 0)), int(query.get("$skiptoken", 0)) + MOST
        made = {"value": self.rows(start, MOST, lambda n: {"Id": n})}
        if end < ROWS:
            made["@odata.nextLink"] = f"http://{self.headers['Host']}/v1/Accounts?$top=10&$skiptoken={end}"
        return self.needs(BEARER, (200, made))

    def get_commits(self, query, _):
        page, size = int(query.get("page", 1)), at_most(query["per_page"])
        rows = self.rows((page - 1) * size, size, lambda n: {"sha": f"{n:07x}", "committed_at": stamp(ROWS + 1 - n)})
        if page * size < ROWS:
            link = f'<http://{self.headers["Host"]}/v1/commits?per_page={size}&page={page + 1}>; rel="next"'
            self.more = {"Link": link}
        return self.needs(BEARER, (200, rows))

    def get_charges(self, query, _):
        start = int(query.get("starting_after", "ch_0").removeprefix("ch_"))
        rows = self.rows(start, query["limit"], lambda n: {"id": f"ch_{n}", "created": 1769883667 - 60 * n})
        return self.needs(BEARER, (200, {"data": rows, "has_more": start + len(rows) < ROWS}))

    def get_calls(self, query, _):
        begin, end = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
        if end - begin > timedelta(days=31):
            raise ValueError("at most 31 days")
        days = [(n, date(2026, 1, 1) + timedelta(days=4 * n)) for n in range(1, ROWS + 1)]
        return self.needs(BEARER, (200, {"calls": [{"id": n, "day": str(day)} for n, day in days if begin <= day < end]}))

    def post_graphql(self, _, body):
        asked = json.loads(body)
        if "orders(first: $first" not in asked["query"]:
            raise ValueError("query")
        start = int(asked["variables"].get("after", "c0").removeprefix("c"))
        rows = self.rows(start, asked["variables"]["first"], lambda n: {"cursor": f"c{n}", "node": {"id": str(n), "total": n}})
        info = {"hasNextPage": start + len(rows) < ROWS, "endCursor": rows[-1]["cursor"] if rows else None}
        return self.needs(BEARER, (200, {"data": {"orders": {"edges": rows, "pageInfo": info}}}))

    def post_logs(self, _, body):
        asked = json.loads(body)
        if asked["sort"] != [{"at": "asc"}, {"id": "asc"}]:
            raise ValueError("sort")
        hits = sorted(({"_id": str(n), "sort": [1769883667123 + n // 8, f"{n:03d}"], "_source": {"n": n}} for n in range(1, ROWS + 1)),
                      key=lambda hit: hit["sort"])
        hits = [hit for hit in hits if "search_after" not in asked or hit["sort"] > asked["search_after"]]
        good = 200, {"hits": {"hits": hits[: at_most(asked["size"])]}}
        return self.needs("Basic " + base64.b64encode(b"reader:sesame-1234").decode(), good)

    def post_oauth(self, _, body):
        form = {name: values[-1] for name, values in parse_qs(body).items()}
        if form != {"grant_type": "client_credentials", "scope": "invoices:read"}:
            raise ValueError("form")
        good = 200, {"access_token": "of-the-day-9876", "expires_in": 3600, "token_type": "Bearer"}
        return self.needs("Basic " + base64.b64encode(b"my-client:sesame-1234").decode(), good)

    def get_invoices(self, query, _):
        size = at_most(query["size"])
        rows = self.rows((int(query["page"]) - 1) * size, size, lambda n: {"number": f"I-{n}"})
        return self.needs("Bearer of-the-day-9876", (200, {"invoices": rows}))

    def get_stations(self, query, _):
        if query.get("api_key") != "sesame-1234":
            return 401, {"detail": "who are you?"}
        start = int(query.get("start", 0))
        rows = self.rows(start, query["count"], lambda n: {"id": f"s{n}"})
        end = start + len(rows)
        return 200, {"stations": {row["id"]: row for row in rows}, "next": end if end < ROWS else None}

    def post_exports(self, _, body):
        if json.loads(body) != {"report": "visits"}:
            raise ValueError("report")
        return self.needs(BEARER, (202, {"id": 7, "state": "queued"}))

    def get_exports(self, _, rest):
        if rest == "7/rows":
            return self.needs(BEARER, (200, [{"id": n} for n in range(1, ROWS + 1)]))
        polls[rest] = polls.get(rest, 0) + 1
        return self.needs(BEARER, (200, {"id": 7, "state": "done" if polls[rest] > 1 else "running"}))


if __name__ == "__main__":
    serve(Handler)
