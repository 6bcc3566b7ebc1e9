"""A server for specs whose list is asked for in ranges of its rows' values: `ranged_api.py SETTINGS LOG` prints its port, then
serves until its parent ends.

SETTINGS is a file of JSON, by the first name of the path: `rows` (a list of objects), `field` (what ranges go by), `start` and
`stop` (the parameters), `form` (of both: seconds, milliseconds, id, date, or else a time as a text that begins as rows' do),
`includes` (the ends that belong to a range: "both", "none", "start", "stop"), `ignores` (parameters that are known to nobody),
`needs` (a parameter without which the answer is a 400), `longest` (seconds, or ids; a longer range is a 400), `size` (rows a page; 0: all in one answer, `most` of
them), `order` ("up", "down", or neither), `refuses` (texts of targets, each refused so often with a 503), `together` (no second page
goes out before so many have been asked for at once), `most_at_once` (one request more is a 409).
Pages are counted by `page`, from 1 on. Each target is written into LOG.
"""

import json
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from loopback import serve

SETTINGS = json.load(open(sys.argv[1], encoding="utf-8"))
lock = threading.Lock()
met = threading.Condition(lock)
PATIENCE = 30  # seconds that requests wait for each other


def of_text(text):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def value_of(form, given):
    """What a parameter, or a row's field, comes to: seconds, or an id."""
    if form == "milliseconds":
        return int(given) / 1000
    return float(given) if form in ("seconds", "id") or not isinstance(given, str) else of_text(given)


def is_within(value, low, high, includes):
    above = low is None or value > low or value == low and includes in ("both", "start")
    below = high is None or value < high or value == high and includes in ("both", "stop")
    return above and below


def refuses_company(api):
    """Counts a request as under way until its answer is known. Is it one too many, or does it stay alone?"""
    if "together" not in api and "most_at_once" not in api:
        return False
    with met:
        api["under_way"] = api.get("under_way", 0) + 1
        crowded = api["under_way"] > api.get("most_at_once", api["under_way"])
        api["together_met"] = api.get("together_met", False) or api["under_way"] >= api.get("together", 1)
        met.notify_all()
        alone = not met.wait_for(lambda: api["together_met"], PATIENCE)
    time.sleep(0.005 if "most_at_once" in api else 0)  # for others to come meanwhile
    with met:
        api["under_way"] -= 1
    return crowded or alone


def listed(api, query):
    """The rows of a query; nothing where it is refused."""
    known = {name: texts[-1] for name, texts in query.items() if name not in api.get("ignores", [])}
    if any(name not in known for name in api.get("needs", [])):
        return None
    form, field = api.get("form", "time"), api["field"]
    low, high = (value_of(form, known[name]) if name in known else None for name in (api["start"], api["stop"]))
    if "longest" in api and (high is None or high - low > api["longest"]):
        return None
    whole = 86400 if form == "date" else 1
    rows = []
    for row in api["rows"]:
        value = value_of(api.get("type", "time"), row[field])
        if is_within(value // whole * whole if form == "date" else value, low, high, api.get("includes", "both")):
            rows.append(row)
    if api.get("order") in ("up", "down"):
        rows.sort(key=lambda row: value_of(api.get("type", "time"), row[field]), reverse=api["order"] == "down")
    return rows


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        api, query = SETTINGS[parts.path.split("/")[1]], parse_qs(parts.query)
        with lock, open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(self.path.removeprefix("/") + "\n")
            for text, times in api.get("refuses", {}).items():
                if times > 0 and text in self.path:
                    api["refuses"][text] -= 1
                    return self.answer(503, {"detail": "not now"})
        size, page = api.get("size", 0), int(query.get("page", ["1"])[-1])
        if (page > 1 or "most_at_once" in api) and refuses_company(api):
            return self.answer(409, {"detail": "too many at once, or too few"})
        rows = listed(api, query)
        if rows is None:
            return self.answer(400, {"detail": "the range is not one of ours"})
        self.answer(200, rows[(page - 1) * size:page * size] if size else rows[:api.get("most", len(rows))])

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except ConnectionError:  # the reader was cut
            self.close_connection = True

    def do_nothing(self, *arguments):
        pass

    log_message = do_nothing


if __name__ == "__main__":
    serve(Handler)
