"""The goals, each as a ratio or a number against its bound. What was not measured is said to be so."""

from dataclasses import dataclass

import hosted as hosted_case

MIB_HTTP, MIB_LARGE, MIB_LAND, LARGE_FACTOR = 16, 14, 40, 1.5
SAME = 1.1  # two peaks that differ by less are the same: the kernel counts in pages and batches


@dataclass
class Goal:
    text: str
    bound: float
    value: float | None
    least: bool = False  # the bound is a least, not a most
    unit: str = ""
    note: str = ""

    @property
    def met(self):
        if self.value is None:
            return None
        return self.value >= self.bound if self.least else self.value <= self.bound

    def line(self):
        verdict = {True: "met", False: "NOT MET", None: "not measured"}[self.met]
        value = "" if self.value is None else f"{self.value:,.3g}{self.unit} "
        bound = f"[{'at least' if self.least else 'at most'} {self.bound:,.7g}{self.unit}]"
        note = f" ({self.note})" if self.note else ""
        return f"{verdict:12}  {self.text}: {value}{bound}{note}"


class Rows:
    """Finds a row by its case and name; what is not there makes a goal's value None."""

    def __init__(self, rows):
        self.rows = {(one.case, one.name): one for one in rows if not one.failed}

    def value(self, what, case, name="perigee"):
        row = self.rows.get((case, name))
        return getattr(row, what) if row else None

    def ratio(self, what, case, other):
        """perigee's to another's."""
        return self.ratio_of(what, case, "perigee", other)

    def ratio_of(self, what, case, one, other):
        mine, its = self.value(what, case, one), self.value(what, case, other)
        return mine / its if mine is not None and its else None


def whole(rows):
    return [
        Goal("read: CPU to curl's", 1, rows.ratio("cpu", "read", "curl")),
        Goal("read: wall to curl's", 0.9, rows.ratio("wall", "read", "curl")),
        Goal("read: peak memory", MIB_HTTP, rows.value("peak", "read"), unit=" MiB"),
        Goal("TLS, HTTP/2: peak memory", MIB_HTTP, rows.value("peak", "tls"), unit=" MiB"),
    ]


def growth(facts):
    found = facts.get("growth", [])
    goals = []
    for name in ("perigee", "perigee, TLS"):
        peaks = [rows[name].peak for _, rows in found]
        goals.append(Goal(f"growth: {name}'s highest peak", MIB_HTTP, max(peaks, default=None), unit=" MiB"))
        goals.append(
            Goal(f"growth: {name}'s peak, largest size to smallest", SAME, peaks[-1] / peaks[0] if peaks else None)
        )
    return goals


def large(rows, facts):
    page = facts.get("largest page", 0)
    sizes = facts.get("page sizes")
    return [
        Goal(
            f"large pages ({page:.1f} MiB): peak memory",
            round(MIB_LARGE + LARGE_FACTOR * page, 1),
            rows.value("peak", "large pages"),
            unit=" MiB",
        ),
        Goal(
            "large pages: the page size asked for at last",
            99,
            min(sizes) if sizes else None,
            note=f"sizes asked for: {sizes}; {facts.get('large at once')} requests at once",
        ),
    ]


def start(rows):
    delayed, plain = rows.value("wall", "check, delayed"), rows.value("wall", "check")
    trips = (delayed - plain) / 0.1 if delayed and plain else None
    return [
        Goal("spec: wall to an empty program's", 1.5, rows.ratio("wall", "start", "empty")),
        Goal("spec in the image: wall to the binary's", 1.2, rows.ratio_of("wall", "image", "in the image", "perigee")),
        Goal(
            "check: round trips one after the other", 2.2, trips, note="2, and a tenth for each of a timer's lateness"
        ),
        Goal("discover: requests", 1, rows.value("requests", "discover")),
        Goal("discover with 500 streams of one's own: wall", 2, rows.value("wall", "discover, 500"), unit=" s"),
    ]


def slow(rows):
    return [
        Goal(
            "100 ms, windows, 10 workers: wall to the peer's",
            0.125,
            rows.ratio("wall", "delay, windows", "peer"),
            note="needs --peers",
        ),
        Goal(
            "100 ms, windows, 10 workers: wall to curl's, one by one",
            0.125,
            rows.ratio("wall", "delay, windows", "curl"),
        ),
        Goal(
            "100 ms, cursors force the order: wall to curl's",
            1.02,
            rows.ratio("wall", "delay, cursors", "curl"),
            note="2 % for the start",
        ),
        Goal("2 MB/s an answer: wall to curl's, one by one", 0.75, rows.ratio("wall", "bandwidth", "curl")),
    ]


