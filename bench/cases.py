"""The cases: what is measured, against what. Each adds its rows to the desk, and facts for the goals."""

import json
import os
import sys
from pathlib import Path

import hosted
import landing
import limited
import places
import process
from data import ROWS
from desk import DEFAULT_SIZE
from runs import SHORT, Contestant

HERE = Path(__file__).resolve().parent
DELAY = 0.1  # seconds
BANDWIDTH = 2_000_000  # bytes a second
WORKERS = 10
PROBES = 4  # runs of what takes milliseconds, for each run of the others
LARGE_PAGES = 6
OWN_STREAMS = 500
SCANNED_PAGES, SCAN_SECONDS = 24, 2
EVENTS = ["events"]


def read(desk):
    """Everything, over plain HTTP/1.1."""
    data = desk.data()
    with desk.nginx(data) as server:
        desk.verify(desk.read(server, data))
        rows = desk.compare(
            "read",
            [
                desk.curl(server, data),
                desk.read(server, data),
                desk.beside_read(server, data),
                jq(desk, data),
                desk.peer and desk.peer_read(server, data, runs=desk.slow_runs),
            ],
        )
    desk.waterfalls["read"] = rows["perigee"].asked


def jq(desk, data):
    return Contestant(
        "jq",
        ["jq", "-c", ".[]"],
        feed=["gzip", "-dc", *data.files()],
        runs=desk.slow_runs,
        records=data.records(list(data.pages)),
        megabytes=data.bytes() / 1e6,
    )


def tls(desk):
    """Everything, over TLS with HTTP/2 and the system's authorities."""
    data = desk.data()
    with desk.nginx(data) as server:
        contestants = [desk.curl(server, data, tls=True), desk.read(server, data, tls=True)]
        desk.compare("tls", [*contestants, desk.beside_read(server, data, tls=True)])


def start(desk):
    """`spec`, against a program that does nothing but have the same libraries loaded."""
    ours = Contestant("perigee", [desk.perigee, "spec"], limit=SHORT)
    beside = desk.beside and Contestant("beside", [desk.beside, "spec"], limit=SHORT)
    peer = desk.peer and Contestant("peer", [desk.peer.program, "spec"], limit=SHORT, runs=desk.slow_runs)
    desk.compare("start", [Contestant("empty", [desk.tools.empty]), ours, beside, peer], desk.runs * PROBES)


def image(desk):
    """`spec` in the image's files, against this build's, each by chroot."""
    if os.getuid():
        print("image: only root may chroot", file=sys.stderr)
        return
    root = desk.work / "image"
    root.mkdir()
    process.output([HERE.parent / "image" / "build", "root", root])
    ours = Contestant("perigee", ["chroot", "/", desk.perigee, "spec"], limit=SHORT)
    inside = Contestant("in the image", ["chroot", root, "/usr/bin/perigee", "spec"], limit=SHORT)
    desk.compare("image", [ours, inside], desk.runs * PROBES)


def check(desk):
    """`check` and `discover`: at once, and with a delay that shows how many round trips follow each other."""
    data = desk.data()
    for case, seconds in (("check", 0), ("check, delayed", DELAY)):
        with desk.slow(data, delay=seconds) as server:
            desk.compare(case, verb(desk, server, "check"))
    with desk.slow(data) as server:
        desk.compare("discover", verb(desk, server, "discover"))
    desk.compare(f"discover, {OWN_STREAMS}", own_streams(desk))


def verb(desk, server, word):
    config = desk.config(f"http://{server.http}")
    ours = Contestant("perigee", [desk.perigee, word, "--config", config], server=server, limit=SHORT)
    if not desk.peer:
        return [ours]
    command = [desk.peer.program, word, "--config", desk.config(server.tls)]
    return [ours, Contestant("peer", command, server=server, limit=SHORT, runs=desk.slow_runs)]


def own_streams(desk):
    """A folder of many streams of one's own, whose scripts all have to be run; no server is asked."""
    folder = desk.work / "streams"
    folder.mkdir()
    for number in range(OWN_STREAMS):
        name = f"own_{number}"
        (folder / f"{name}.lua").write_text(
            f'return {{ name = "{name}", path = "projects/{{organization}}/{number}/issues/", primary_key = "id",\n'
            '  cursor = { field = "lastSeen" }, scope = "event:read" }\n'
        )
    programs = {"perigee": desk.perigee, "beside": desk.beside}
    return [
        Contestant(name, [program, "discover", "--scripts", folder], limit=SHORT)
        for name, program in programs.items()
        if program
    ]


