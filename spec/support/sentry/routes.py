"""The endpoints: from a path to an answer, with the checks in the order in which the real servers make them."""

import re

import lists
import search
import window
from answer import Answer, Refusal, detail
from documents import Documents
from explore import Explore
from grids import Grids
from groups import occurrences
from listed import Listed
from listing import Listing
from visibility import Visibility

SLUG = r"([^/]+)"
PATTERNS = [
    ("index", r"/api/0/"),
    ("organizations", r"/api/0/organizations/"),
    ("organization", rf"/api/0/organizations/{SLUG}/"),
    ("org_projects", rf"/api/0/organizations/{SLUG}/projects/"),
    ("projects", r"/api/0/projects/"),
    ("project", rf"/api/0/projects/{SLUG}/{SLUG}/"),
    ("events", rf"/api/0/projects/{SLUG}/{SLUG}/events/"),
    ("issues", rf"/api/0/projects/{SLUG}/{SLUG}/issues/"),
    ("org_issues", rf"/api/0/organizations/{SLUG}/issues/"),
    ("releases", rf"/api/0/organizations/{SLUG}/releases/"),
    ("issue_events", rf"/api/0/organizations/{SLUG}/issues/{SLUG}/events/"),
    ("issue_events", rf"/api/0/issues/{SLUG}/events/"),
    ("hashes", rf"/api/0/organizations/{SLUG}/issues/{SLUG}/hashes/"),
    ("hashes", rf"/api/0/issues/{SLUG}/hashes/"),
    ("stats", rf"/api/0/organizations/{SLUG}/stats_v2/"),
    ("explore", rf"/api/0/organizations/{SLUG}/events/"),
    ("sessions", rf"/api/0/organizations/{SLUG}/sessions/"),
    ("teams", rf"/api/0/organizations/{SLUG}/teams/"),
    *lists.PATTERNS,
]
ROUTES = [(endpoint, re.compile(pattern)) for endpoint, pattern in PATTERNS]
KINDS = {"org_projects": "projects", "projects": "projects", "events": "events", "issues": "issues"}
KINDS |= {"releases": "releases", "org_issues": "issues", "issue_events": "events"}
KINDS |= {name: name for name in lists.LISTS}
PLACELESS = ("index", "organizations", "projects")  # name no organization
STATUSES = ("", "open", "archived")
MANY = "You do not have the multi project stream feature enabled"
ORGANIZATION = "acme"
FOREIGN = "other"  # exists, but the token is not for it
SORTS = "'last_seen', 'first_seen', 'count', 'priority', '-last_seen', '-first_seen', '-count' or '-priority'"


def find(path):
    """The endpoint of a path and what its parts are; (None, ()) where there is none."""
    for endpoint, pattern in ROUTES:
        found = pattern.fullmatch(path)
        if found:
            return endpoint, found.groups()
    return None, ()


def list_of(request):
    """The kind and project of the records that a request lists, or (None, "")."""
    endpoint, parts = find(request.path)
    kind = lists.EXPLORED.get(request.query.get("dataset")) if endpoint == "explore" else KINDS.get(endpoint)
    if endpoint in lists.LISTS:
        return kind, parts[1] if len(parts) > 1 else ""
    return kind, parts[1] if endpoint in ("events", "issues") else ""


