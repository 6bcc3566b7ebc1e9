"""What differs between the servers: orders, page sizes, cursors, Link headers, errors, times.

Hosted Sentry, which the others differ from, and 9.1.2; GlitchTip and 23.7.1 have files of their own."""

from urllib.parse import parse_qsl, urlencode

import lists
import paging
import times
import versions
from answer import Answer, Refusal, detail, document, reason
from records import Records

MAX_HITS = 1000
MISSING = "The requested resource does not exist"
ALLOW = {"Allow": "GET, HEAD, OPTIONS"}


def refuse(text, status):
    raise Refusal(detail(text, status))


def by_time_of(row):
    return row.order


def by_slug_of(row):
    return row.project


class Sentry:
    """Hosted Sentry as of 2026."""

    name = "sentry"
    separators = (",", ":")
    ascii_only = False
    digits = {"events": 0}
    default_digits = 6
    max_page = 100
    default_page = 100
    hits = ("issues", "org_issues")
    pagers = dict.fromkeys(("events", "issue_events", "hashes"), paging.by_offset)
    pagers |= {"issues": paging.by_score, "org_issues": paging.by_score, "explore": paging.by_place}
    pagers |= lists.PAGERS
    default_pager = staticmethod(paging.by_number)
    sorted_lists = {"org_projects": by_slug_of, "projects": by_slug_of}
    default_query = "is:unresolved"
    unknown_endpoints = ()
    datasets = ("errors", "spans", "logs", "tracemetrics", "profile_functions", "uptime_results")  # of Explore
    windows = True
    both_forms = True  # events have a short and a full form
    full_page = None  # rows of a page of full bodies at most, whatever is asked for
    limits = {}  # unless the scenario says so: see limits.py
    deprecations = {}  # unless the scenario says so: see deprecations.py
    issue_days = None  # an organization's issues without dates are those seen in so many days
    retention_days = None  # unless the scenario says so
    linked = False  # issues' times and counts are those of their events
    stats_follow_period = True  # an empty statsPeriod leaves the issues' stats out
    releases_have_id = True
    releases_have_status = True  # the list takes one, and is of the open ones where it is not asked for any
    all_at_once = True  # org_projects takes all_projects=1
    records = Records  # what makes the records' texts
    version = staticmethod(versions.dated)
    scopes = None  # by endpoint, those of which one suffices; None: every known token may ask for everything
    index_tells_scopes = False
    has_teams = False  # unless the scenario's data says so: projects belong to teams, and lists to callers' projects
    archived = 0  # unless data says so: every so many releases is archived; 0 for none
    unstable_ties = False  # unless the scenario says so
    # Without project=, they hold only what is the caller's teams'.
    own_lists = ("releases", "org_issues", "projects", "stats", "sessions", *lists.TEAMED)
    all_sign = -1  # as project=: all; None where a server does not know it
    takes_project = True
    heeds_project = False  # also where projects belong to no teams
    has_regions = True
    refusal_uncounted = False  # a 429 does not say how many requests more may be under way
    headers = {"Content-Language": "en", "Vary": "Accept-Language, Cookie", "X-Frame-Options": "deny", **ALLOW}

    # Times
    def stamp(self, row, micros=None):
        """The text of a record's time, as precise as this server writes it."""
        return times.iso(row.stamp if micros is None else micros, self.digits.get(row.kind, self.default_digits))

    def cursor_text(self, row):
        """The value of a record's cursor field."""
        return self.stamp(row)

    def store_time(self, kind, micros):
        """The precision at which this server keeps the times of a list."""
        return micros - micros % times.SECOND if kind == "events" else micros

    def order_of(self, kind, row):
        """The time by which a row is listed, before any disorder."""
        return row.stamp

    # Pages
    def size_name(self, endpoint):
        return "limit" if endpoint in ("issues", "org_issues") else "per_page"

    def is_full(self, endpoint, query):
        """Whether the rows of a page carry whole events: hashes do unless they are asked not to."""
        if endpoint == "hashes":
            return query.get("full") not in ("0", "false")
        return endpoint in ("events", "issue_events") and query.get("full") in ("1", "true")

    def size(self, endpoint, query, cap, full_page=None):
        """The rows to give a page. `cap` is the scenario's own limit, None without one; that of full pages is silent."""
        size = self.wanted_size(endpoint, query, cap)
        return min(size, full_page) if full_page and self.is_full(endpoint, query) else size

    def wanted_size(self, endpoint, query, cap):
        text = query.get(self.size_name(endpoint))
        if text is None:
            return min(cap or self.default_page, self.default_page)
        size = self.checked_size(endpoint, text)
        return min(size, cap or size)

    def checked_size(self, endpoint, text):
        try:
            size = int(text)
        except ValueError:
            refuse("invalid limit" if self.size_name(endpoint) == "limit" else "Invalid per_page parameter.", 400)
        if self.size_name(endpoint) == "limit":
            return min(max(size, 0), self.max_page)
        if not 1 <= size <= self.max_page:
            refuse("Invalid per_page value. Must be between 1 and 100.", 400)
        return size

    def parse_cursor(self, text):
        return paging.parse_colons(text)

    def bad_cursor(self):
        return detail("Invalid cursor parameter.", 400)

    def page(self, listing, query, size, unstable):
        """The page of a listing that a request asks for."""
        pager = self.pagers.get(listing.endpoint, self.default_pager)
        more = {}
        if pager is not paging.by_offset:
            more["key"] = listing.order or by_time_of
        if pager in paging.DATABASE:
            more["unstable"] = unstable
        try:
            return pager(listing.rows, self.parse_cursor(query.get("cursor")), size, **more)
        except paging.BadCursor:
            raise Refusal(self.bad_cursor()) from None

    def link(self, request, page):
        """The Link header: two links always, their host the request's."""
        pairs = [(name, value) for name, value in parse_qsl(request.raw_query, True) if name != "cursor"]
        base = request.origin + request.raw_path + "?" + urlencode(pairs)
        parts = []
        for name, cursor, results in (("previous", page.previous, page.before), ("next", page.next, page.more)):
            results = "true" if results else "false"
            parts.append(f'<{base}&cursor={cursor}>; rel="{name}"; results="{results}"; cursor="{cursor}"')
        return ", ".join(parts)

    def hit_headers(self, endpoint, count):
        if endpoint not in self.hits:
            return {}
        return {"X-Hits": str(min(count, MAX_HITS)), "X-Max-Hits": str(MAX_HITS)}

    # Errors
    def reason(self, status):
        return reason(status)

    def content_type(self, kind):
        return kind

    def limited(self, text):
        return detail(text, 429)

    def broken(self):
        return document({"detail": "Internal Error", "errorId": "e1561042a9264b3c84671dd1cbfc49bd"}, 500)

    def unauthorized(self, token):
        answer = detail("Invalid token" if token else "Authentication credentials were not provided.", 401)
        answer.headers["WWW-Authenticate"] = 'xBasic realm="api"'
        return answer

    def forbidden(self):
        return detail("You do not have permission to perform this action.", 403)

    def missing(self):
        return detail(MISSING, 404)

    def unknown_list(self):
        """A list of a project or organization that is not there."""
        raise Refusal(self.missing())

    def no_route(self):
        return Answer(404, b"", "text/html; charset=utf-8")

    def no_slash(self, request):
        target = request.raw_path + "/" + ("?" + request.raw_query if request.raw_query else "")
        return Answer(301, b"", "text/html; charset=utf-8", {"Location": target})

    def bad_date(self, value):
        example = "Expected +/-duration (e.g. +1h) or ISO 8601-like (e.g. 2026-11-23T18:00:00)."
        return detail(f"Error parsing search query: Invalid date: {value}. {example}", 400)

    def valid_date(self, value):
        return True


