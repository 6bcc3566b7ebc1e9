#!/usr/bin/env python3
"""The Debian packages of image/packages: their versions in a lock, fetched by it, and unpacked into one folder.

    packages.py lock ARCHITECTURE CACHE      writes image/lock.ARCHITECTURE with the versions of today
    packages.py audit ARCHITECTURE CACHE     names those in the image of which Debian has a newer version; 1: there are some
    packages.py unpack ARCHITECTURE CACHE DIR  fetches what the lock names, compares it with its digests, unpacks it
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    say(text)
    sys.exit(1)


def names(architecture):
    """The rows of image/packages for an image: (what it is for, name)."""
    with open(os.path.join(HERE, "packages"), encoding="utf-8") as file:
        rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
    kinds = [(kind.partition("/"), name) for kind, name in rows]
    return [(use, name) for (use, _, only), name in kinds if only in ("", architecture)]


def lock_path(architecture):
    return os.path.join(HERE, "lock." + architecture)


def locked(architecture):
    """The rows of a lock: (what it is for, name, version, SHA-256 of the package's file); tools have no digest."""
    try:
        with open(lock_path(architecture), encoding="utf-8") as file:
            rows = [tuple(line.split()) for line in file if not line.startswith("#")]
    except FileNotFoundError:
        fail(f"There is no image/lock.{architecture}. Run: ./dev image lock")
    if [row[:2] for row in rows] != names(architecture):
        fail(f"image/lock.{architecture} names other packages than image/packages. Run: ./dev image lock")
    return rows


class Apt:
    """apt of another architecture, with lists of its own beside those of this machine, whose sources it takes."""

    def __init__(self, architecture, cache):
        self.architecture = architecture
        state = os.path.join(cache, "apt", architecture)
        for folder in ("lists/partial", "archives/partial"):
            os.makedirs(os.path.join(state, folder), exist_ok=True)
        settings = {"APT::Architecture": architecture, "APT::Architectures::": architecture, "Dir::State": state,
                    "Dir::State::lists": state + "/lists", "Dir::State::status": "/dev/null", "Dir::Cache": state,
                    "Acquire::Languages": "none", "APT::Sandbox::User": "root", "Acquire::Retries": "3"}
        self.options = [f"-o{key}={value}" for key, value in settings.items()]
        self.fresh = False

    def run(self, program, *words, folder=None):
        result = subprocess.run([program, *self.options, *words], cwd=folder, capture_output=True, text=True, check=False)
        if result.returncode:
            fail(f"{program} {' '.join(words)} failed:\n{result.stderr.strip()}")
        return result.stdout

    def update(self):
        if not self.fresh:
            self.run("apt-get", "update", "-q")
        self.fresh = True

    def show(self, *words):
        """What `apt-cache show` prints of these, each as a dict of its fields of one line."""
        for text in self.run("apt-cache", "show", *words).split("\n\n"):
            fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line and not line.startswith(" "))
            if fields:
                yield fields

    def candidates(self, packages):
        """Version and SHA-256 of the newest file that the sources offer, by name."""
        self.update()
        found = {}
        for fields in self.show("--no-all-versions", *packages):
            found[fields["Package"]] = fields["Version"], fields["SHA256"]
        return found

    def offers(self, packages):
        """What the sources offer: name, version, and the suite that has it, such as `bookworm-security/main`."""
        self.update()
        rows = [line.split("|") for line in self.run("apt-cache", "madison", *packages).splitlines()]
        return [(name.strip(), version.strip(), source.split()[1]) for name, version, source in rows if "Packages" in source]

    def fetch(self, rows, folder):
        """The files of these rows of a lock, as find_file names them."""
        offered = {(name, version) for name, version, _ in self.offers([row[1] for row in rows])}
        listed = [f"{name}={version}" for _, name, version, _ in rows if (name, version) in offered]
        if listed:
            self.run("apt-get", "download", "-q", *listed, folder=folder)
        for _, name, version, digest in rows:
            if (name, version) not in offered and not self.fetch_superseded(name, version, digest, folder):
                fail(f"No source has {name} {version} any more, which image/lock.{self.architecture} names. "
                     "Run: ./dev image lock")

    def fetch_superseded(self, name, version, digest, folder):
        """From beside the newer version: a mirror keeps a file for some time that its lists do not name any more."""
        sources = set(self.run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split())
        for fields in self.show("--all-versions", name):
            newer, wanted = (text.partition(":")[2] or text for text in (fields["Version"], version))  # no epoch is in a path
            path = fields["Filename"].replace(f"_{newer}_", f"_{wanted}_")
            to = os.path.join(folder, file_beginning(name, version) + path.rpartition("_")[2])
            for source in sorted(sources):
                words = ["/usr/lib/apt/apt-helper", *self.options, "download-file", source + path, to, "SHA256:" + digest]
                if subprocess.run(words, capture_output=True, check=False).returncode == 0:
                    return True
        return False


def installed(name):
    words = ["dpkg-query", "-W", "-f", "${Version}", name]
    version = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False).stdout
    return (version or fail(f"{name} is not installed: its version belongs into the lock"),)