class Routes(Documents, Explore, Grids, Listed):
    """Answers requests from a scenario's store, in its dialect."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.dialect = scenario.dialect
        self.ignore_filters = False
        self.visibility = Visibility(scenario)
        self.grouped = {}  # events by issue: see rows_of_issue

    def answer(self, request):
        try:
            return self.checked(request)
        except Refusal as refusal:
            return refusal.answer

    def checked(self, request):
        if request.method not in ("GET", "HEAD"):
            return detail(f'Method "{request.method}" not allowed.', 405)
        endpoint, parts = find(request.path)
        if endpoint is None or not self.knows(endpoint):
            return self.unrouted(request)
        if endpoint == "index":
            return self.index(request)
        self.identify(request)
        if not request.caller.may_ask(endpoint, self.scopes(endpoint)):
            return self.dialect.forbidden()
        if endpoint not in PLACELESS and not request.path.startswith("/api/0/issues/"):
            if parts[0] == FOREIGN:
                return self.dialect.forbidden()
            if parts[0] != ORGANIZATION:
                return self.unknown(request, endpoint)
            if request.caller.kind == "outsider":
                return self.dialect.forbidden()
        if endpoint in lists.LISTS:
            return self.listed(request, endpoint, *parts)
        return getattr(self, endpoint)(request, *parts)

    def knows(self, endpoint):
        if endpoint in lists.LISTS:
            return self.dialect.name not in lists.LISTS[endpoint].lacks
        return endpoint not in self.dialect.unknown_endpoints

    def identify(self, request):
        request.caller = self.scenario.callers.get(request.token)
        if request.caller is None:
            raise Refusal(self.dialect.unauthorized(request.token))

    def scopes(self, endpoint):
        return None if self.dialect.scopes is None else self.dialect.scopes[endpoint]

    def unrouted(self, request):
        slashed = find(request.path + "/")[0]
        return self.dialect.no_slash(request) if slashed else self.dialect.no_route()

    def unknown(self, request, endpoint):
        """A project or organization that is not there."""
        if endpoint not in KINDS:
            return self.dialect.missing()
        return self.list(request, Listing(endpoint, KINDS[endpoint], "", self.dialect.unknown_list()))

    # Lists
    def org_projects(self, request, organization):
        """Every project of the organization, whoever asks; those that the caller has marked come first."""
        marked = request.caller.bookmarks
        order = self.dialect.sorted_lists.get("org_projects")
        listing = self.sorted("org_projects", self.scenario.store.table("projects").rows, order, "org")
        listing.rows = sorted(listing.rows, key=lambda row: row.project not in marked)
        if self.dialect.all_at_once and request.query.get("all_projects") == "1":
            return self.rendered(listing, listing.rows, request.caller)
        return self.list(request, listing)

    def projects(self, request):
        """The projects of the caller's teams; for an integration, those too that are being deleted."""
        visible = {row.project for row in self.visibility.listed(request.caller, "projects")}
        rows = [row for row in self.scenario.store.table("projects").rows if row.ghost or row.project in visible]
        deleting = self.scenario.store.table("deleting")
        if deleting and request.caller.kind == "integration":
            rows = sorted(rows + deleting.rows, key=lambda row: row.sort)
        return self.list(request, self.sorted("projects", rows, self.dialect.sorted_lists.get("projects"), "full"))

    def sorted(self, endpoint, rows, order, form):
        return Listing(endpoint, "projects", "", sorted(rows, key=order) if order else rows, form, order)

    def releases(self, request, organization):
        rows = self.scenario.store.table("releases").rows
        chosen = self.visibility.chosen(request, "releases")
        if chosen is not None:
            rows = [row for row in rows if row.ghost or not chosen.isdisjoint(row.state["projects"])]
        if self.dialect.releases_have_status:
            rows = self.of_status(rows, request.query.get("status", "open"))
        if self.scenario.teams:
            rows = window.within(rows, request.query, self.scenario.clock.now())
        return self.list(request, Listing("releases", "releases", "", rows))

    def of_status(self, rows, status):
        if status not in STATUSES:
            raise Refusal(detail("invalid value for status", 400))
        return [row for row in rows if status in ("", row.state.get("status"))]

    def check_project(self, request, slug):
        """A project of other teams, where membership is closed, is none of the caller's business."""
        rows = [row for row in self.visibility.rows() if row.project == slug]
        if rows and not self.visibility.may_see(request.caller, rows[0]):
            raise Refusal(self.dialect.forbidden())

    def events(self, request, organization, project):
        table = self.scenario.store.table("events", project)
        if table is None:
            return self.unknown(request, "events")
        self.check_project(request, project)
        rows, form = table.rows, "full"
        if self.dialect.both_forms:
            form = "full" if request.query.get("full") in ("1", "true") else "simple"
        if self.dialect.windows and not self.ignore_filters:
            rows = window.within(rows, request.query, self.scenario.clock.now())
        return self.list(request, Listing("events", "events", project, rows, form))

    def issue_events(self, request, *parts):
        """Those of one issue, in the forms and the order of the project's list; of 90 days unless dates are given."""
        issue = self.issue(request, parts[-1])
        if issue is None:
            return self.dialect.missing()
        form = "full" if self.dialect.is_full("issue_events", request.query) else "simple"
        events = self.scenario.store.table("events", issue.project)
        rows = occurrences(events, issue) if "category" in issue.state else self.rows_of_issue(events, issue.key)
        if self.dialect.windows and not self.ignore_filters:
            rows = window.within(rows, request.query, self.scenario.clock.now(), self.scenario.horizon(90))
        form = form if self.dialect.both_forms else "full"
        return self.list(request, Listing("issue_events", "events", issue.project, rows, form))

    def rows_of_issue(self, table, key):
        """Sorted by issue once, until the table changes: a large one is not gone through for each request."""
        changes, groups = self.grouped.get(table.project, (None, {}))
        if changes != table.changes:
            groups = {}
            for row in table.rows:
                groups.setdefault("" if row.ghost else self.scenario.records.group(row), []).append(row)
            self.grouped[table.project] = (table.changes, groups)
        rows, ghosts = groups.get(key, []), groups.get("", [])
        return sorted(rows + ghosts, key=lambda row: row.sort) if ghosts else rows

    def issue(self, request, key):
        """The issue's row, where the caller may see its project."""
        for table in self.scenario.store.of_kind("issues"):
            for row in table.real():
                if row.key == key:
                    self.check_project(request, table.project)
                    return row

    def issues(self, request, organization, project):
        table = self.scenario.store.table("issues", project)
        if table is None:
            return self.unknown(request, "issues")
        self.check_project(request, project)
        self.check_issue_parameters(request.query)
        statless = self.dialect.stats_follow_period and request.query.get("statsPeriod") == ""
        rows = window.kept(self.searched(request, table.rows), self.scenario.horizon(), self.scenario.retention_days)
        return self.list(request, Listing("issues", "issues", project, rows, "statless" if statless else "full"))

    def org_issues(self, request, organization):
        """Those of several projects; without the feature that shows several at once, of one alone."""
        chosen = None if self.ignore_filters else self.visibility.chosen(request, "org_issues")
        tables = [one for one in self.scenario.store.of_kind("issues") if chosen is None or one.project in chosen]
        if not self.scenario.global_views and len(tables) > 1:
            raise Refusal(detail(MANY, 400))
        rows = sorted((row for table in tables for row in table.rows), key=lambda row: row.sort)
        rows, now, since = self.searched(request, rows), self.scenario.clock.now(), None
        rows = window.kept(rows, self.scenario.horizon(), self.scenario.retention_days)
        if self.dialect.issue_days and not self.ignore_filters:
            earliest = self.scenario.horizon(self.dialect.issue_days)
            rows = window.within(rows, request.query, now, earliest)
            since = window.since(request.query, now, earliest, self.scenario.horizon(self.scenario.retention_days))
        return self.list(request, Listing("org_issues", "issues", "", rows, "org", since=since))

    def searched(self, request, rows):
        if self.ignore_filters:
            return rows
        query = request.query.get("query", self.dialect.default_query)
        return search.filtered(self.dialect, rows, query, self.scenario.records.title)

    def check_issue_parameters(self, query):
        if self.dialect.name == "glitchtip":
            if query.get("sort", "last_seen") not in re.findall(r"'(.*?)'", SORTS):
                message, expected = f"Input should be {SORTS}", {"expected": SORTS}
                raise Refusal(self.dialect.unprocessable("literal_error", "sort", message, expected))
        elif query.get("statsPeriod", "") not in ("", "24h", "14d"):
            raise Refusal(detail("Invalid stats_period. Valid choices are '', '24h', and '14d'", 400))

    def list(self, request, listing):
        """The answer for one page of a list."""
        scenario, dialect = self.scenario, self.dialect
        size = dialect.size(listing.endpoint, request.query, scenario.page_cap(listing.endpoint), scenario.full_page)
        page = dialect.page(listing, request.query, size, scenario.unstable_ties)
        answer = self.rendered(listing, page.rows, request.caller)
        answer.page = page
        answer.headers.update(dialect.hit_headers(listing.endpoint, len(listing.rows)))
        return answer

    def rendered(self, listing, rows, caller):
        records = self.scenario.records
        texts = [records.text(row, listing.form, caller, listing.since) for row in rows if not row.ghost]
        return Answer(texts=texts, separator=self.scenario.separator(listing.kind), listing=listing)