def land(rows, facts):
    return [
        Goal("land in SQLite: wall to curl's", 4, rows.ratio_of("wall", "land", "perigee sync", "curl")),
        Goal("land in PostgreSQL: wall to curl's", 8, rows.ratio_of("wall", "land", "sync to PostgreSQL", "curl")),
        Goal("land in PostgreSQL: peak memory", MIB_LAND, rows.value("peak", "land", "sync to PostgreSQL"), unit=" MiB"),
        Goal("land in SQLite: peak memory", MIB_LAND, rows.value("peak", "land", "perigee sync"), unit=" MiB"),
        Goal(
            "land in SQLite with nothing new: wall to that of a read",
            2,
            rows.ratio_of("wall", "land, nothing new", "perigee sync", "perigee"),
            note=f"the file is {facts['land']:.2f} times the records" if "land" in facts else "",
        ),
    ]


def hosted(facts):
    found = facts.get("hosted", {})
    issues, shared = found.get("issues", {}), found.get("issues, shared", {})
    whole = issues if issues.get("complete") else {}
    per_minute = whole.get("a minute")
    peer = f"; the connector from PyPI, in real time: {found['peer']['text']}" if "peer" in found else ""
    return [
        Goal(
            "sentry.io, events through their issues: events a minute to the most of the project's list",
            10,
            per_minute / hosted_case.OWN_A_MINUTE if per_minute else None,
            least=True,
            note=issues.get("text", "") + peer,
        ),
        *(
            Goal(f"sentry.io, {words}: requests used of those that are ours", 0.98, one.get("used"), least=True, note=note)
            for words, one, note in (
                ("through issues", whole, ""),
                ("project's list", found.get("project", {}), found.get("project", {}).get("text", "")),
            )
        ),
        Goal("sentry.io, through issues: 429 after the first window", 0, issues.get("refused later")),
        Goal("sentry.io, project's list: 429 after the first window", 0, found.get("project", {}).get("refused later")),
        Goal(
            "sentry.io, through issues, a browser beside: 429 a window",
            1,
            shared["refused"] / shared["windows"] if shared.get("complete") else None,
            note=shared.get("text", ""),
        ),
    ]


def limiter(facts):
    alone, shared = facts.get("limiter", {}), facts.get("limiter, shared", {})
    whole = alone if alone.get("complete") else {}
    return [
        Goal(
            "limiter: requests used of those allowed",
            0.98,
            whole.get("used"),
            least=True,
            note="by the time that the ideal client needs",
        ),
        Goal(
            "limiter: 429 after the first window", 0, alone.get("refused later"), note=f"{alone.get('refused')} in all"
        ),
        Goal("limiter: issues' time to what their own requests take", 1.25, alone.get("issues")),
        Goal(
            "limiter shared with others: 429 a window",
            1,
            shared["refused"] / shared["windows"] if shared else None,
            note="others take half; only asking can tell that the rest is gone",
        ),
    ]


def scanner(facts):
    speed, hooks = facts.get("scanner", {}).get("median"), facts.get("hooks", {})
    return [
        Goal("scanner on event pages", 1.5, speed and speed / 1e9, least=True, unit=" GB/s"),
        Goal(
            "a script's filter on one field",
            2e6,
            hooks.get("small"),
            least=True,
            unit=" records/s",
            note=f"events: {hooks.get('events', 0):,} records/s",
        ),
    ]


def all_goals(rows, facts):
    found = Rows(rows)
    return [
        *whole(found),
        *growth(facts),
        *large(found, facts),
        *start(found),
        *slow(found),
        *land(found, facts),
        *limiter(facts),
        *hosted(facts),
        *scanner(facts),
    ]


def report(rows, facts, whole):
    """All goals after a run of all cases, else those that were measured."""
    goals = [one for one in all_goals(rows, facts) if whole or one.met is not None]
    met = sum(one.met is True for one in goals)
    return "".join(one.line() + "\n" for one in goals) + f"{met} of {len(goals)} goals met\n"