def write_lock(architecture, cache):
    rows = names(architecture)
    found = Apt(architecture, cache).candidates([name for use, name in rows if use != "tool"])
    with open(lock_path(architecture) + ".new", "w", encoding="utf-8") as file:
        file.write("# Written by `./dev image lock`: what for, package, version, SHA-256 of its file.\n")
        for use, name in rows:
            file.write(" ".join((use, name, *(installed(name) if use == "tool" else found[name]))) + "\n")
    os.replace(lock_path(architecture) + ".new", lock_path(architecture))


def is_newer(version, than):
    return subprocess.run(["dpkg", "--compare-versions", version, "gt", than], check=False).returncode == 0


def audit(architecture, cache):
    """A line for each newer version that a source has of a package of which the image has files; returns how many."""
    inside, count = {name: version for use, name, version, *_ in locked(architecture) if use == "run"}, 0
    for name, offered, suite in Apt(architecture, cache).offers(list(inside)):
        if is_newer(offered, inside[name]):
            fixes = ": a security update" if "-security/" in suite else ""
            print(f"{architecture}: {name} {inside[name]}, and {suite} has {offered}{fixes}")
            count += 1
    return count


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_beginning(name, version):
    """What the name of a package's file begins with, up to its architecture: apt writes the colon of an epoch as %3a."""
    return f"{name}_{version.replace(':', '%3a')}_"


def find_file(folder, name, version):
    beginning = file_beginning(name, version)
    found = [file for file in os.listdir(folder) if file.startswith(beginning) and file.endswith(".deb")]
    return os.path.join(folder, found[0]) if found else None


def is_whole(path, digest):
    return path is not None and digest_of(path) == digest


def fetch(architecture, cache, rows):
    """The paths of the packages' files, each with the digest that the lock has."""
    folder = os.path.join(cache, "packages", architecture)
    os.makedirs(folder, exist_ok=True)
    missing = [row for row in rows if not is_whole(find_file(folder, *row[1:3]), row[3])]
    if missing:
        Apt(architecture, cache).fetch(missing, folder)
    paths = [find_file(folder, name, version) for _, name, version, _ in rows]
    for path, (_, name, version, digest) in zip(paths, rows):
        if not is_whole(path, digest):
            fail(f"The file of {name} {version} has another digest than image/lock.{architecture} says.")
    return paths


def control_of(path):
    return subprocess.run(["dpkg-deb", "-f", path], stdout=subprocess.PIPE, text=True, check=True).stdout


def extract(path, target):
    """The names of the files and folders that it has."""
    archive = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], stdout=subprocess.PIPE, check=True).stdout
    words = ["tar", "-x", "-v", "--keep-directory-symlink", "--no-same-owner", "-C", target]
    listed = subprocess.run(words, input=archive, stdout=subprocess.PIPE, check=True).stdout.decode()
    members = [line.removeprefix("./").rstrip("/") for line in listed.splitlines()]
    for member in members:
        if member.endswith(".so"):
            lead_inside(os.path.join(target, member), target)
    return members


def lead_inside(path, target):
    """What is linked leads to a library here, and not to one of this machine, or to none: then the static one is taken."""
    if os.path.islink(path) and os.readlink(path).startswith("/"):
        library = os.path.join(target, os.readlink(path)[1:])
        os.remove(path)
        os.symlink(os.path.relpath(library, os.path.dirname(path)), path)


def keep_libraries(path, info, name):
    """What dpkg-shlibdeps reads of a package: which versions of it have which symbols."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "--control", path, folder], check=True)
        for kind in ("symbols", "shlibs"):
            if os.path.exists(os.path.join(folder, kind)):
                shutil.copy(os.path.join(folder, kind), os.path.join(info, f"{name}.{kind}"))


def unpack(architecture, cache, target):
    """dpkg-query --admindir=TARGET/var/lib/dpkg knows them as it knows installed ones."""
    rows = [row for row in locked(architecture) if row[0] != "tool"]
    for folder in ("bin", "lib", "sbin", "lib64"):
        os.makedirs(os.path.join(target, "usr", folder), exist_ok=True)
        os.symlink("usr/" + folder, os.path.join(target, folder))
    database = os.path.join(target, "var/lib/dpkg")
    os.makedirs(os.path.join(database, "info"))
    with open(os.path.join(database, "status"), "w", encoding="utf-8") as status:
        for (_, name, *_), path in zip(rows, fetch(architecture, cache, rows)):
            status.write(control_of(path) + "Status: install ok installed\n\n")
            with open(os.path.join(database, "info", name + ".list"), "w", encoding="utf-8") as file:
                file.writelines(f"/{member or '.'}\n" for member in extract(path, target))
            keep_libraries(path, os.path.join(database, "info"), name)


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "lock":
        write_lock(*sys.argv[2:])
    elif len(sys.argv) == 4 and sys.argv[1] == "audit":
        sys.exit(1 if audit(*sys.argv[2:]) else 0)
    elif len(sys.argv) == 5 and sys.argv[1] == "unpack":
        unpack(*sys.argv[2:])
    else:
        fail(__doc__)


main()
