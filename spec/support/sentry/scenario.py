"""A scenario: one pretended server, described by DIR/NAME.json and asked below /NAME/api/0/.

Every key is optional; a key that is not known is an error (a 500 with its text). The file is read again when it was written again:
the records stay where dialect, now and data (but for data.later) are the same; faults, limits and change start anew.

  dialect       "hosted" (sentry.io today), "sentry" (sentry.io before it had caps and limits; self-hosted servers between
                23.7.1 and that), "sentry9" (9.1.2), "sentry-23.7.1", "glitchtip"; default: by data.fixtures, else "sentry"
  data          what the server holds:
    seed          1; everything generated depends on it alone
    events        250, of the project web-frontend; project_events {slug: count} for others (default 0)
    issues        40, of web-frontend; project_issues {slug: count} for others (default 0)
    projects      3: web-frontend, backend, mobile, then service-03 ...; the organization is acme
    releases      30
    span_hours    6; the records' times lie in the hours before `now`
    tie           share of records with exactly the time of the one before
    late          share of events with a dateCreated up to late_seconds (3600) before their dateReceived
    disorder_ms   the list's order may differ by so much from that of the times
    teams         true (of sentry-23.7.1), false: projects belong to teams (teams.py), and lists to callers' projects
    archived      10 (of sentry-23.7.1), 0: every so many releases is archived
    deleting      projects in deletion: `projects/` shows them to integrations alone
    issue_events  {number of an issue of web-frontend: how many of its project's events it has}; the others share the rest
    linked        true (of hosted), false: issues' times and counts are those of their events
    seen_late_seconds  so long after an event came, its issue says so (0)
    categories    {feedback: n, performance: n, cron: n}: issues more of web-frontend, whose events are no errors
    old_issues    n issues more of web-frontend, last seen 120 days ago
    first_hours   issues were first seen up to so many hours (200) before they were last
    nulls         {list: n}: every n-th record is one that the server cannot serialise: null, and not in the truth
    body          bytes of a full event, about (2000 or more)
    odd           true, or a list of lists' names: every second record is odd (odd.py KINDS, in turn, by number)
    later         list of batches, each applied once, at the first request after it stands in the file: {events: n,
                  issues: n, releases: n, projects: n, late: share, updates: {issues: n}, deletes: {events: n},
                  resolves, assigns, merges: n issues, which keep their lastSeen, project: slug}
    lists         {list: number}: how many rows each list of lists.py has; with it, the truth has those lists, too
    fixtures      a folder's name below --fixtures: its recorded records take the place of all generated ones
  now           ISO time of the newest records; default: the clock's at the first request
  clock         {fixed: ISO, step_ms: n a request} or {shift_seconds: n, speed: its seconds a second}: the server's clock,
                Date, Reset and the limiter's windows with it (a clock that stands still does not stop the windows)
  page_size     the server's own limit of rows a page: a number, or {list: number}. Lists: events issues releases projects
                org_projects
  full_page     rows of a page of full events, and of hashes, at most, whatever is asked for: 10 (of hosted), 0: no limit
  retention_days  lists of issues end there, whatever dates are asked for: 90 (of sentry-23.7.1), none
  unstable_ties true (of sentry-23.7.1 without fixtures), false: each answer sorts equal times anew: see ties.py
  token         "sentry-token-for-specs", an owner's; callers.py has those that are known too
  callers       {token: {kind: owner|member|integration|organization|outsider, scopes, teams, bookmarks: lists, user}};
                tokens of one user (by default, of one kind) are limited together, integrations by their organization,
                an organization's tokens by the client's address
  closed_membership  true: a member sees the projects of own teams alone, even when asking for all
  global_views  false: an organization's issues of more than one project are a 400
  gzip          true (where accepted), false, or "identity" (says so in a header); chunked: true for chunked bodies
  grid_days     4: days before today that stats_v2 and sessions count something of; late_counts {day: n}: more in a day's cells
  delay_ms      before every answer;  headers  {name: value} added to every answer
  own_port      true: Lua's sentry.scenario asks for a port of its own, which the fault refuse_after needs
  limits        {class: {limit, window, concurrent, organization: those that integrations have instead}}; classes are the
                endpoints (routes.py); `default` is one bucket for all others. Added to those of hosted, class by class;
                false: no limits at all
  browser       {person: "owner", requests: {class: n a second}}: what a user's browser uses up of that user's buckets
  deprecations  {endpoint, or issues_alone for issues/{id}/…: {date, replacement, brownouts: [{request: nth of it, requests:
                how many, or all} or {at: ISO, seconds: n}]}}: headers on all answers, and 410. Added to those of hosted;
                false: none
  change        {adds, updates, deletes, and of issues resolves, assigns, merges, unmerges: rate a request, late: share of adds, late_seconds: 300, lists: [events,
                issues], requests: n that change something, seed}; happens before each request of the list but its first
  faults        list of {fault, path: substring or regex, query: regex, host, page: n|"first"|"last", request: nth that
                matches path, query and host, times: 1 (-1: always), parameters}. The first that matches and can act strikes:
    status {status, body, headers, content_type, detail}   object   detail {detail}   html {body}   empty
    gone {date, replacement}   redirect {to: same|other|plain|path|URL, path_to, status}   smaller_page {limit}
    rate_limited {form: reset|concurrency|bare|retry_after, seconds, limit, window, concurrent, remaining}
    malformed {fraction}   content_length {by}   gzip_cut {fraction}   gzip_corrupt {where: "crc"}   not_gzip
    gzip_bomb {bytes}   huge {bytes}   cut, stall_body, reset {bytes or fraction of the body}   cut_headers {bytes}
    stall_headers, stall_body {seconds}   slow {rate: bytes a second}   delay {ms}   refuse_after {seconds}
    no_link   link_other_host {host}   link_loop   link_cycle (from page 3)   link_no_cursor   empty_forever
    empty_page (a page of filtered rows before this one's; stays)   wrong_order {a, b}   ignore_filter
    field_missing, field_null, field_format {index, field, format: offset|zone|naive|seconds|date|epoch, value}
"""

