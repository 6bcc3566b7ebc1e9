"""Sentry 23.7.1, self-hosted: what spec/fixtures/sentry-23.7.1 shows where it differs from the hosted one."""

import json

import lists
import paging
import times
import versions
from answer import Answer, Refusal
from dialects import Sentry, by_slug_of, refuse
from forms import Forms

ORGANIZATION = frozenset(("org:read", "org:write"))
PROJECT = frozenset(("project:read",))
EVENT = frozenset(("event:read",))
RELEASES = frozenset(("project:read", "project:releases"))
OF_ORGANIZATION = ("organizations", "organization", "org_projects", "teams", "stats", "sessions", "explore")
SCOPES = dict.fromkeys(OF_ORGANIZATION, ORGANIZATION)
SCOPES |= dict.fromkeys(("projects", "project", "events"), PROJECT)
SCOPES |= dict.fromkeys(("issues", "org_issues", "issue_events", "hashes"), EVENT)
SCOPES["releases"] = RELEASES
SCOPES |= lists.SCOPES
ACCESS = "X-Sentry-Auth, X-Requested-With, Origin, Accept, Content-Type, Authentication, Authorization"
METHODS = "GET, HEAD, OPTIONS"


class Sentry23(Sentry):
    name = "sentry-23.7.1"
    digits = {}
    sorted_lists = {"org_projects": by_slug_of}
    pagers = {**Sentry.pagers, "projects": paging.by_time, "organizations": paging.by_time}
    pagers |= {"issues": paging.by_time_then_second, "org_issues": paging.by_second}
    datasets = ("discover", "metricsEnhanced", "metrics", "profiles", "issuePlatform", "profileFunctions", "spansIndexed")
    datasets += ("spansMetrics",)
    records = Forms
    scopes = SCOPES
    has_teams = True
    issue_days = retention_days = 90
    archived = 10  # every tenth release
    unstable_ties = True
    index_tells_scopes = True
    refusal_uncounted = True
    version = staticmethod(versions.of_many_kinds)
    headers = {
        "Server": "nginx/1.22.1",
        "Allow": METHODS,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": ACCESS + ", Content-Encoding, sentry-trace, baggage, X-CSRFToken",
        "Access-Control-Expose-Headers": "X-Sentry-Error, Retry-After",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept-Language, Cookie",
        "Content-Language": "en",
        "X-Frame-Options": "deny",
        "X-Content-Type-Options": "nosniff",
        "X-XSS-Protection": "1; mode=block",
    }

    def stamp(self, row, micros=None):
        """Whole seconds are written without a fraction."""
        moment = row.stamp if micros is None else micros
        return times.iso(moment, 6 if moment % times.SECOND else 0)

    def checked_size(self, endpoint, text):
        if endpoint in ("issues", "org_issues"):
            return super().checked_size(endpoint, text)
        try:
            size = int(text)
        except ValueError:
            refuse("Invalid per_page parameter.", 400)
        if size > self.max_page:
            refuse(f"Invalid per_page value. Cannot exceed {self.max_page}.", 400)
        if size < (1 if endpoint in ("events", "issue_events", "hashes") else 0):
            raise Refusal(self.broken())
        return size

    def limited(self, text):
        """A JSON text under the type of a page, without Retry-After."""
        return Answer(429, json.dumps(text).encode(), "text/html; charset=utf-8")
