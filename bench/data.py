"""The data of the benchmark: pages of a made-up Sentry, gzipped on disk, each the same on every machine.

A page depends on its stream and number alone, so a smaller size is a prefix of a larger one. Files are named by the
cursor that asks for them (`first`, `1748779200000-0`, `100-3`): the server needs no table to find one.
"""

import bisect
import functools
import gzip
import hashlib
import json
import random
import shutil
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import shapes

SEED = "perigee"
ROWS = 100
NEWEST_MS = 1748779200000  # 2025-06-01T12:00:00Z; lists go back from here
STEP_MS = {"events": 20_000, "issues": 60_000, "releases": 3_600_000, "projects": 86_400_000}
BY_POSITION = ("events", "issues")  # the others' cursors count pages
SHARES = {"projects": 2, "releases": 8, "issues": 160}  # of 630 pages; the rest are events
LARGE_EVENTS = 40  # events in one of the large ones
FIRST_NUMBER = 10_000_000
LEVEL = 6  # of gzip


def iso(ms):
    return datetime.fromtimestamp(ms // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03d}Z"


@functools.cache
def times(stream, page):
    """When the page's rows are from, newest first, in ms; no two rows of a stream are of one ms."""
    draw, step = random.Random(f"{SEED}/{stream}/{page}/times"), STEP_MS[stream]
    first = NEWEST_MS - page * ROWS * step
    return [first - row * step - draw.randrange(step // 2) for row in range(ROWS)]


def cursor(stream, page):
    """The cursor that asks for a page, None for the first."""
    if page == 0:
        return None
    return f"{times(stream, page)[0]}:0:0" if stream in BY_POSITION else f"{ROWS}:{page}:0"


def file_name(stream, page):
    return "-".join(cursor(stream, page).split(":")[:2]) if page else "first"


def large_row(draw, forms, values):
    """A record with many stacks, as a long chain of errors has: some 190 KB."""
    parts = [draw.choice(forms) % {**values, "trace": f"{draw.getrandbits(128):032x}"} for _ in range(LARGE_EVENTS)]
    return parts[0][:-1] + ',"occurrences":[' + ",".join(parts[1:]) + "]}"


def rows_of(stream, page, large):
    draw, forms = random.Random(f"{SEED}/{stream}/{page}"), shapes_of(stream)
    for row, ms in enumerate(times(stream, page)):
        values = shapes.blanks(draw, FIRST_NUMBER - page * ROWS - row, iso(ms), iso(ms + 1000))
        yield large_row(draw, forms, values) if large else draw.choice(forms) % values


@functools.cache
def shapes_of(stream):
    return shapes.forms()[stream]


def make_page(task):
    """Writes one page, and beside it where its records end, for the server that cuts pages by itself."""
    folder, stream, page, large = task
    rows = [row.encode() for row in rows_of(stream, page, large)]
    ends, at = [], 0
    for row in rows:
        at += 1 + len(row)  # the bracket or comma before it
        ends.append(at)
    target = folder / stream / file_name(stream, page)
    write(target.with_suffix(".json.gz"), b"[" + b",".join(rows) + b"]")
    if page == 0:
        write(target.with_name("one.json.gz"), b"[" + rows[0] + b"]")
    target.with_suffix(".ends").write_text(json.dumps(ends))


def write(path, text):
    part = path.with_suffix(".part")
    part.write_bytes(gzip.compress(text, LEVEL, mtime=0))
    part.rename(path)


class Data:
    """The first pages of each stream: `size` records in all, the one of project_detail among them."""

    def __init__(self, cache, size, pages=None, large=False):
        self.folder = cache / f"pages-{version()}" / ("large" if large else "usual")
        self.large = large
        total = max(len(SHARES) + 1, size // ROWS)
        self.pages = pages or {name: max(1, total * share // 630) for name, share in SHARES.items()}
        if not pages:
            self.pages["events"] = total - sum(self.pages.values())
        self.make()

    def make(self):
        for stream in self.pages:
            (self.folder / stream).mkdir(parents=True, exist_ok=True)
        tasks = [
            (self.folder, name, page, self.large)
            for name, count in self.pages.items()
            for page in range(count)
            if not self.ends_file(name, page).exists()
        ]
        if tasks:
            with ProcessPoolExecutor() as pool:
                for _ in pool.map(make_page, tasks, chunksize=16):
                    pass
        for name in ("project", "org"):
            if not self.document(name).exists():
                write(self.document(name), (shapes.FIXTURES / f"{name}.json").read_bytes())

    def document(self, name):
        return self.folder / f"{name}.json.gz"

    def file(self, stream, page):
        return self.folder / stream / f"{file_name(stream, page)}.json.gz"

    def ends_file(self, stream, page):
        return self.folder / stream / f"{file_name(stream, page)}.ends"

    def files(self, streams=None):
        return [self.file(name, page) for name in streams or self.pages for page in range(self.pages[name])]

    def records(self, streams=None):
        return sum(self.pages[name] for name in streams or self.pages) * ROWS + (0 if streams else 1)

    def bytes(self, streams=None):
        """Of the pages, inflated."""
        return sum(
            ends(self.ends_file(name, page))[-1] + 1
            for name in streams or self.pages
            for page in range(self.pages[name])
        )

    def page_text(self, stream, page):
        return gzip.decompress(self.file(stream, page).read_bytes())

    def times(self, stream):
        return [ms for page in range(self.pages[stream]) for ms in times(stream, page)]


@functools.cache
def ends(path):
    return json.loads(path.read_text())


@functools.cache
def version():
    """Data of other code is other data."""
    digest = hashlib.sha256()
    for source in sorted([Path(__file__), Path(shapes.__file__), *shapes.FIXTURES.glob("*.json")]):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def forget_old(cache):
    for folder in cache.glob("pages-*"):
        if folder.name != f"pages-{version()}":
            shutil.rmtree(folder)


class Rows:
    """A stream's records by number, to cut pages of any size from: whole pages come from disk as they are."""

    def __init__(self, data, stream):
        self.data, self.stream = data, stream
        self.times = data.times(stream)
        self.negative = [-ms for ms in self.times]
        self.page_text = functools.lru_cache(32)(lambda page: data.page_text(stream, page))
        self.gzipped = functools.lru_cache(4096)(self.gzip)

    def at_or_before(self, ms):
        """The number of the first row that is not newer."""
        return bisect.bisect_left(self.negative, -ms)

    def row(self, number):
        page, place = divmod(number, ROWS)
        bounds = [0, *ends(self.data.ends_file(self.stream, page))]
        return self.page_text(page)[bounds[place] + 1 : bounds[place + 1]]

    def gzip(self, first, end):
        if first % ROWS == 0 and end - first == ROWS:
            return self.data.file(self.stream, first // ROWS).read_bytes()
        return gzip.compress(b"[" + b",".join(self.row(number) for number in range(first, end)) + b"]", 1, mtime=0)
