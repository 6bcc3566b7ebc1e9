"""The lists beside the first five streams': where each is, how it is cut into pages, whom it is for, and what its rows are.

A list is a row of LISTS, and its records are those of a real server's answer (spec/fixtures/sentry-23.7.1/lists) with an identity
of their own. list_rows.py makes them, listed.py answers for them."""

from dataclasses import dataclass
from typing import Callable

import paging
import times

OLD = ("sentry9", "glitchtip")  # what they have of these was never recorded, but for some of 9.1.2
GLITCHTIP = ("glitchtip",)
FOLDERS = {"sentry9": "sentry-9.1.2/lists"}  # of what was recorded there
BEFORE_2025 = (*OLD, "sentry-23.7.1")
ORGANIZATION = ("org:read", "org:write")
PROJECT = ("project:read",)
EVENT = ("event:read",)
OF_FIRST = {"issues": lambda row: row.key, "releases": lambda row: row.state["version"]}  # what names these in paths


@dataclass(frozen=True)
class Made:
    """One row, for what makes its members: `number` among those of its place, `serial` among all of its kind."""

    number: int
    serial: int
    place: str
    hex: str  # 40 digits that no other row has
    stamp: int
    project: str  # of the organization's, in turn

    @property
    def uuid(self):
        return f"{self.hex[:8]}-{self.hex[8:12]}-{self.hex[12:16]}-{self.hex[16:20]}-{self.hex[20:32]}"

    @property
    def time(self):
        return times.iso(self.stamp, 6)


@dataclass(frozen=True)
class Kind:
    """`path` is below /api/0/: {o} is the organization, {p} a project, {x} what `of` is known by."""

    path: str  # with a second {x}, its list hangs on one that hangs on an issue itself
    members: Callable  # of a Made: what differs from row to row
    scopes: tuple = ORGANIZATION
    pager: Callable | None = paging.by_number  # None: one answer, without a Link header
    order: Callable | None = None  # of a Row; None: the newest first
    of: str = ""  # "projects", or the list of which each row has one of these; "": the organization
    known_by: str = "id"  # the member by which the paths of such lists name a row
    key: str = "id"
    form: str = ""  # the recorded answer, where its name is another
    folder: str = "sentry-23.7.1/lists"  # where it is
    spread_days: float = 30  # over which the rows' times lie
    rows: int = 3  # of each place, unless data.lists says otherwise
    single: bool = False  # the answer is one record
    wrap: str = ""  # the member of the answer that holds the rows
    usual_page: int | None = None  # rows where per_page is not said
    shown: Callable | None = None  # of (a Row, the query): whether the server lists it
    teamed: bool = False  # a row is of one project; without project= the caller's teams' alone are listed
    days: int | None = None  # without dates, only rows of so many days; start and end are heeded
    touched: str = "name"  # the member that a change of the row changes
    ages: bool = False  # rows leave the list at its end alone, when they are old
    grain: int = 0  # seconds: times are multiples of so many, so that some are the same
    dataset: str = ""  # of Explore, whose path is the same for all: see explore.py
    lacks: tuple = OLD


def by_serial(row):
    return row.serial


def by_serial_down(row):
    return -row.serial


def by(member):
    return lambda row: row.state["record"][member]


def visible(row, query):
    return query.get("visibility") == "all" or row.number % 5 != 4


def of_status(row, query):
    return query.get("status", "active") in ("", row.state["record"]["status"])


def person(made):
    email = f"user{made.serial:04d}@example.com"
    return {"id": str(made.serial), "email": email, "name": f"User {made.serial}"}


def key_members(made):
    public, secret = made.hex[:32], "s" + made.hex[:31]
    dsn = {"secret": f"https://{public}:{secret}@sentry.example/{made.serial}", "public": f"https://{public}@sentry.example/1"}
    return {"id": public, "name": f"Key {made.number}", "public": public, "secret": secret, "dsn": dsn}


def environment(made):
    return {"id": str(20 + made.serial), "name": f"env-{made.number:03d}"}


def hidden_too(made):
    return environment(made) | {"isHidden": made.number % 5 == 4}


def repository(made):
    status = "disabled" if made.number % 3 == 2 else "active"
    return {"id": str(made.serial), "name": f"example/repository-{made.number:03d}", "status": status, "dateCreated": made.time}