class Sentry9(Sentry):
    """Sentry 9.1.2, self-hosted."""

    name = "sentry9"
    separators = (", ", ": ")
    ascii_only = True
    digits = {}
    default_digits = 3
    pagers = {"org_projects": paging.by_number, "releases": paging.by_number, **lists.PAGERS}
    default_pager = staticmethod(paging.by_time)
    sorted_lists = {"org_projects": by_slug_of}
    windows = False
    unknown_endpoints = ("stats", "sessions", "explore", "organizations")
    both_forms = False
    releases_have_id = False
    releases_have_status = False
    has_regions = False
    all_at_once = False
    own_lists = ("org_issues", "projects")
    all_sign = None
    headers = {"Server": "nginx/1.22.1", "X-XSS-Protection": "1; mode=block", "X-Content-Type-Options": "nosniff"}
    headers = {**Sentry.headers, **headers}

    def store_time(self, kind, micros):
        return micros

    def order_of(self, kind, row):
        return row.state.get("released") or row.stamp

    def checked_size(self, endpoint, text):
        try:
            size = int(text)
        except ValueError:
            if self.size_name(endpoint) == "limit":
                refuse("invalid limit", 400)
            raise Refusal(self.broken()) from None
        if self.size_name(endpoint) == "limit":
            size = min(size, self.max_page)
        if not 0 <= size <= self.max_page:
            raise Refusal(self.broken())
        return size

    def bad_cursor(self):
        return self.broken()

    def reason(self, status):
        return reason(status).upper()

    def no_slash(self, request):
        return self.no_route()

    def bad_date(self, value):
        return detail(f"Your search query could not be parsed: {value} is not a valid datetime query", 400)

    def valid_date(self, value):
        return "+" not in value
