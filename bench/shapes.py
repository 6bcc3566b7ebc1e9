"""Records as Sentry writes them: the fixtures of spec/ made into forms with blanks, which a seeded generator fills."""

import copy
import json
import re
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "spec" / "fixtures" / "sentry-9.1.2"
FRAMES, VALUES, CRUMBS, LINES = 2, 1, 1, 3  # of a stack, of a chain of errors, of a trail, around an error
LONGEST = 5000  # characters of one text: a few events are much larger than the others, as real ones are
ADDRESS = re.compile(r"0x7f[0-9a-f]{6,10}")
BLANK = re.compile(r'"@(\w+)#"|@(\w+)@')
SURROGATE = re.compile("[\ud800-\udfff]")
WORDS = "order cart user token cache queue index batch session retry invoice report webhook worker page".split()


def load(name):
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def form(record):
    """Compact JSON text with a %(name)s for each blank: '@name@' within a text, '@name#' in place of a number."""
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False).replace("%", "%%")
    text = BLANK.sub(lambda found: f"%({found[1] or found[2]})s", text)
    return SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Blanks:
    """Names blanks in turn, so that neighbours in one record hold different values."""

    def __init__(self):
        self.counts = {}

    def next(self, name, among):
        count = self.counts[name] = self.counts.get(name, -1) + 1
        return f"{name}{count % among}"


def vary(value, blanks):
    """Blanks for what differs from event to event: addresses, lines, times, identifiers."""
    if isinstance(value, str):
        return ADDRESS.sub(lambda _: f"0x7f@{blanks.next('hex8_', 4)}@", value)[:LONGEST]
    if isinstance(value, list):
        return [vary(one, blanks) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: vary(one, blanks) for key, one in value.items()}
    if isinstance(found.get("lineNo"), int):
        found["lineNo"] = f"@{blanks.next('line', 6)}#"
    if "timestamp" in found and "category" in found:
        found["timestamp"] = f"@{blanks.next('moment', 3)}@"
        found["message"] = f"{found.get('message')} @{blanks.next('word', 6)}@"
    return found


def trim(event):
    for entry in event["entries"]:
        data = entry["data"]
        if entry["type"] in ("exception", "threads"):
            data["values"] = data["values"][-VALUES:]
            for value in data["values"]:
                trim_stack(value.get("stacktrace"))
        elif entry["type"] == "breadcrumbs":
            data["values"] = data["values"][-CRUMBS:]


def trim_stack(stack):
    for frame in (stack or {}).get("frames") or ():
        middle = len(frame.get("context") or ()) // 2
        frame["context"] = (frame.get("context") or [])[max(0, middle - LINES // 2) :][:LINES]
    if stack and stack.get("frames"):
        stack["frames"] = stack["frames"][-FRAMES:]


def tags_of(event):
    own = {"release": "@release@", "server_name": "@server@", "url": "https://shop.example/@word0@/@number@"}
    kept = [tag for tag in event["tags"] if tag["key"] not in own]
    return kept + [{"key": key, "value": value} for key, value in own.items()]


def event_form(event):
    event = copy.deepcopy(event)
    trim(event)
    event = vary(event, Blanks())
    user = {"id": "@user@", "email": "@word1@.@user@@example.com", "ip_address": "10.@byte0@.@byte1@.@byte2@"}
    event |= {"id": "@id@", "eventID": "@id@", "dateCreated": "@created@", "dateReceived": "@received@"}
    event |= {"tags": tags_of(event), "user": user | {"username": None, "name": None, "data": {"plan": "@word2@"}}}
    event |= {"message": f"{event['message']} @word0@ @number@"[:LONGEST], "size": "@number#", "groupID": "@group@"}
    event["contexts"]["trace"] = {"type": "trace", "trace_id": "@trace@", "span_id": "@span@", "op": "@word3@"}
    event["context"] = {"took": "@line0#", "attempt": "@byte0#", "request_id": "@trace@"}
    return form(event)


def issue_form(issue):
    issue = copy.deepcopy(issue)
    issue |= {"id": "@number@", "shortId": "WEB-FRONTEND-@number@", "lastSeen": "@created@", "firstSeen": "@received@"}
    issue |= {"count": "@line0@", "userCount": "@byte0#", "permalink": "https://sentry.example/acme/issues/@number@/"}
    issue |= {"culprit": "@word0@.@word1@ in @word2@", "title": f"{issue['title']} @word3@ @line1@"}
    for hours in issue.get("stats", {}).values():
        for place, pair in enumerate(hours):
            pair[1] = f"@line{place % 6}#" if place % 3 == 0 else 0
    return form(issue)


def release_form(release):
    release = copy.deepcopy(release)
    release |= {"id": "@number#", "version": "shop@release@+@number@", "shortVersion": "@release@"}
    release |= {
        "dateCreated": "@created@",
        "url": "https://ci.example/@number@",
        "ref": "@trace@",
        "newGroups": "@byte0#",
    }
    return form(release)


def project_form(project):
    project = copy.deepcopy(project)
    project |= {"id": "@number@", "slug": "@word0@-@number@", "name": "@word0@ @number@", "dateCreated": "@created@"}
    return form(project)


def forms():
    """The forms of each stream."""
    return {
        "events": [event_form(one) for one in load("events_full")],
        "issues": [issue_form(one) for one in load("issues_emptyq")],
        "releases": [release_form(one) for one in load("releases")],
        "projects": [project_form(one) for one in load("projects")],
    }


def blanks(random, number, created, received):
    """A value for every blank: one call of the generator for each 64 bytes, for there are many records to fill."""
    bits = f"{random.getrandbits(512):0128x}"
    small = [int(bits[place : place + 2], 16) for place in range(64, 96, 2)]
    values = {"id": bits[:32], "trace": bits[32:64], "span": bits[96:112], "user": bits[112:120], "number": number}
    values |= {f"hex8_{i}": bits[64 + 8 * i : 72 + 8 * i] for i in range(4)}
    values |= {f"line{i}": small[i] * 3 + 1 for i in range(6)} | {f"byte{i}": small[6 + i] for i in range(3)}
    values |= {f"word{i}": WORDS[small[i] % len(WORDS)] for i in range(6)}
    values |= {f"moment{i}": received for i in range(3)} | {"created": created, "received": received}
    return values | {
        "release": f"{small[9] % 4}.{small[10] % 30}",
        "server": f"web-{small[11] % 40}",
        "group": small[12],
    }
