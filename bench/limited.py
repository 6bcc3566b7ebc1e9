"""The case of the limiter: what Sentry's documented limits allow, and how much of it was used."""

import statistics

from desk import DEFAULT_SIZE

ALLOWED, WINDOW = 60, 60  # requests on a project's events, seconds
LATENCY = 0.2  # seconds
AFTERWARDS = 10  # requests after the second window
LONGEST = 400  # seconds
SMALL = 10  # times less of both, where the benchmark's size is small


def limits(allowed, window):
    events = {"limit": allowed, "window": window, "concurrent": 1}
    return {"events": events, "issues": {"limit": 5, "window": 1}, "default": {"limit": 40, "window": 1}}


def run(desk):
    small = SMALL if desk.size < DEFAULT_SIZE else 1
    allowed, window = ALLOWED // small, WINDOW // small
    alone = {"projects": 1, "releases": 2, "issues": 25, "events": 2 * allowed + AFTERWARDS}
    shared = {**alone, "events": allowed + AFTERWARDS}
    one_case(desk, "limiter", alone, allowed, window, {})
    one_case(desk, "limiter, shared", shared, allowed, window, {"events": (1 / LATENCY, allowed / 2)})


def one_case(desk, case, pages, allowed, window, others):
    data = desk.data(0, pages=pages)
    with desk.slow(data, delay=LATENCY, limits=limits(allowed, window), others=others) as server:
        peer = desk.peer and not others and desk.peer_read(server, data, limit=LONGEST, may_fail=True)
        rows = desk.compare(case, [desk.read(server, data, limit=LONGEST, may_fail=True), peer], 1)
    asked = rows["perigee"].asked
    desk.waterfalls[case.replace(", ", "-")] = asked
    desk.facts[case] = found(asked, pages, allowed, window)


def found(asked, pages, allowed, window):
    events = [one for one in asked if one.stream == "events"]
    served = [one for one in events if one.status == 200]
    latency = statistics.median(one.end - one.start for one in served)
    began, ended = events[0].start, max(one.end for one in events)
    first_window_ends = (began // window + 1) * window
    issues = [one for one in asked if one.stream == "issues"]
    spent = max(one.end for one in issues) - min(one.start for one in issues)
    return {
        "complete": len(served) >= pages["events"],
        "used": (ideal(began, len(served), allowed, window, latency) - began) / (ended - began),
        "refused later": sum(one.status == 429 and one.start >= first_window_ends for one in asked),
        "refused": sum(one.status == 429 for one in asked),
        "windows": int(ended // window - began // window) + 1,
        "issues": spent / (len(issues) * latency),
    }


def ideal(at, count, allowed, window, latency):
    """When the last of so many requests would be answered, one after the other, each window used up."""
    used, current = 0, at // window
    for _ in range(count):
        if used == allowed and at // window == current:
            at = (current + 1) * window
        if at // window != current:
            used, current = 0, at // window
        used += 1
        at += latency
    return at