import json
import os
import threading
import time
import traceback

import callers
import fault_bodies  # noqa: F401  registers its faults
import fault_lists  # noqa: F401
import times
import window
from answer import Answer
from change import Change
from data import Maker, load
from deprecations import Deprecations
from dialect_table import DIALECTS
from faults import Context, Faults
from limits import Limiter
from list_rows import ListRows
from routes import Routes, find, list_of
from store import Store
from walks import Walks

TOKEN = "sentry-token-for-specs"
KEYS = set(
    "dialect data now clock page_size unstable_ties token callers closed_membership global_views gzip chunked"
    " delay_ms headers own_port limits change faults full_page retention_days browser deprecations grid_days late_counts".split()
)
DATA_KEYS = set(
    "issue_events linked seen_late_seconds categories old_issues first_hours "
    "seed events project_events issues project_issues projects releases span_hours tie late late_seconds disorder_ms"
    " body odd later fixtures teams archived deleting nulls lists".split()
)
HELD = ("events", "issues", "projects", "releases")
ODD_LISTS = ("events", "issues", "releases")
RECORDED = {"sentry-9.1.2": "sentry9", "sentry-23.7.1": "sentry-23.7.1", "glitchtip": "glitchtip"}
LOGGED = ("user-agent", "accept", "accept-encoding", "host")


class Exchange:
    """One request on its way through a scenario."""

    def __init__(self, number, request, answer, ticket, headers):
        self.number = number
        self.request = request
        self.answer = answer
        self.ticket = ticket
        self.headers = headers
        self.ended = None


def unknown_keys(spec):
    data = spec.get("data", {})
    return sorted(set(spec) - KEYS) + sorted("data." + key for key in set(data) - DATA_KEYS)


