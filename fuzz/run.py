#!/usr/bin/env python3
"""Runs fuzz targets: ./dev fuzz [TARGET…] [SECONDS], or ./dev fuzz --keep [TARGET…].

Each target first reads the inputs of fuzz/seeds.py, and those that fuzz/corpus/TARGET keeps, a line of base64 each: together
they must cover as many places of the program as fuzz/corpus/floors says. Then it makes inputs of its own for so many seconds
(15), as many targets at once as there are processors, and must come to the executions that stand there, too: a target that hangs,
or does nothing, is no success. What it finds new stays in build-fuzz/corpus/TARGET; --keep takes the
smallest of it that cover the same into the repository, and sets the floors. An input that something does not hold for is printed, with the line that runs it again.
"""
import base64
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

import seeds

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent / "build-fuzz"
FLOORS = HERE / "corpus" / "floors"
LONGEST = 600  # bytes of an input that is kept
SLACK = 0.97  # of the places that are covered, so many are the floor: compilers differ
SECONDS = 15  # a target, so that all of them take two minutes and a half on two processors


def targets():
    return sorted(p.name[len("fuzz_"):] for p in (BUILD / "fuzz").glob("fuzz_*") if p.is_file())


def floors():
    """By target: places that the kept inputs cover, and executions in SECONDS, of which a slow machine that is busy makes more."""
    return {name: (int(places), int(executions)) for name, places, executions in map(str.split, FLOORS.read_text().splitlines())}


def unpack(name):
    """The kept inputs as files, in a folder that holds nothing else."""
    folder = BUILD / "corpus" / name / "kept"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder.parent / "found").mkdir(exist_ok=True)
    kept = HERE / "corpus" / name
    inputs = [base64.b64decode(line) for line in kept.read_text().split()] if kept.exists() else []
    for number, data in enumerate(seeds.SEEDS[name] + inputs):
        (folder / f"{number:04}").write_bytes(data)
    return folder


def call(name, *words):
    """Runs the target; returns its log, and whether it ended well."""
    folder = BUILD / "corpus" / name
    # A Lua state grows by itself, so that each input would be searched for leaks.
    leaks = ["-detect_leaks=0"] if name == "scripts" else []
    command = [str(BUILD / "fuzz" / f"fuzz_{name}"), "-timeout=60", "-rss_limit_mb=4096", "-max_len=4096", f"-artifact_prefix={folder}/",
               *leaks, *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.stdout, done.returncode == 0


def covered(log):
    counts = re.findall(r"\bcov: (\d+)", log)
    return int(counts[-1]) if counts else 0


def tell_fault(name, log):
    """What did not hold, and how it is seen again."""
    for line in log.splitlines():
        if re.search(r"does not hold|ERROR: |runtime error:|SUMMARY: ", line):
            print("    " + line.replace(str(HERE.parent) + "/", ""))
    written = re.findall(r"Test unit written to (\S+)", log)
    for path in written:
        print(f"    run it again: build-fuzz/fuzz/fuzz_{name} {pathlib.Path(path).relative_to(HERE.parent)}")
    for line in re.findall(r"^Base64: (.*)$", log, re.M):
        print(f"    the input, in base64: {line}")
    if not written:
        print("\n".join("    " + line for line in log.splitlines()[-15:]))


def run(name, seconds, floor):
    """One line to standard output; returns the executions, or None where something does not hold."""
    kept, (places, least) = unpack(name), floor
    log, ok = call(name, "-runs=0", kept)
    cov, executions = covered(log), 0
    if ok and cov < places:
        print(f"{name:10} the kept inputs cover {cov} places, and {places} are the floor (fuzz/corpus/floors)")
        return None
    if ok:
        log, ok = call(name, f"-max_total_time={seconds}", "-print_final_stats=1", kept.parent / "found", kept)
        executions = int((re.findall(r"stat::number_of_executed_units: (\d+)", log) or ["0"])[0])
    if ok and executions < least * seconds // SECONDS:
        print(f"{name:10} {executions} executions in {seconds} s, and {least} in {SECONDS} s are the floor (fuzz/corpus/floors)")
        return None
    if ok:
        print(f"{name:10} {executions:9} executions, {cov} places covered by the kept inputs, {covered(log)} now", flush=True)
        return executions
    print(f"{name:10} FAILED")
    tell_fault(name, log)
    return None


def keep(name):
    """The smallest inputs that cover the same places, however often, into the repository; returns how many those are."""
    kept = unpack(name)
    merged = kept.parent / "merged"
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir()
    log, ok = call(name, "-merge=1", "-use_counters=0", merged, kept, kept.parent / "found")
    if not ok:
        sys.exit(log)
    inputs = sorted((p.read_bytes() for p in merged.iterdir()), key=lambda data: (len(data), data))
    lines = [base64.b64encode(data).decode() for data in inputs if len(data) <= LONGEST]
    (HERE / "corpus" / name).write_text("".join(line + "\n" for line in lines))
    cov = covered(call(name, "-runs=0", unpack(name))[0])
    print(f"{name:10} {len(lines)} inputs kept, {cov} places covered")
    return cov


def main(words):
    known = targets()
    seconds = next((int(word) for word in words if word.isdigit()), SECONDS)
    chosen = [word for word in words if not word.isdigit() and word != "--keep"] or known
    unknown = [name for name in chosen if name not in known]
    if unknown:
        sys.exit(f"There is no target '{unknown[0]}'; there are {', '.join(known)}.")
    if "--keep" in words:
        lowest = floors()
        lowest.update({name: (int(keep(name) * SLACK), lowest.get(name, (0, 0))[1]) for name in chosen})
        FLOORS.write_text("".join(f"{name} {places} {least}\n" for name, (places, least) in sorted(lowest.items())))
        return 0
    lowest = floors()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda name: run(name, seconds, lowest.get(name, (0, 0))), chosen))
    print(f"{sum(filter(None, results))} executions of {len(chosen)} targets, {results.count(None)} failed")
    return 1 if None in results else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
