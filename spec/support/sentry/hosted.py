"""sentry.io as it is since September 2026: full pages of ten, limits for each caller, endpoints that are to go."""

import paging
from deprecations import OF_ORGANIZATION
from dialects import Sentry

DEFAULT = {"limit": 40, "window": 1, "concurrent": 25}  # one bucket for all that have no numbers of their own
LIMITS = {
    "default": DEFAULT,
    "events": {**DEFAULT, "limit": 60, "window": 60, "concurrent": 1, "organization": {"concurrent": 2}},
    "issues": {**DEFAULT, "limit": 5},
    "org_issues": {**DEFAULT, "limit": 10, "organization": {"limit": 20}},
    "releases": {**DEFAULT},
    "stats": {**DEFAULT, "limit": 20},
}


class Hosted(Sentry):
    name = "hosted"
    full_page = 10
    pagers = {**Sentry.pagers, "org_issues": paging.by_second}
    limits = LIMITS
    deprecations = {"projects": {}, "issues_alone": {"replacement": OF_ORGANIZATION + "issues/:issue_id/"}}
    issue_days = 90
    linked = True
    heeds_project = True
