"""The JSON text of a record, made from its row alone, so that a row's text is the same whenever it is asked for."""

import json
import random

import data
import odd
import times

ORGANIZATION = {"id": "2", "slug": "acme", "name": "Acme"}
CURSOR_FIELD = {"events": "dateCreated", "issues": "lastSeen", "projects": "dateCreated", "releases": "dateCreated"}

ERRORS = [
    ("UnicodeDecodeError", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte", "decode_body"),
    ("AttributeError", "'NoneType' object has no attribute 'total'", "order_total"),
    ("KeyError", "'missing-3'", "read_basket"),
    ("DivisionByZero", "[<class 'decimal.DivisionByZero'>]", "share_of"),
    ("ConnectionError", "HTTPSConnectionPool(host='pay.example', port=443): Max retries exceeded", "charge"),
    ("TypeError", 'can only concatenate str (not "int") to str', "label"),
    ("ValeurInvalide", "prix négatif: −3,50 € pour « Île-de-France »", "vérifier_prix"),
]
CULPRITS = ["/api/orders/{id}", "/checkout", "shop.tasks.settle", "/api/search", "__main__ in main"]
ENVIRONMENTS = ["production", "staging", "dev", "Prod EU"]
PLATFORMS = ["python", "javascript", "java", "go"]


class Records:
    """Makes the texts of one scenario's records."""

    def __init__(self, dialect, seed, body, odd_ones, fixtures):
        self.dialect = dialect
        self.seed = seed
        self.body = body
        self.odd = odd_ones
        self.fixtures = fixtures  # the folder of recorded answers
        self.encoder = json.JSONEncoder(ensure_ascii=dialect.ascii_only, separators=dialect.separators)
        self.separator = dialect.separators[0].encode()

    def rng(self, row):
        return random.Random(f"{self.seed}/{row.kind}/{row.project}/{row.number}")

    def text(self, row, form="full", caller=None, since=None):
        """The record's bytes as a caller sees them, of a window that begins at `since`. `form` is "full", or "simple" (events), "org" and "detail"
        (projects), "statless" and "org" (issues). A row that its server could not serialise is null."""
        if row.state.get("unreadable"):
            return b"null"
        if form == "org" and "org" in row.state:
            return row.state["org"]
        if row.raw is not None:
            return row.raw
        fields = self.fields(row, form, caller)
        if since is not None and form == "org":
            fields = self.of_window(fields, row, since)
        if row.kind in self.odd and row.number % 2:
            pairs = [[self.encoder.encode(key), self.encoder.encode(value)] for key, value in fields.items()]
            key = "id" if "id" in fields else "version"
            return odd.text(pairs, row.number // 2, key, CURSOR_FIELD[row.kind], row.stamp, self.dialect)
        return self.encoder.encode(fields).encode()

    def fields(self, row, form, caller):
        return getattr(self, row.kind)(row, self.rng(row), form)

    def of_window(self, fields, row, since):
        """An issue as an organization's list tells of it: at the top what happened in the window, and beside it all."""
        fields["lastSeen"] = times.iso(row.stamp, 0)  # the event store's
        seen = {name: fields[name] for name in ("count", "userCount", "firstSeen", "lastSeen")}
        fields["lifetime"] = {**fields.get("lifetime", {"stats": None}), **seen}
        fields["lifetime"]["stats"] = fields["lifetime"].pop("stats")
        fields.setdefault("filtered", None)
        if row.state["first"] < since:
            fields["firstSeen"] = times.iso(min(since, row.stamp), 0)
            fields["count"] = str((row.state["count"] + 1) // 2)
            fields["userCount"] = (fields["userCount"] + 1) // 2
        return fields

    def group(self, row):
        """The key of the issue that an event belongs to."""
        return row.state.get("group")

    def organization(self, base, listed=False):
        """A document, as the list of organizations has it or as it is alone; `base` is the server's own address."""
        made = {"id": "2", "slug": "acme", "name": "Acme", "dateCreated": "2026-01-01T00:00:00Z", "features": []}
        made["status"] = {"id": "active", "name": "active"}
        made["access"] = ["event:read", "project:read", "project:releases", "org:read"]
        if self.dialect.has_regions:
            made["links"] = {"organizationUrl": base, "regionUrl": base}
        return made

    def teams(self, caller):
        """The texts of all teams, where the dialect has some of its own."""
        return None

    def title(self, row):
        if row.raw is not None:
            return row.raw.decode("latin-1")
        kind, message, _ = self.error(row)
        return f"{kind}: {message}"

    def error(self, row):
        return ERRORS[self.rng(row).randrange(len(ERRORS))]

    def events(self, row, rng, form):
        kind, message, function = ERRORS[rng.randrange(len(ERRORS))]
        metadata = {"function": function, "type": kind, "value": message, "filename": "shop/orders.py"}
        tags = [{"key": "environment", "value": rng.choice(ENVIRONMENTS)}, {"key": "level", "value": "error"}]
        tags += [{"key": "release", "value": f"2026.{rng.randrange(1, 12)}.{rng.randrange(9)}"}]
        tags += [{"key": "server_name", "value": f"host-{rng.choice('abc')}"}, {"key": "iteration", "value": "4"}]
        glitchtip = self.dialect.name == "glitchtip"
        identity = f"{rng.getrandbits(128):032x}" if self.dialect.name == "sentry9" else row.key
        user = {"id": str(rng.randrange(99)), "email": f"u{rng.randrange(99)}@acme.example", "data": {}}
        fields = {
            "id": row.key,
            "groupID": str(self.drawn(row, rng.randrange(1, 99))),
            "eventID": identity,
            "projectID": 1 if glitchtip else "2",
            "message": f"{kind} {message}",
            "title": f"{kind}: {message}",
            "location": "shop/orders.py",
            "culprit": rng.choice(CULPRITS),
            "user": user,
            "tags": tags,
            "platform": "python",
            "dateCreated": self.dialect.stamp(row),
            "crashFile": None,
            "metadata": metadata,
        }
        if form == "simple":
            return {"id": fields.pop("id"), "event.type": "error", **fields}
        return {**fields, **self.full_event(row, rng, metadata)}

    def drawn(self, row, number):
        """An event's issue; a number that was drawn, where its project has no issue."""
        return row.state.get("group", number)

    def full_event(self, row, rng, metadata):
        frames = [self.frame(metadata["function"], rng.randrange(1, 400))]
        value = {"type": metadata["type"], "value": metadata["value"], "stacktrace": {"frames": frames}}
        value["mechanism"] = {"type": "generic", "handled": True}
        fields = {
            "type": "error",
            "dateReceived": self.dialect.stamp(row, row.received),
            "size": rng.randrange(900, 90000),
            "errors": [],
            "dist": None,
            "packages": {"pip": "23.2.1", "sentry-sdk": "2.75.0", "urllib3": "2.8.0"},
            "sdk": {"name": "sentry.python", "version": "2.75.0", "integrations": []},
            "contexts": {"runtime": {"name": "CPython", "version": "3.11.7"}, "order": {"total": 19.99, "empty": {}}},
            "context": {"i": rng.randrange(99), "sys.argv": ["manage.py", "run"]},
            "entries": [{"type": "exception", "data": {"values": [value], "excOmitted": None}}],
            "_meta": {"user": None, "entries": {}, "tags": {}},
            "fingerprints": [f"{rng.getrandbits(128):032x}"],
            "groupingConfig": {"id": "newstyle:2023-01-11"},
        }
        size = 1900 + len(self.encoder.encode(frames[0]))
        while size < self.body:
            frames.append(self.frame(f"call_{len(frames)}", len(frames)))
            size += len(self.encoder.encode(frames[-1]))
        return fields

    def frame(self, function, line):
        source = [[line, f"    total = {function}(basket, rate)"], [line + 1, "    return round(total, 2)"]]
        variables = {"basket": "<Basket 12>", "rate": "0.2"}
        where = {"filename": "shop/orders.py", "absPath": "/srv/shop/orders.py", "module": "shop.orders"}
        return {**where, "function": function, "lineNo": line, "vars": variables, "context": source, "inApp": True}

    def issues(self, row, rng, form):
        kind, message, function = ERRORS[rng.randrange(len(ERRORS))]
        slug = row.project
        project = {"id": str(2 + data.number_of(slug)), "name": slug.title(), "slug": slug, "platform": "python"}
        fields = {
            "id": row.key,
            "shareId": None,
            "shortId": f"{slug.upper()}-{row.number + 1:X}",
            "title": f"{kind}: {message}",
            "culprit": rng.choice(CULPRITS),
            "permalink": f"https://sentry.example/organizations/acme/issues/{row.key}/",
            "logger": None,
            "level": rng.choice(["error", "warning", "info"]),
            "status": row.state["status"],
            "statusDetails": {},
            "isPublic": False,
            "platform": "python",
            "project": project,
            "type": "error",
            "metadata": {"function": function, "type": kind, "value": message, "filename": "shop/orders.py"},
            "numComments": 0,
            "assignedTo": row.state.get("assigned"),
            "isBookmarked": False,
            "subscriptionDetails": None,
            "hasSeen": False,
            "annotations": [],
            "count": str(row.state["count"]),
            "userCount": rng.randrange(9),
            "firstSeen": self.dialect.stamp(row, row.state["first"]),
            "lastSeen": self.dialect.stamp(row),
            "stats": {"24h": [[1795374000.0, 0], [1795377600.0, 1]]},
        }
        if form == "statless":
            del fields["stats"]
        if self.dialect.name in ("sentry", "hosted"):
            category = row.state.get("category", "error")
            fields.update(substatus="ongoing", priority="high", issueType=category, issueCategory=category)
        return fields

    def projects(self, row, rng, form):
        fields = {
            "id": row.key,
            "slug": row.project,
            "name": row.state["name"],
            "platform": rng.choice(PLATFORMS),
            "dateCreated": self.dialect.stamp(row),
            "isBookmarked": False,
            "isMember": True,
            "features": ["sample-events", "rate-limits", "releases"],
            "firstEvent": None,
            "access": [],
            "hasAccess": True,
            "isInternal": False,
            "isPublic": False,
            "color": "#bf3f72",
            "status": "active",
            "organization": ORGANIZATION,
        }
        if form == "org":
            del fields["organization"]
            fields["teams"] = [{"id": "2", "slug": "core", "name": "core"}]
        return fields

    def releases(self, row, rng, form):
        version = row.state["version"]
        released = row.state.get("released")
        fields = {
            "id": row.serial,
            "version": version,
            "shortVersion": version.partition("@")[2] or version,
            "ref": f"abc{row.number}",
            "url": None,
            "dateReleased": self.dialect.stamp(row, released) if released else None,
            "dateCreated": self.dialect.stamp(row),
            "data": {},
            "newGroups": rng.randrange(5),
            "owner": None,
            "commitCount": 0,
            "lastCommit": None,
            "deployCount": 0,
            "authors": [],
            "projects": [{"name": slug.replace("-", " ").title(), "slug": slug} for slug in row.state["projects"]],
            "firstEvent": None,
            "lastEvent": None,
        }
        if self.dialect.releases_have_status:
            info = {"version": {"raw": version}, "package": None}
            return {**fields, "status": row.state["status"], "versionInfo": info}
        del fields["id"]
        return fields

    def describe(self, row):
        """What the truth file says of a row beside its text."""
        more = {"status": row.state["status"]} if "status" in row.state else {}
        cursor = self.dialect.cursor_text(row)
        listed = times.iso(row.order, 6)
        more |= {name: row.state[name] for name in ("group", "category") if name in row.state}
        return {"key": row.key, "project": row.project, "cursor": cursor, "listed": listed, **more}