def hook(made):
    return {"id": made.hex[:32], "url": f"https://hooks.example/{made.number}", "secret": made.hex, "dateCreated": made.time}


def dated(made):
    return {"id": str(made.serial), "dateCreated": made.time}


def commit(made):
    return {"id": made.hex, "message": f"commit {made.number}", "dateCreated": made.time}


def slugged(made):
    return dated(made) | {"slug": f"team-{made.number}", "name": f"Team {made.number}"}


def user(made):
    return dated(made) | {"tagValue": f"id:user-{made.serial}", "identifier": f"user-{made.serial}", "hash": made.hex[:32]}


def entry(made):
    return dated(made) | {"note": f"entry {made.number}"}


def numbered(made):
    return {"id": str(made.serial), "name": f"example {made.number}"}


def titled(made):
    return {"id": made.place, "title": f"Board {made.place}"}


def monitor(made):
    slug = f"nightly-job-{made.number:02d}"
    return {"id": made.uuid, "slug": slug, "name": f"Job {made.number}", "dateCreated": made.time}


def check_in(made):
    status = "in_progress" if made.number % 9 == 8 else "ok"
    return {"id": made.uuid, "status": status, "dateCreated": made.time, "expectedTime": made.time}


def dashboard(made):
    """The first one is prebuilt: it has a word for an id, and nobody made it at any time."""
    if made.number == 0:
        return {"id": "default-overview", "title": "General", "dateCreated": "", "createdBy": ""}
    return dated(made) | {"title": f"Board {made.number:03d}"}


def prebuilt_first(row):
    return (row.number != 0, row.state["record"]["title"])


def app(made):
    return {"uuid": made.uuid, "slug": f"app-{made.number}", "name": f"App {made.number}", "clientSecret": made.hex}


def installation(made):
    return {"uuid": made.uuid, "code": made.hex[:32], "app": {"uuid": made.uuid, "slug": f"app-{made.number}"}}


def query(made):
    return dated(made) | {"name": f"Query {made.number:03d}", "dateUpdated": made.time}


def owned(made):
    return {"raw": f"path:{made.place}/* user@example.com\n", "dateCreated": made.time, "lastUpdated": made.time}


def filtering(made):
    return {"id": f"filter-{made.number}", "active": ["ie8"] if made.number % 4 == 3 else made.number % 2 == 0}


def updated(made):
    return dated(made) | {"name": f"Number {made.number}", "dateUpdated": made.time}


def of_release(made):
    return {"id": made.serial, "version": f"shop@{made.serial}.0.0", "dateCreated": made.time}


def changed_file(made):
    return {"id": str(made.serial), "filename": f"src/file{made.number % 2}.py"}


def deploy(made):
    return {"id": str(made.serial), "dateFinished": made.time}


def issue(made):
    return {"id": made.place, "lastSeen": made.time}


def event(made):
    return {"id": made.hex[:32], "eventID": made.hex[:32], "groupID": made.place, "dateCreated": made.time}


def of_issue(made):
    return {"id": str(made.serial), "issueId": made.place, "displayName": f"TICKET-{made.serial}"}


def tag(made):
    return {"key": f"tag{made.number}", "name": f"Tag {made.number}"}


def tag_value(made):
    return {"key": made.place.rpartition("/")[2], "name": made.hex, "value": made.hex, "lastSeen": made.time}


def replay(made):
    return {"id": made.hex[:32], "started_at": made.time, "finished_at": made.time}


def second(made):
    return {"timestamp": times.iso(made.stamp, 0)[:-1] + "+00:00"}


def error(made):
    return second(made) | {"id": made.hex[:32], "title": f"title of {made.number}", "project": made.project}


def log(made):
    return second(made) | {"sentry.item_id": made.hex[:32], "message": f"message {made.number}"}


def span(made):
    return second(made) | {"id": made.hex[:16], "project": made.project, "span.duration": made.number * 37 % 10}


def uptime_check(made):
    return second(made) | {"check_id": made.uuid, "request_sequence": made.number % 2}


def explored(members, dataset, touched, **more):
    """What Explore shows of a dataset: explore.py answers for it."""
    return Kind(
        EXPLORE, members, teamed=True, days=90, spread_days=0.25, rows=12, grain=1, dataset=dataset, touched=touched,
        folder="documented", lacks=BEFORE_2025, **more,
    )


