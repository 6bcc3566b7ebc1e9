"""Lists of seven rows in all kinds of paging and formats, each with a fault: `kinds_api.py CASES` prints its port, then serves
until its parent ends.

CASES is a list of JSON: {paging, format, fault, times, ordered}. Case n is below /n/; an ordered one has the newest first. The fault comes on pages behind the first, `times`
times (0: always); `deleted` and `inserted` change the list once its first page was given, as other people do.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from loopback import serve

CASES = json.load(open(sys.argv[1], encoding="utf-8"))
SIZE = 3
lists, faults = {}, {}
lock = threading.Lock()


def as_json(rows, following, address):
    return json.dumps({"data": [{"id": n} for n in rows], "next": following, "url": address})


def as_ndjson(rows, _, __):
    return "".join('{"id":%d}\n' % n for n in rows)


def as_csv(rows, _, __):
    return "id\n" + "".join("%d\n" % n for n in rows)


def as_xml(rows, following, address):
    items = "".join('<row id="%d"/>' % n for n in rows)
    return '<list next="%s" url="%s"><rows>%s</rows></list>' % (following or "", address or "", items)


WRITERS = {"json": as_json, "ndjson": as_ndjson, "csv": as_csv, "xml": as_xml}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with lock:
            self.answer()

    def answer(self):
        target = urlsplit(self.path)
        number = int(target.path.split("/")[1])
        case, query = CASES[number], {name: values[-1] for name, values in parse_qs(target.query).items()}
        rows = lists.setdefault(number, list(range(7, 0, -1) if case.get("ordered") else range(1, 8)))
        start = self.start_of(case["paging"], query, rows)
        end = len(rows) if case["paging"] == "file" else start + SIZE
        fault = case["fault"] if (start > 0 or case["paging"] == "file") and self.is_due(number, case) else None
        here = [] if fault == "empty" else rows[start:end]
        following = f"c{end}" if end < len(rows) and fault != "empty" else None
        address = f"http://{self.headers['Host']}/{number}/items?from={end}" if following else None
        text = "<html>busy</html>" if fault == "html" else WRITERS[case["format"]](here, following, address)
        if start == 0:
            self.move(number, case["fault"], rows)
        self.send(fault, text, address)

    @staticmethod
    def start_of(paging, query, rows):
        if paging == "page":
            return (int(query["page"]) - 1) * SIZE
        if paging == "last":
            return len([n for n in rows if n <= int(query["after"])]) if "after" in query else 0
        return int(query.get({"offset": "offset", "cursor": "cursor"}.get(paging, "from"), "0").removeprefix("c"))

    @staticmethod
    def is_due(number, case):
        faults[number] = faults.get(number, 0) + 1
        return case["times"] == 0 or faults[number] <= case["times"]

    @staticmethod
    def move(number, fault, rows):
        if ("moved", number) in faults or fault not in ("deleted", "inserted"):
            return
        faults["moved", number] = 1
        if fault == "deleted":
            del rows[0]
        else:
            rows.insert(0, 8 if rows[0] == 7 else 0)

    def send(self, fault, text, address):
        status = int(fault) if fault and fault.isdigit() else 200
        body = b"" if status == 204 else text.encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "0")
        if address:
            self.send_header("Link", f'<{address}>; rel="next"')
        self.end_headers()
        if fault == "cut":
            body, self.close_connection = body[: len(body) // 2], True
        self.wfile.write(body)

    def do_nothing(self, *arguments):
        pass

    log_message = do_nothing


if __name__ == "__main__":
    serve(Handler)
