"""A Slurm cluster of two nodes on this machine, for as long as a `with` lasts: munged, slurmctld and two slurmd, as root on
loopback, with files, ports and a key of their own. All of it is ended by process ids.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

NODES = ("n1", "n2")
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo")
LONGEST = 120  # seconds to wait for anything of Slurm's

CONF = """\
ClusterName=perigee
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
SlurmdTimeout=5
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0,sched_min_interval=1
{nodes}
PartitionName=all Nodes={names} Default=YES MaxTime=INFINITE State=UP
"""


def lacking():
    """What Slurm needs and this machine has not; nothing: it has all."""
    if os.geteuid() != 0:
        return "root (slurmd starts jobs for users)"
    missing = [name for name in NEEDED if not shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")]
    return f"Debian's slurmctld, slurmd, slurm-client and munge ({', '.join(missing)})" if missing else None


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def environment_of(pid):
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def parent_of(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def end(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Cluster:
    """`folder` is its own, and is not removed."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.processes = {}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def spawn(self, name, *words):
        log = (self.folder / f"{name}.out").open("wb")
        self.processes[name] = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env)

    def start(self):
        for name in ("state", *(f"spool-{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        self.configure()
        self.spawn("munged", "/usr/sbin/munged", "--foreground", "--force", f"--key-file={key}",
                   f"--socket={self.folder}/munge.socket", f"--seed-file={self.folder}/munge.seed",
                   f"--pid-file={self.folder}/munge.pid", f"--log-file={self.folder}/munge.log")
        self.wait("munged's socket", (self.folder / "munge.socket").exists)
        self.spawn("slurmctld", "/usr/sbin/slurmctld", "-D", "-i")
        for node in NODES:
            self.spawn(node, "/usr/sbin/slurmd", "-D", "-N", node)
        self.wait("both nodes", lambda: self.run("sinfo", "-h", "-N", "-o", "%T", check=False).split() == ["idle"] * 2)

    def configure(self):
        host, ports = socket.gethostname(), free_ports(2 + len(NODES))
        nodes = "\n".join(f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2 + i]} CPUs=2"
                          for i, node in enumerate(NODES))
        conf = self.folder / "slurm.conf"
        conf.write_text(CONF.format(host=host, ports=ports, folder=self.folder, nodes=nodes, names=",".join(NODES)))
        self.env = {**os.environ, "SLURM_CONF": str(conf), "PATH": os.environ.get("PATH", "") + ":/usr/sbin"}

    def run(self, *words, check=True, env=None):
        done = subprocess.run(words, env={**self.env, **(env or {})}, capture_output=True, text=True, timeout=LONGEST)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def wait(self, what, holds, longest=LONGEST):
        began = time.monotonic()
        while not holds():
            for name, process in self.processes.items():
                if process.poll() is not None and name not in getattr(self, "killed", ()):
                    raise RuntimeError(f"{name} has ended: {(self.folder / (name + '.out')).read_text()[-2000:]}")
            if time.monotonic() - began > longest:
                raise RuntimeError(f"{what}: it never came; the logs are in {self.folder}")
            time.sleep(0.1)

    def submit(self, script, *words, env):
        """The number of a job array."""
        return self.run("sbatch", "--parsable", *words, str(script), env=env).strip()

    def tasks(self):
        """What is queued or runs: task number, state and node."""
        lines = self.run("squeue", "-h", "-r", "-o", "%K %T %N").splitlines()
        return [line.split() + [""] * (3 - len(line.split())) for line in lines]

    def job_processes(self, node):
        """The processes of jobs on a node, and the steps that watch them."""
        wanted = {f"SLURM_CONF={self.folder}/slurm.conf".encode(), f"SLURMD_NODENAME={node}".encode()}
        jobs = [int(one) for one in os.listdir("/proc") if one.isdigit() and wanted <= set(environment_of(int(one)))]
        steps = {parent_of(pid) for pid in jobs}
        return jobs + [pid for pid in steps if name_of(pid).startswith("slurmstepd")]

    def kill_node(self, node):
        """As if its plug were pulled: slurmd and its steps and jobs are gone at once, and Slurm is told that it is down."""
        self.killed = {*getattr(self, "killed", ()), node}
        doomed = [self.processes[node].pid, *self.job_processes(node)]
        for pid in doomed:
            end(pid)
        self.processes[node].wait()
        self.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=killed")
        return len(doomed)

    def stop(self):
        for node in NODES:
            for pid in self.job_processes(node):
                end(pid)
        for process in reversed(list(self.processes.values())):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def left_behind(self):
        """Processes that name this cluster, after its end."""
        mark = f"SLURM_CONF={self.folder}/slurm.conf".encode()
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if mark in environment_of(pid)]
