#!/usr/bin/env python3
"""The image's root, by the list image/contents.

    root.py PACKAGES PERIGEE ROOT   PACKAGES: where the packages are unpacked, or / where they are installed;
                                    PERIGEE: what `cmake --install` made; ROOT: the folder to fill

Owners, modes and order do not depend on who runs it. Prints a line for each file: its path, and the package it is of.
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Failure(Exception):
    pass


def rows():
    for line in (HERE / "contents").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, path, *source = line.split()
            yield kind, path.lstrip("/"), source


def dynamic(path):
    """The names of the libraries that a program or library needs, and the path of the dynamic linker of a program."""
    text = subprocess.run(["readelf", "-W", "-d", "-l", path], capture_output=True, text=True, check=True).stdout
    linker = re.search(r"program interpreter: /(\S+)\]", text)
    return re.findall(r"\(NEEDED\)\s+Shared library: \[([^]]+)\]", text), linker and linker[1]


class Root:
    def __init__(self, packages, perigee, root):
        self.packages, self.perigee, self.root = Path(packages).resolve(), Path(perigee).resolve(), Path(root).resolve()
        self.libraries = sorted({path.parent for path in self.packages.glob("usr/lib/*-linux-gnu/libc.so.6")})
        self.sources = {}  # by path in the image, a file that it was made of; of perigee's own, None

    def folder(self, path, mode=0o755, owner=(0, 0)):
        target = self.root / path
        if target != self.root and not target.parent.is_dir():
            self.folder(Path(path).parent)
        target.mkdir(exist_ok=True)
        os.chmod(target, mode)
        os.chown(target, *owner)

    def copy(self, source, path, mode, ours=False):
        self.folder(Path(path).parent)
        shutil.copyfile(source, self.root / path)
        os.chmod(self.root / path, mode)
        os.chown(self.root / path, 0, 0)
        self.sources[str(path)] = None if ours else source

    def write(self, path, text):
        self.folder(Path(path).parent)
        (self.root / path).write_text(text, encoding="utf-8")
        os.chmod(self.root / path, 0o644)
        os.chown(self.root / path, 0, 0)

    def from_packages(self, path):
        source = (self.packages / path).resolve()
        if not source.is_file() or not source.is_relative_to(self.packages):
            raise Failure(f"/{path} is in none of the packages")
        return source

    def library_folder(self):
        if len(self.libraries) != 1:
            raise Failure(f"libc.so.6 is in {len(self.libraries)} folders of the packages, and not in one")
        return self.libraries[0].relative_to(self.packages)

    def program(self, path, source, ours=False):
        needed, linker = dynamic(source)
        self.copy(source, path, 0o755, ours)
        for name in needed + ([os.path.basename(linker)] if linker else []):
            library = f"{self.library_folder()}/{name}"
            if not (self.root / library).exists():
                self.program(library, self.from_packages(library))
        if linker and not os.path.lexists(self.root / "usr" / linker):
            library = f"{self.library_folder()}/{os.path.basename(linker)}"
            self.link("usr/" + linker, os.path.relpath(library, os.path.dirname("usr/" + linker)))

    def tree(self, path):
        for folder, folders, files in os.walk(self.perigee / path):
            folders.sort()
            for name in sorted(files):
                source = Path(folder) / name
                self.copy(source, source.relative_to(self.perigee), 0o644, ours=True)

    def bundle(self, path, source):
        """As update-ca-certificates joins them."""
        self.folder(Path(path).parent)
        certificates = sorted((self.packages / source).rglob("*.crt"))
        if not certificates:
            raise Failure(f"/{source} holds no certificates")
        text = "".join(file.read_text(encoding="ascii").rstrip("\n") + "\n" for file in certificates)
        self.write(path, text)
        self.sources[path] = certificates[0]

    def link(self, path, target):
        self.folder(Path(path).parent)
        os.symlink(target, self.root / path)

    def row(self, kind, path, source):
        if kind == "program":
            ours = source == ["perigee"]
            self.program(path, self.perigee / path if ours else self.from_packages(path), ours)
        elif kind == "library":
            path = f"{self.library_folder()}/{path}"
            self.program(path, self.from_packages(path))
        elif kind == "tree":
            self.tree(path)
        elif kind == "link":
            self.link(path, source[0])
        elif kind == "bundle":
            self.bundle(path, source[0].lstrip("/"))
        elif kind == "file":
            self.copy(HERE.parent / source[0], path, 0o644, ours=True)
        elif kind == "folder":
            self.folder(path, int(source[0], 8), tuple(map(int, source[1].split(":"))))
        else:
            raise Failure(f"image/contents has a row of the kind {kind}")

    # ---- whose the files are

    def owners(self):
        """By path in the image, the package that its file is of: as dpkg's lists say."""
        packages, folders, owners = {}, {}, {}
        for listing in sorted((self.packages / "var/lib/dpkg/info").glob("*.list")):
            for line in listing.read_text(encoding="utf-8").splitlines():
                folder, name = os.path.split(line)
                if folder not in folders:
                    folders[folder] = (self.packages / folder.lstrip("/")).resolve()
                packages[folders[folder] / name] = listing.name.removesuffix(".list").split(":")[0]
        for path, source in self.sources.items():
            owners[path] = packages.get(source) if source else "perigee"
            if not owners[path]:
                raise Failure(f"dpkg does not know whose {source} is")
        return owners

    def note_packages(self, names):
        """Licences ask for the copyright; scanners for weak versions look for control files in status.d."""
        kept = {}  # by a text, the package whose file has it: packages of one source have one text, and 63 KB of it is not little
        for name in names:
            source, path = (self.packages / "usr/share/doc" / name / "copyright").resolve(), f"usr/share/doc/{name}/copyright"
            first = kept.setdefault(source.read_bytes(), name)
            if first == name:
                self.copy(source, path, 0o644)
            else:
                self.link(path, f"../{first}/copyright")
            self.write(f"var/lib/dpkg/status.d/{name}", query(self.packages, "-s", name))


def query(packages, *words):
    command = ["dpkg-query", f"--admindir={packages}/var/lib/dpkg", *words]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def main():
    if len(sys.argv) != 4:
        raise Failure(__doc__)
    root = Root(*sys.argv[1:])
    root.folder("")
    for row in rows():
        root.row(*row)
    root.note_packages(sorted(set(root.owners().values()) - {"perigee"}))
    for path, owner in sorted(root.owners().items()):
        print(path, owner)


try:
    main()
except Failure as failure:
    print(failure, file=sys.stderr)
    sys.exit(1)