def seen_feedback(row, query):
    return query.get("status") == "" or row.number % 3 != 2


APPS = (*ORGANIZATION, "org:integrations")
RELEASES = (*PROJECT, "project:releases")
MONITORS = (*ORGANIZATION, "alerts:read")
EXPLORE = "organizations/{o}/events/"

LISTS = {
    # The organization and its people.
    "members": Kind("organizations/{o}/members/", person, ("member:read",), order=by_serial, lacks=GLITCHTIP),
    "team_members": Kind(
        "teams/{o}/{x}/members/", person, ("team:read",), order=by_serial, of="teams", known_by="slug", rows=4
    ),
    "project_teams": Kind("projects/{o}/{p}/teams/", slugged, PROJECT, order=by("slug"), of="projects"),
    "project_members": Kind("projects/{o}/{p}/members/", person, PROJECT, None, by_serial, "projects"),
    "project_users": Kind("projects/{o}/{p}/users/", user, PROJECT, paging.by_time, of="projects", rows=5),
    "environments": Kind(
        "organizations/{o}/environments/", environment, pager=None, order=by("name"), form="environments_all", rows=6,
        shown=visible, teamed=True,
    ),
    "project_environments": Kind(
        "projects/{o}/{p}/environments/", hidden_too, PROJECT, None, by("name"), "projects",
        form="project_environments_all", rows=6, shown=visible, lacks=GLITCHTIP,
    ),
    "audit_logs": Kind(
        "organizations/{o}/audit-logs/", entry, ("org:write",), paging.by_time, rows=7, wrap="rows", touched="note"
    ),
    # Settings, and what holds secrets.
    "project_keys": Kind(
        "projects/{o}/{p}/keys/", key_members, PROJECT, paging.by_id, by_serial_down, "projects", touched="label"
    ),
    "service_hooks": Kind("projects/{o}/{p}/hooks/", hook, PROJECT, paging.by_id, by_serial_down, "projects", touched="url"),
    "ownership": Kind("projects/{o}/{p}/ownership/", owned, PROJECT, of="projects", single=True, touched="raw"),
    "codeowners": Kind("projects/{o}/{p}/codeowners/", dated, PROJECT, None, of="projects", rows=2, touched="raw"),
    "filters": Kind("projects/{o}/{p}/filters/", filtering, PROJECT, None, by_serial, "projects", rows=5),
    "debug_files": Kind(
        "projects/{o}/{p}/files/dsyms/", dated, RELEASES, order=by_serial_down, of="projects", usual_page=20, rows=7,
        touched="objectName",
    ),
    "integrations": Kind("organizations/{o}/integrations/", numbered, APPS, order=by_serial),
    "sentry_apps": Kind("organizations/{o}/sentry-apps/", app, key="uuid"),
    "sentry_app_installations": Kind(
        "organizations/{o}/sentry-app-installations/", installation, key="uuid", order=by_serial, touched="status"
    ),
    # Code.
    "repositories": Kind(
        "organizations/{o}/repos/", repository, APPS, order=by("name"), form="repositories_status_empty", rows=4,
        shown=of_status, touched="url",
    ),
    "repository_commits": Kind(
        "organizations/{o}/repos/{x}/commits/", commit, pager=paging.by_time, of="repositories", rows=8, grain=3600,
        touched="message",
    ),
    "release_commits": Kind(
        "organizations/{o}/releases/{x}/commits/", commit, RELEASES, paging.by_row, by_serial, "releases", touched="message"
    ),
    "release_commitfiles": Kind(
        "organizations/{o}/releases/{x}/commitfiles/", changed_file, RELEASES, order=by("filename"), of="releases",
        touched="type",
    ),
    "release_deploys": Kind("organizations/{o}/releases/{x}/deploys/", deploy, RELEASES, of="releases", grain=3600),
    "release_files": Kind("organizations/{o}/releases/{x}/files/", numbered, RELEASES, order=by("name"), of="releases"),
    "project_releases": Kind(
        "projects/{o}/{p}/releases/", of_release, RELEASES, of="projects", key="version", rows=5, touched="ref"
    ),
    # What hangs on issues.
    "issue_detail": Kind("organizations/{o}/issues/{x}/", issue, EVENT, of="issues", single=True, touched="title"),
    "issue_event_latest": Kind(
        "organizations/{o}/issues/{x}/events/latest/", event, EVENT, of="issues", single=True, touched="title"
    ),
    "issue_activities": Kind(
        "organizations/{o}/issues/{x}/activities/", dated, EVENT, None, of="issues", wrap="activity", touched="type"
    ),
    "external_issues": Kind(
        "organizations/{o}/issues/{x}/external-issues/", of_issue, EVENT, order=by_serial, of="issues", rows=1, touched="webUrl"
    ),
    "event_attachments": Kind(
        "organizations/{o}/issues/{x}/attachments/", dated, EVENT, paging.by_time, of="issues", form="issue_attachments",
        usual_page=20, rows=2,
    ),
    "issue_tags": Kind(
        "organizations/{o}/issues/{x}/tags/", tag, EVENT, None, by_serial, "issues", "key", "key", rows=2, folder="documented"
    ),
    "issue_tag_values": Kind(
        "organizations/{o}/issues/{x}/tags/{x}/values/", tag_value, EVENT, paging.by_offset, of="issue_tags", key="value",
        folder="documented",
    ),
    "user_feedback": Kind(
        "projects/{o}/{p}/user-feedback/", dated, PROJECT, paging.by_time, of="projects", form="user_feedback_all", rows=6,
        shown=seen_feedback, touched="comments",
    ),
    "tags": Kind("organizations/{o}/tags/", tag, pager=None, order=by_serial, known_by="key", key="key", folder="documented"),
    "tag_values": Kind(
        "projects/{o}/{p}/tags/{x}/values/", tag_value, PROJECT, paging.by_offset, of="tags", key="value",
        form="issue_tag_values", folder="documented",
    ),
    "replays": Kind(
        "organizations/{o}/replays/", replay, pager=paging.by_offset, rows=7, wrap="data", teamed=True, days=90,
        touched="activity", folder="documented",
    ),
    # Monitors, dashboards.
    "monitors": Kind("organizations/{o}/monitors/", monitor, MONITORS, order=by("status"), known_by="slug", teamed=True),
    "monitor_checkins": Kind(
        "organizations/{o}/monitors/{x}/checkins/", check_in, (*PROJECT, "alerts:read"), of="monitors", rows=8, days=90,
        spread_days=150, ages=True, touched="status",
    ),
    "dashboards": Kind("organizations/{o}/dashboards/", dashboard, order=prebuilt_first, rows=5, touched="title"),
    "dashboard_detail": Kind("organizations/{o}/dashboards/{x}/", titled, of="dashboards", single=True, touched="title"),
    "discover_saved": Kind(
        "organizations/{o}/discover/saved/", query, pager=paging.by_offset, order=by("name"), usual_page=25, rows=7
    ),
    "detectors": Kind(
        "organizations/{o}/detectors/", updated, MONITORS, order=by_serial, teamed=True, rows=5, lacks=BEFORE_2025,
        touched="description", folder="documented",
    ),
    "workflows": Kind(
        "organizations/{o}/workflows/", updated, MONITORS, order=by_serial, rows=5, lacks=BEFORE_2025,
        folder="documented",
    ),
    # What Explore shows, by dataset.
    "explored_errors": explored(error, "errors", "title"),
    "explored_logs": explored(log, "logs", "message", key="sentry.item_id"),
    "explored_spans": explored(span, "spans", "span.op"),
    "uptime_results": explored(uptime_check, "uptime_results", "region", key="check_id"),
}


def pattern(path):
    """The regular expression of a path."""
    slug = r"([^/]+)"
    return "/api/0/" + path.replace("{o}", slug).replace("{p}", slug).replace("{x}", slug)


# What hangs on an issue has a path without its organization, too.
ALONE = [(name, kind.path.replace("organizations/{o}/", "")) for name, kind in LISTS.items() if "/issues/{x}/" in kind.path]
PATHS = [(name, kind.path) for name, kind in LISTS.items() if not kind.dataset] + ALONE
PATTERNS = [(name, pattern(path)) for name, path in PATHS]
PAGERS = {name: kind.pager for name, kind in LISTS.items() if kind.pager}
TEAMED = tuple(name for name, kind in LISTS.items() if kind.teamed)
SCOPES = {name: frozenset(kind.scopes) for name, kind in LISTS.items()}
EXPLORED = {kind.dataset: name for name, kind in LISTS.items() if kind.dataset}
