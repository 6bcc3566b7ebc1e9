"""Starting what the benchmark needs beside it, and ending it again, whatever happens to us."""

import ctypes
import signal
import socket
import subprocess
from pathlib import Path

SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
PR_SET_PDEATHSIG = 1
GRACE = 5  # seconds between asking a process to end and ending it


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, **settings):
    return subprocess.Popen(command, preexec_fn=end_with_parent, **settings)


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def output(command, **settings):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **settings)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def certificate(folder):
    """A certificate for 127.0.0.1, and a bundle of the system's authorities and it: (certificate, key, bundle)."""
    certificate, key, bundle = folder / "tls.pem", folder / "tls.key", folder / "ca.pem"
    if not bundle.exists():
        folder.mkdir(parents=True, exist_ok=True)
        words = f"-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -keyout {key} -out {certificate}"
        names = ["-subj", "/CN=perigee bench", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
        output(["openssl", "req", "-x509", *words.split(), *names])
        bundle.write_text(SYSTEM_BUNDLE.read_text() + certificate.read_text())
    return certificate, key, bundle
