"""Recorded answers cut into their records, each served again byte for byte."""

import json

import times
from store import Row

DECODER = json.JSONDecoder(strict=False)
SPACE = " \t\r\n"
LISTS = {"events": ("events_full", "events_limit5"), "issues": ("issues_emptyq",), "releases": ("releases",)}


def skip(text, at):
    while text[at] in SPACE:
        at += 1
    return at


def cut(data):
    """The records of a JSON array as (decoded, bytes), and the bytes that stand between them."""
    text = data.decode("latin-1")  # one character a byte, so that the spans are those of the bytes
    at = skip(text, text.index("[") + 1)
    records, separator = [], b", "
    while text[at] != "]":
        value, end = DECODER.raw_decode(text, at)
        records.append((value, data[at:end]))
        at = skip(text, end)
        if text[at] == ",":
            at = skip(text, at + 1)
            separator = data[end:at]
    return records, separator


def members(data):
    """The spans of an object's members: (key, start of the key, start of the value, end of the value)."""
    text = data.decode("latin-1")
    at = skip(text, text.index("{") + 1)
    found = []
    while text[at] != "}":
        key, end = DECODER.raw_decode(text, at)
        start = skip(text, skip(text, end) + 1)
        _, stop = DECODER.raw_decode(text, start)
        found.append((key, at, start, stop))
        at = skip(text, stop)
        if text[at] == ",":
            at = skip(text, at + 1)
    return found


def replaced(raw, values):
    """A recorded record with other values of these members; all other bytes stay."""
    for key, _, start, end in reversed(members(raw)):
        if key in values:
            raw = raw[:start] + json.dumps(values[key]).encode() + raw[end:]
    return raw


def read_list(folder, kind):
    """The records of a list, its second page with them where that was recorded, and what stands between them."""
    for name in LISTS.get(kind, (kind,)):
        path, rest = folder / (name + ".json"), folder / (name + "_p2.json")
        if path.exists():
            records, separator = cut(path.read_bytes())
            return records + (cut(rest.read_bytes())[0] if rest.exists() else []), separator
    return [], b", "


def row_of(kind, project, number, value, raw, dialect):
    stamp = times.parse(value["lastSeen" if kind == "issues" else "dateCreated"])
    received = times.parse(value.get("dateReceived") or times.iso(stamp, 3))
    key = str(value.get("id") or value.get("version"))
    row = Row(kind, project, number, key, -number, stamp, received, 0, raw=raw)  # the recorded order breaks ties
    if kind == "issues":
        row.state = {"status": value["status"], "count": int(value["count"]), "first": times.parse(value["firstSeen"])}
    if kind == "events" and "groupID" in value:
        row.state = {"group": value["groupID"]}
    if kind == "projects":
        row.state = {"name": value["name"]}
    if kind == "releases":
        row.state = {"version": value["version"], "projects": tuple(one["slug"] for one in value["projects"])}
        row.state |= {"status": value["status"]} if "status" in value else {}
    if value.get("dateReleased"):
        row.state["released"] = times.parse(value["dateReleased"])
    row.order = dialect.order_of(kind, row)
    return row


def join_projects(dialect, store, of_organization):
    """Gives the projects that `projects/` had their other form; those that it left out have that form alone."""
    table = store.table("projects")
    left = dict(of_organization)
    for row in table.rows:
        if row.project in left:
            value, row.state["org"] = left.pop(row.project)
            row.state["teams"] = tuple(team["slug"] for team in value.get("teams", ()))
    if dialect.has_teams:
        made = [other_project(dialect, len(table.rows) + n, *one) for n, one in enumerate(left.values())]
        table.fill(table.rows + made)


def other_project(dialect, number, value, raw):
    stamp = times.parse(value["dateCreated"])
    row = Row("projects", value["slug"], number, value["id"], -number, stamp, stamp, stamp)
    row.state = {"name": value["name"], "org": raw, "teams": tuple(team["slug"] for team in value["teams"])}
    return row


def first_project(folder):
    """The project that the recorded events and issues are of: the one whose details were recorded."""
    path = folder / "project.json"
    return json.loads(path.read_bytes(), strict=False)["slug"] if path.exists() else "web-frontend"


def load(folder, dialect, store):
    """Fills the store from a folder of recorded answers; returns its documents by endpoint."""
    if not folder.is_dir():
        raise FileNotFoundError(f"no recorded answers in {folder}")
    separators = {}
    documents = {"separators": separators}
    for kind in ("projects", "events", "issues", "releases"):
        records, separator = read_list(folder, kind)
        separators[kind] = separator
        project = first_project(folder) if kind in ("events", "issues") else ""
        rows = [
            row_of(kind, value["slug"] if kind == "projects" else project, number, value, raw, dialect)
            for number, (value, raw) in enumerate(records)
        ]
        if kind == "projects":
            for row in rows:
                store.create("events", row.project)
                store.create("issues", row.project)
        store.create(kind, project).fill(rows)
    join_projects(dialect, store, {value["slug"]: (value, raw) for value, raw in read_list(folder, "org_projects")[0]})
    for endpoint, name in (("organization", "org"), ("project", "project")):
        path = folder / (name + ".json")
        if path.exists():
            documents[endpoint] = path.read_bytes()
    return documents
