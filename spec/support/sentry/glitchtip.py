"""GlitchTip as of 2025-12."""

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import paging
from answer import Refusal, detail, document, page_of_html, reason
from dialects import MAX_HITS, Sentry


def by_name_of(row):
    return row.state["name"]


class GlitchTip(Sentry):
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
    releases_have_id = False
    releases_have_status = False
    has_regions = False
    all_at_once = False
    unknown_endpoints = ("sessions", "explore", "org_issues", "organizations", "issue_events")
    own_lists = ()
    all_sign = None
    takes_project = False
    headers = {"Server": "nginx/1.22.1", "vary": "Accept-Language, origin", "content-language": "en"}
    headers = {**headers, "x-frame-options": "DENY", "x-content-type-options": "nosniff"}

    def store_time(self, kind, micros):
        return micros

    def order_of(self, kind, row):
        return row.received if kind == "events" else row.stamp

    def size_name(self, endpoint):
        return "limit"

    def wanted_size(self, endpoint, query, cap):
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

    def link(self, request, page):
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
