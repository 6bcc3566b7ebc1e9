"""Test certificates made with the openssl command: two authorities, and what the TLS ports show.

PERIGEE_SPEC_CERTIFICATES names a folder in which all servers find those that the first one makes.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CONFIG = """
[ca]
default_ca = main
[main]
new_certs_dir = .
database = {name}.index
serial = {name}.serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[request]
distinguished_name = name
prompt = no
[name]
commonName = test
[local]
subjectAltName = DNS:localhost, IP:127.0.0.1
[elsewhere]
subjectAltName = DNS:other.example
[regions]
subjectAltName = DNS:sentry.io, DNS:*.sentry.io, DNS:evil-sentry.io, DNS:sentry.io.evil.example, DNS:*.evil.example
"""
LEAVES = {  # name: (authority, extensions, start, end)
    "tls": ("ca", "local", "20200101000000Z", "20991231000000Z"),
    "tls_expired": ("ca", "local", "20200101000000Z", "20200201000000Z"),
    "tls_wrong_host": ("ca", "elsewhere", "20200101000000Z", "20991231000000Z"),
    "tunnel": ("ca", "regions", "20200101000000Z", "20991231000000Z"),
    "tls_untrusted": ("stranger", "local", "20200101000000Z", "20991231000000Z"),
}


def openssl(folder, *words):
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {' '.join(words)}: {done.stderr}")


def new_key(folder, name):
    openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")


def authority(folder, name):
    new_key(folder, name)
    (folder / f"{name}.conf").write_text(CONFIG.format(name=name))
    (folder / f"{name}.index").write_text("")
    (folder / f"{name}.serial").write_text("01\n")
    what = ("-key", f"{name}.key", "-config", f"{name}.conf", "-extensions", "authority", "-days", "3650")
    openssl(folder, "req", "-x509", "-new", *what, "-subj", f"/CN=perigee test {name}", "-out", f"{name}.pem")


def leaf(folder, name):
    by, extensions, start, end = LEAVES[name]
    config = ("-config", f"{by}.conf")
    openssl(folder, "req", "-new", "-key", "leaf.key", *config, "-subj", f"/CN={name}", "-out", f"{name}.csr")
    signer = ("-cert", f"{by}.pem", "-keyfile", f"{by}.key", "-extensions", extensions)
    dates = ("-startdate", start, "-enddate", end)
    openssl(folder, "ca", "-batch", "-notext", *config, *signer, *dates, "-in", f"{name}.csr", "-out", f"{name}.pem")


def make(folder):
    for name in ("ca", "stranger"):
        authority(folder, name)
    new_key(folder, "leaf")
    for name in LEAVES:
        leaf(folder, name)


def find(folder):
    """Those of all servers, or of this one alone: {port's name: (certificate, key)}, and the authority's file."""
    kept = Path(os.environ.get("PERIGEE_SPEC_CERTIFICATES") or folder / "certificates")
    if not kept.is_dir():
        made = Path(tempfile.mkdtemp(dir=kept.parent))
        make(made)
        try:
            made.rename(kept)
        except OSError:  # another server was faster
            shutil.rmtree(made)
    return {name: (kept / f"{name}.pem", kept / "leaf.key") for name in LEAVES}, kept / "ca.pem"