class Scenario:
    def __init__(self, name, folder, fixtures, ports, gate):
        self.name = name
        self.path = folder / (name + ".json")
        self.fixtures = fixtures
        self.ports = ports
        self.gate = gate
        self.lock = threading.RLock()
        self.log = folder / (name + ".log")
        self.requests = 0
        self.began = time.time_ns() // 1000
        self.basis = self.seen = None

    # The file
    def refresh(self):
        """Reads the file again if it was written again, be it as it was."""
        found = os.stat(self.path)
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self.seen:
            self.read(json.loads(self.path.read_text()))
            self.seen = seen  # only now: a file that is wrong is wrong at every request

    def read(self, spec):
        if unknown_keys(spec):
            raise ValueError("unknown keys: " + ", ".join(unknown_keys(spec)))
        held = {key: value for key, value in spec.get("data", {}).items() if key != "later"}
        self.spec = spec
        self.clock = times.Clock(spec.get("clock", {}), self.began)
        basis = [spec.get("dialect"), held, spec.get("now")]
        if basis != self.basis:
            self.build(held)
            self.basis = basis
        self.callers = callers.known(spec.get("token", TOKEN), spec.get("callers", {}))
        self.unstable_ties = spec.get("unstable_ties", self.dialect.unstable_ties and "fixtures" not in held)
        self.global_views = spec.get("global_views", True)
        self.full_page = spec.get("full_page", self.dialect.full_page)
        self.retention_days = spec.get("retention_days", self.dialect.retention_days)
        self.limiter = Limiter(self.added("limits"), self.clock, self.dialect, spec.get("browser"))
        self.deprecations = Deprecations(self.added("deprecations"), self.clock)
        self.faults = Faults(spec.get("faults", []))
        self.change = Change(spec.get("change", {}), self.maker, self.store, self.lists)
        self.routes = Routes(self)
        self.apply_batches(list(spec.get("data", {}).get("later", [])))  # Lua's empty list is {}

    def added(self, name):
        """What the dialect has of this, with what the scenario's file adds."""
        given = self.spec.get(name, {})
        return {} if given is False else {**getattr(self.dialect, name), **given}

    def build(self, data):
        self.dialect = DIALECTS[self.spec.get("dialect") or RECORDED.get(data.get("fixtures"), "sentry")]()
        self.teams = data.get("teams", self.dialect.has_teams)
        self.base = times.parse(self.spec["now"]) if "now" in self.spec else self.clock.now()
        odd = ODD_LISTS if data.get("odd") is True else data.get("odd") or ()
        self.records = self.dialect.records(self.dialect, data.get("seed", 1), data.get("body", 0), odd, self.fixtures)
        self.store = Store(self.records.text, self.dialect.cursor_text)
        self.maker = Maker(self.dialect, data)
        self.documents = load(self.maker, self.store, self.base, self.fixtures)
        self.lists = ListRows(self, data.get("lists") or {})
        self.walks = Walks()
        self.batches = 0

    def apply_batches(self, batches):
        for number, batch in enumerate(batches[self.batches :], self.batches):
            self.change.batch(batch, number, self.requests + 1, self.clock.now())
        self.batches = len(batches)

    def page_cap(self, endpoint):
        cap = self.spec.get("page_size")
        return cap.get(endpoint) if isinstance(cap, dict) else cap

    def horizon(self, days=0):
        """So many days before what `now` says, or the clock: a scenario of 2026 is the same in other years."""
        return min(self.base, self.clock.now()) - (days or 0) * window.DAY

    def separator(self, kind):
        return self.documents.get("separators", {}).get(kind, self.records.separator)

    def refuse(self, seconds):
        """Closes the scenario's own port."""
        self.gate(self.name, seconds)

    # Requests
    def begin(self, request, connection, via):
        """Makes and logs the answer; `end` must follow when its bytes are out."""
        with self.lock:
            try:
                self.refresh()
                self.requests += 1
                self.clock.tick()
                exchange = self.exchange(request)
            except Exception as error:  # noqa: BLE001  a wrong scenario must show in the spec that wrote it
                traceback.print_exc()
                problem = f"scenario {self.name}: {error!r}\n".encode()
                return Exchange(self.requests, request, Answer(500, problem, "text/plain"), None, {})
            self.write(self.entry(exchange, connection, via))
            return exchange

    def exchange(self, request):
        endpoint, _ = find(request.path)
        kind, project = list_of(request)
        ticket = self.limiter.start(endpoint, self.callers.get(request.token))
        answer = ticket.refusal or self.deprecations.begin(endpoint, request.path)
        number = self.walks.number(request) if kind else None
        if answer is None:
            if kind:
                self.change.before_request(kind, project, self.requests, self.clock.now())
            answer = self.answer(request, number)
        else:
            answer.number = number
        if not ticket.refusal:
            self.deprecations.mark(endpoint, request.path, answer)
        answer.headers.update(ticket.headers)
        return Exchange(self.requests, request, answer, ticket, self.headers(request, answer))

    def answer(self, request, number):
        self.routes.ignore_filters = ignored = self.faults.early(request, number)
        answer = self.routes.answer(request)
        answer.number = number
        if ignored:
            answer.fault = "ignore_filter"
        last = answer.page is not None and not answer.page.more
        answer = self.faults.strike(Context(self, request, answer), last)
        if answer.page is not None and answer.page.more and number is not None:
            self.walks.give(request, answer.page.next, number)
        return answer

    def headers(self, request, answer):
        found = {"Date": times.http_date(self.clock.now()), **self.dialect.headers}
        found["Content-Type"] = self.dialect.content_type(answer.content_type)
        found.update(answer.headers)
        if answer.link is not None:
            link = answer.link
        else:
            link = self.dialect.link(request, answer.page) if answer.page else ""
        if link:
            found["link" if self.dialect.name == "glitchtip" else "Link"] = link
        found.update(self.spec.get("headers", {}))
        return found

    def release(self, exchange):
        """The answer ends: the limiter's place is free again."""
        if exchange.ended is None:
            exchange.ended = time.time()
            self.limiter.finish(exchange.ticket)

    def end(self, exchange, sent):
        """The bytes are out, and the log says so."""
        if exchange.ticket is None:
            return
        self.release(exchange)
        answer = exchange.answer
        self.write({"n": exchange.number, "done": True, "ended": exchange.ended, "status": answer.status, "rows": answer.rows, "bytes": sent})

    # The log
    def entry(self, exchange, connection, via):
        request, answer = exchange.request, exchange.answer
        return {
            "n": exchange.number,
            "time": time.time(),
            "server_time": self.clock.now() / times.SECOND,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "endpoint": find(request.path)[0],
            "authorization": request.token in self.callers,
            "bucket": "/".join(exchange.ticket.key) if exchange.ticket.key else None,
            "headers": {name: request.headers[name] for name in LOGGED if name in request.headers},
            "connection": connection,
            "protocol": request.protocol,
            "via": via,
            "page": answer.number,
            "fault": answer.fault,
            "status": answer.status,
            "rows": answer.rows,
        }

    def write(self, entry):
        with open(self.log, "ab") as log:  # not kept open: there are thousands of scenarios in one run
            log.write(json.dumps(entry).encode() + b"\n")

    # What the server holds
    def held(self, kind):
        """The rows of a list that a client can read."""
        rows = [row for table in self.store.of_kind(kind) for row in table.real()]
        return [row for row in rows if not row.state.get("unreadable")]

    def raw_truth(self):
        """All records held now, by list, each as the bytes that are served."""
        with self.lock:
            self.refresh()
            parts = []
            for kind in HELD:
                texts = [self.records.text(row) for row in self.held(kind)]
                parts.append(json.dumps(kind).encode() + b":[" + b",".join(texts) + b"]")
            return b"{" + b",".join(parts) + b"}"

    def described(self, row, text):
        return {**self.records.describe(row), "text": text.decode("utf-8", "replace")}

    def truth(self):
        """All records held now, by list, each as its key, cursor and text."""
        with self.lock:
            self.refresh()
            rows, told = {kind: self.held(kind) for kind in HELD}, {}
            if "lists" in self.spec.get("data", {}):
                rows |= self.lists.held()
                told = self.routes.told(f"http://127.0.0.1:{self.ports['http']}/{self.name}")
            made = {kind: [self.described(row, self.records.text(row)) for row in held] for kind, held in rows.items()}
            return made | {kind: [{"text": text.decode()} for text in texts] for kind, texts in told.items()}

    def history(self):
        """Every version of every record that was ever visible, with when it came and went."""
        with self.lock:
            self.refresh()
            spans = [span for span in self.store.history() if not span.row.state.get("unreadable")]
            return [self.described_span(span) for span in spans]

    def cells(self):
        """What stats_v2 and sessions count: see grids.py."""
        with self.lock:
            self.refresh()
            return self.routes.held_cells()

    def described_span(self, span):
        row = span.row
        made = {"list": row.kind, "project": row.project, "key": row.key, "cursor": span.cursor}
        made |= {"listed": times.iso(span.order, 6), "since": span.since, "since_time": span.since_time / times.SECOND}
        made |= {"why": span.why, "until": span.until, "end": span.end}
        made["until_time"] = None if span.until_time is None else span.until_time / times.SECOND
        made["text"] = (span.text or self.records.text(row)).decode("utf-8", "replace")
        return made
