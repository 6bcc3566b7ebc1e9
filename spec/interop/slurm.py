"""One read in shards, as a job array on real Slurm: `slurm.py PERIGEE [--events N] [--shards N] [--json]`.

Two nodes on this machine read from the fake Sentry. One node is killed in the middle with all of its processes; its shards are
requeued on the other. Then: the records of all shards are those of one read, and the joined state brings nothing again.
Exit status 0: that holds; 1: it does not; 77: Slurm cannot run here, and the reason is printed.
"""

import sys

sys.dont_write_bytecode = True  # no __pycache__ beside the specs

import argparse  # noqa: E402
import collections  # noqa: E402
import json  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

from slurm_cluster import Cluster, lacking  # noqa: E402

HERE = Path(__file__).resolve().parent
SERVER = HERE.parent / "support" / "sentry" / "server.py"
SCRIPT = HERE.parent.parent / "deploy" / "slurm-array.sh"
STREAMS = ("events", "issues", "releases", "projects")
NOW, UNTIL = "2026-11-20T09:30:00Z", "2026-11-20T09:30:01Z"
SKIPPED = 77


def options():
    parser = argparse.ArgumentParser(prog="./dev scale", description="One read in shards, on real Slurm.")
    parser.add_argument("perigee", type=Path)
    parser.add_argument("--events", type=int, default=4000, help="that the fake Sentry holds (default 4,000)")
    parser.add_argument("--shards", type=int, default=4, help="(default 4)")
    parser.add_argument("--delay", type=int, default=100, help="of each response, in ms (default 100)")
    parser.add_argument("--workers", type=int, default=1, help="num_workers of each process (default 1)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args()


class Server:
    """The fake Sentry, until the end of a `with`."""

    def __init__(self, folder, chosen):
        self.folder = folder
        data = {"events": chosen.events, "issues": 60, "releases": 12, "projects": 4, "span_hours": 720}
        scenario = {"now": NOW, "limits": False, "page_size": 20, "delay_ms": chosen.delay, "data": data}
        folder.mkdir()
        (folder / "scale.json").write_text(json.dumps(scenario))

    def __enter__(self):
        words = [sys.executable, str(SERVER), "--dir", str(self.folder), "--fixtures", str(HERE.parent / "fixtures")]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{json.loads(self.process.stdout.readline())['http']}/scale"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def write_inputs(folder, url, workers):
    config = {"auth_token": "sentry-token-for-specs", "hostname": url, "organization": "acme", "project": "web-frontend",
              "num_workers": workers, "events_route": "project"}
    (folder / "config.json").write_text(json.dumps(config))
    entries = [{"stream": {"name": name, "json_schema": {"type": "object"}}, "sync_mode": "incremental",
                "destination_sync_mode": "append"} for name in STREAMS]
    (folder / "catalog.json").write_text(json.dumps({"streams": entries}))


def records_of(*paths):
    """How often each record stands in these files; a line that a kill has cut is none."""
    counts = collections.Counter()
    for path in paths:
        for line in path.read_bytes().split(b"\n")[:-1]:
            if line.startswith(b'{"type":"RECORD"'):
                counts[line[: line.rindex(b',"emitted_at"')]] += 1
    return counts


def read_alone(perigee, folder, name, *words):
    path, began = folder / name, time.monotonic()
    with path.open("wb") as out:
        status = subprocess.run([perigee, "read", "--config", folder / "config.json", "--catalog", folder / "catalog.json", *words],
                                stdout=out, stderr=subprocess.DEVNULL).returncode
    return path, status, time.monotonic() - began


def submit(cluster, perigee, folder, shards, output):
    env = {"PERIGEE": str(perigee), "CONFIG": str(folder / "config.json"), "CATALOG": str(folder / "catalog.json"),
           "OUTPUT": str(output), "UNTIL": UNTIL,
           "PERIGEE_CHECKPOINT_RECORDS": "20"}  # a kill costs so many records at the most, and those of one page
    cluster.submit(SCRIPT, f"--array=0-{shards - 1}", f"--chdir={folder}", env=env)


def wait_for_end(cluster):
    cluster.wait("the job array's end", lambda: not cluster.tasks(), 600)


def last_attempts(output, shards):
    """Of each shard the file that its last attempt wrote."""
    found = [sorted(output.glob(f"{shard}.[0-9]*.jsonl"), key=lambda path: int(path.name.split(".")[1])) for shard in range(shards)]
    return [files[-1] for files in found], [len(files) for files in found]


def under_way(cluster, output, node):
    """Has a task on this node printed a state, from which it can go on?"""
    for task, state, where in cluster.tasks():
        if state == "RUNNING" and where == node:
            file = output / f"{task}.0.jsonl"
            if file.exists() and b'"type":"STATE"' in file.read_bytes():
                return True
    return False


def run_killed(cluster, perigee, folder, shards, figures):
    """The array once more, with a node killed in the middle."""
    output, began = folder / "killed", time.monotonic()
    submit(cluster, perigee, folder, shards, output)
    cluster.wait("a shard under way on n1", lambda: under_way(cluster, output, "n1"))
    doomed = [task for task, state, where in cluster.tasks() if state == "RUNNING" and where == "n1"]
    at = time.monotonic()
    figures["killed_processes"] = cluster.kill_node("n1")
    cluster.wait("the lost shards on n2",
                 lambda: all((output / f"{task}.1.jsonl").exists() for task in doomed))
    figures["killed_shards"], figures["requeued_seconds"] = len(doomed), time.monotonic() - at
    wait_for_end(cluster)
    figures["killed_seconds"] = time.monotonic() - began
    return output


def compare(one, output, shards, figures, prefix):
    files, attempts = last_attempts(output, shards)
    union = records_of(*(path for shard in range(shards) for path in output.glob(f"{shard}.[0-9]*.jsonl")))
    figures[prefix + "missing"] = len(one - union)
    figures[prefix + "foreign"] = len(set(union) - set(one))
    figures[prefix + "again"] = sum((union - one).values())
    figures[prefix + "attempts"] = attempts
    return files


def merge(perigee, folder, files):
    done = subprocess.run([perigee, "state", "merge", *files], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    (folder / "joined.json").write_text(done.stdout)
    path, status, _ = read_alone(perigee, folder, "after.jsonl", "--state", folder / "joined.json")
    return {"after_status": status, "after_records": sum(records_of(path).values())}


def measure(chosen, folder):
    perigee, figures = chosen.perigee.resolve(), {"shards": chosen.shards, "delay_ms": chosen.delay, "workers": chosen.workers}
    with Server(folder / "sentry", chosen) as server:
        write_inputs(folder, server.url, chosen.workers)
        path, status, figures["one_seconds"] = read_alone(perigee, folder, "one.jsonl")
        one = records_of(path)
        figures["records"], figures["one_status"] = sum(one.values()), status
        cluster = Cluster(folder / "slurm")
        with cluster:
            began = time.monotonic()
            submit(cluster, perigee, folder, chosen.shards, folder / "whole")
            wait_for_end(cluster)
            figures["array_seconds"] = time.monotonic() - began
            compare(one, folder / "whole", chosen.shards, figures, "")
            output = run_killed(cluster, perigee, folder, chosen.shards, figures)
            files = compare(one, output, chosen.shards, figures, "killed_")
            figures.update(merge(perigee, folder, files))
        figures["left_behind"] = len(cluster.left_behind())
    return figures


def holds(figures):
    wanted = ("missing", "foreign", "again", "killed_missing", "killed_foreign", "after_status", "after_records", "one_status",
              "left_behind")
    return all(figures[name] == 0 for name in wanted) and figures["killed_shards"] > 0


WORDS = """\
{records} records, {delay_ms} ms for each response, num_workers {workers}
one process                        {one_seconds:6.1f} s
{shards} shards on two nodes              {array_seconds:6.1f} s   {missing} missing, {again} twice
the same, with a node killed       {killed_seconds:6.1f} s   {killed_missing} missing, {killed_again} again after the kill
  {killed_shards} of its shards ran on the other node after {requeued_seconds:.1f} s ({killed_processes} processes were killed)
a read from the joined state       {after_records} records
left behind                        {left_behind} processes"""


def main():
    chosen, reason = options(), lacking()
    if reason:
        print(f"skipped: Slurm needs {reason}")
        return SKIPPED
    folder = Path(tempfile.mkdtemp(prefix="perigee-scale-"))
    try:
        figures = measure(chosen, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures) if chosen.json else WORDS.format(**figures))
    return 0 if holds(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