def incremental(desk):
    """From the state that a whole read left, with nothing new since."""
    data = desk.data()
    with desk.nginx(data) as server:
        state = desk.verify(desk.read(server, data))
        ours = desk.read(server, data, state=state, nothing=True)
        desk.verify(ours)
        peer = desk.peer and desk.peer_read(server, data, state=state, nothing=True, runs=desk.slow_runs)
        desk.compare("incremental", [ours, peer])


def delay(desk):
    """Events, each answer 100 ms late: with windows to divide the list, and with cursors that force an order."""
    data = desk.data(desk.size // 3)
    for case, windows in (("delay, windows", True), ("delay, cursors", False)):
        with desk.slow(data, delay=DELAY, windows=windows) as server:
            ours = desk.read(server, data, EVENTS, workers=WORKERS)
            desk.verify(ours)
            floor = desk.curl(server, data, EVENTS, targets=targets(data, windows))
            peer = desk.peer and windows and desk.peer_read(server, data, EVENTS, runs=1)
            rows = desk.compare(case, [floor, ours, peer], desk.slow_runs)
            desk.waterfalls[case.replace(", ", "-")] = rows["perigee"].asked


def targets(data, windows):
    """The events' pages; a list that counts rows has other cursors."""
    for page, target in enumerate(places.targets(data, EVENTS)):
        plain = target.partition("&cursor=")[0]
        yield f"{plain}&cursor=0:{page * ROWS}:0" if windows and page else target


def bandwidth(desk):
    """Events, each answer at 2 MB/s: the next page can be asked for while this one is on its way."""
    data = desk.data(desk.size // 3)
    with desk.slow(data, bandwidth=BANDWIDTH) as server:
        ours = desk.read(server, data, EVENTS)
        desk.verify(ours)
        rows = desk.compare("bandwidth", [desk.curl(server, data, EVENTS), ours], desk.slow_runs)
    desk.waterfalls["bandwidth"] = rows["perigee"].asked


def limiter(desk):
    """Sentry's documented limits, alone and with other clients who use half of them."""
    limited.run(desk)


def sentry_io(desk):
    """Events of sentry.io as it is today, through their issues."""
    hosted.run(desk, desk.size < DEFAULT_SIZE)


def large(desk):
    """Events of some 190 KB, so that a page of 100 is 19 MB."""
    data = desk.data(0, pages={"events": LARGE_PAGES}, large=True)
    with desk.slow(data) as server:
        ours = desk.read(server, data, EVENTS)
        desk.verify(ours)
        rows = desk.compare("large pages", [desk.curl(server, data, EVENTS), ours], desk.slow_runs)
    asked = rows["perigee"].asked
    desk.facts["largest page"] = data.bytes() / LARGE_PAGES / 2**20
    desk.facts["page sizes"] = sorted({page_size(one.target) for one in asked}, reverse=True)
    desk.facts["large at once"] = most_at_once(asked)


def page_size(target):
    return int(target.partition("per_page=")[2].partition("&")[0] or 100)


def most_at_once(asked):
    edges = sorted([(one.start, 1) for one in asked] + [(one.end, -1) for one in asked])
    now = most = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def growth(desk):
    """Everything, from a tenth to ten times the size, over HTTP and over TLS with HTTP/2."""
    for size in (desk.size // 10, desk.size // 3, desk.size, desk.size * 3, desk.size * 10):
        data = desk.data(size)
        with desk.nginx(data) as server:
            secure = desk.read(server, data, name="perigee, TLS", tls=True)
            contestants = [desk.curl(server, data), desk.read(server, data), secure]
            rows = desk.compare(f"growth, {data.records():,}", contestants, desk.slow_runs)
        desk.facts.setdefault("growth", []).append((data.records(), rows))


def land(desk):
    """Everything, into a SQLite file; and once more, with nothing new since."""
    landing.run(desk)


def pages_of_events(desk):
    """Files, each a page."""
    data, files = desk.data(), []
    for page in range(min(SCANNED_PAGES, data.pages["events"])):
        path = desk.work / f"page-{page}.json"
        path.write_bytes(data.page_text("events", page))
        files.append(path)
    return files


def scanner(desk):
    """json_split over pages of events: bytes a second of one core."""
    desk.facts["scanner"] = json.loads(process.output([desk.tools.scanner, str(SCAN_SECONDS), *pages_of_events(desk)]))


def hooks(desk):
    """A script's filter on one field: records a second of one core, on small records and on events."""
    command = [desk.perigee, "lua", HERE / "hooks.lua", str(SCAN_SECONDS), *pages_of_events(desk)]
    desk.facts["hooks"] = json.loads(process.output(command))


ORDER = (read, tls, start, image, check, incremental, delay, bandwidth, limiter, sentry_io, large, growth, land, scanner, hooks)
CASES = {one.__name__: one for one in ORDER}
