"""The benchmark: ./dev bench [--peers] [--beside PERIGEE] [--size N] [--runs N] [--only CASE]

Makes its data, serves them from this machine, has perigee and its peers read them in turn, and prints one table of
medians and ratios, then the goals. Plots go to bench/results/; so does the table, after a run of all cases.
"""

import sys

sys.dont_write_bytecode = True  # no __pycache__ beside the sources

import argparse  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
import signal  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import data  # noqa: E402
import goals  # noqa: E402
import plots  # noqa: E402
from cases import CASES  # noqa: E402
from desk import DEFAULT_SIZE, HERE, Desk  # noqa: E402
from table import table  # noqa: E402

RESULTS = HERE / "results"
SMALLEST = 3000  # records: below, there is too little to divide


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measures perigee beside its peers.")
    parser.add_argument("--peers", action="store_true", help="with other programs from PyPI, in virtual environments")
    parser.add_argument("--beside", type=Path, metavar="PERIGEE", help="another build, in turn with this one: read, tls, start")
    parser.add_argument("--size", type=int, default=DEFAULT_SIZE, help=f"records (default {DEFAULT_SIZE:,})")
    parser.add_argument("--runs", type=int, default=5, help="of each contestant (default 5; 3 at most of slow ones, 1 of PyAirbyte and dlt)")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(CASES),
        metavar="CASE",
        help=f"one of {', '.join(CASES)}; may be repeated",
    )
    given = parser.parse_args()
    if given.size < SMALLEST or given.runs < 1:
        parser.error(f"--size is at least {SMALLEST}, --runs at least 1")
    return given


def machine():
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"


def heading(given, desk):
    started = f"`{' '.join(['./dev bench', *sys.argv[1:]])}`"
    peer = f"; peer: {desk.peer.versions}" if desk.peer else ""
    return f"{started}: {given.size:,} records, medians of {given.runs} runs; {machine()}{peer}"


def measure(given, desk):
    for name, case in CASES.items():
        if given.only and name not in given.only:
            continue
        began = time.monotonic()
        case(desk)
        print(f"{name}: done in {time.monotonic() - began:.0f} s", file=sys.stderr)


def main():
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    data.forget_old(HERE / "cache")
    desk = Desk(given.size, given.runs, given.peers, given.beside)
    try:
        measure(given, desk)
        text = f"{heading(given, desk)}\n\n{table(desk.rows)}\n{goals.report(desk.rows, desk.facts, not given.only)}"
        print(text)
        plots.write(desk, RESULTS)
        if not given.only:
            (RESULTS / "table.md").write_text(text)
    finally:
        desk.close()


if __name__ == "__main__":
    main()
