"""What differs between the three servers: orders, page sizes, cursors, Link headers, errors, times."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import paging
import times
from answer import Answer, Refusal, detail, document, page_of_html, reason

MAX_HITS = 1000
MISSING = "The requested resource does not exist"
ALLOW = {"Allow": "GET, HEAD, OPTIONS"}


def refuse(text, status):
    raise Refusal(detail(text, status))


def by_time_of(row):
    return row.order


def by_name_of(row):
    return row.state["name"]


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
    hits = ("issues",)
    pagers = {"events": paging.by_offset, "issues": paging.by_score, "hashes": paging.by_offset}
    default_pager = staticmethod(paging.by_number)
    sorted_lists = {"org_projects": by_slug_of, "projects": by_slug_of}
    default_query = "is:unresolved"
    unknown_endpoints = ()
    windows = True
    both_forms = True  # events have a short and a full form
    stats_follow_period = True  # an empty statsPeriod leaves the issues' stats out
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
        return "limit" if endpoint == "issues" else "per_page"

    def size(self, endpoint, query, cap, cap_full):
        """The rows to give a page. `cap` is the scenario's own limit, None without one."""
        text = query.get(self.size_name(endpoint))
        if text is None:
            return min(cap or self.default_page, self.default_page)
        size = self.checked_size(endpoint, text)
        if cap and size > cap:
            if cap_full:
                refuse(f"Invalid {self.size_name(endpoint)} value. Must be between 1 and {cap}.", 400)
            size = cap
        return size

    def checked_size(self, endpoint, text):
        try:
            size = int(text)
        except ValueError:
            refuse("invalid limit" if endpoint == "issues" else "Invalid per_page parameter.", 400)
        if endpoint == "issues":
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
        if pager in (paging.by_score, paging.by_time, paging.by_position):
            more["key"] = self.sorted_lists.get(listing.endpoint, by_time_of)
        if pager is paging.by_time:
            more["unstable"] = unstable
        try:
            return pager(listing.rows, self.parse_cursor(query.get("cursor")), size, **more)
        except paging.BadCursor:
            raise Refusal(self.bad_cursor()) from None

    def link(self, request, page, url_prefix):
        """The Link header: two links always, their host the request's or the server's setting."""
        pairs = [(name, value) for name, value in parse_qsl(request.raw_query, True) if name != "cursor"]
        base = (url_prefix or request.origin) + request.raw_path + "?" + urlencode(pairs)
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
    pagers = {"org_projects": paging.by_number, "releases": paging.by_number}
    default_pager = staticmethod(paging.by_time)
    sorted_lists = {"org_projects": by_slug_of}
    windows = False
    unknown_endpoints = ("stats",)
    both_forms = False
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
            if endpoint == "issues":
                refuse("invalid limit", 400)
            raise Refusal(self.broken()) from None
        if endpoint == "issues":
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


class GlitchTip(Sentry):
    """GlitchTip as of 2025-12."""

    name = "glitchtip"
    separators = (", ", ": ")
    ascii_only = True
    digits = {}
    default_digits = 3
    default_page = 50
    pagers = {}
    default_pager = staticmethod(paging.by_position)
    sorted_lists = {"org_projects": by_name_of, "projects": by_name_of}
    default_query = ""
    windows = False
    both_forms = False
    stats_follow_period = False
    headers = {"Server": "nginx/1.22.1", "vary": "Accept-Language, origin", "content-language": "en"}
    headers = {**headers, "x-frame-options": "DENY", "x-content-type-options": "nosniff"}

    def store_time(self, kind, micros):
        return micros

    def order_of(self, kind, row):
        return row.received if kind == "events" else row.stamp

    def size_name(self, endpoint):
        return "limit"

    def size(self, endpoint, query, cap, cap_full):
        try:
            size = int(query.get("limit", 0)) or self.default_page
        except ValueError:
            message = "Input should be a valid integer, unable to parse string as an integer"
            raise Refusal(self.unprocessable("int_parsing", "limit", message, None)) from None
        return min(max(size, 0), self.max_page, cap or self.max_page)

    def unprocessable(self, kind, where, message, context):
        problem = {"type": kind, "loc": ["query", where], "msg": message}
        if context:
            problem["ctx"] = context
        return document({"detail": [problem]}, 422)

    def parse_cursor(self, text):
        return paging.parse_base64(text)

    def bad_cursor(self):
        message = "Invalid cursor."
        return self.unprocessable("value_error", "cursor", f"Value error, {message}", {"error": message})

    def link(self, request, page, url_prefix):
        """Both links in the printed form of a Python set; always http://; no cursor where results is false."""
        base = f"http://{request.host}{request.target}"
        parts = []
        for name, cursor, results in (("previous", page.previous, page.before), ("next", page.next, page.more)):
            if results and cursor is not None:
                url = self.with_cursor(base, cursor)
                parts.append(f'<{url}>; rel="{name}"; results="true"; cursor="{cursor}"')
            else:
                parts.append(f'<{base}>; rel="{name}"; results="false"')
        return "{'" + ", ".join(parts) + "'}"

    def with_cursor(self, url, cursor):
        scheme, host, path, query, _ = urlsplit(url)
        pairs = {**parse_qs(query, keep_blank_values=True), "cursor": [cursor]}
        return urlunsplit((scheme, host, path, urlencode(sorted(pairs.items()), doseq=True), ""))

    def hit_headers(self, endpoint, count):
        return {"x-max-hits": str(MAX_HITS), "x-hits": str(min(count, MAX_HITS))}

    def reason(self, status):
        return reason(status)

    def content_type(self, kind):
        return kind + "; charset=utf-8" if kind == "application/json" else kind

    def unauthorized(self, token):
        return detail("Unauthorized", 401)

    def forbidden(self):
        return detail("Permission denied", 403)

    def missing(self):
        return detail("Not Found", 404)

    def unknown_list(self):
        return []

    def no_route(self):
        return page_of_html("GlitchTip")

    def no_slash(self, request):
        return page_of_html("GlitchTip")


DIALECTS = {dialect.name: dialect for dialect in (Sentry, Sentry9, GlitchTip)}
