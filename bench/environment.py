"""A virtual environment of the benchmark's own, with packages from PyPI."""

import sys

import process

INSTALL_SECONDS = 900
MADE = "made"  # a file: it is whole


class Environment:
    def __init__(self, folder, *packages):
        self.programs = folder / "bin"
        self.python = self.programs / "python"
        made = folder / MADE
        if not made.exists() or made.read_text() != " ".join(packages):
            print(f"Installing {' '.join(packages)} into {folder}", file=sys.stderr)
            process.output([sys.executable, "-m", "venv", "--clear", folder])
            pip = [self.programs / "pip", "install", "-q", "--disable-pip-version-check", *packages]
            process.output(pip, timeout=INSTALL_SECONDS)
            made.write_text(" ".join(packages))

    def run(self, code, *words):
        return process.output([self.python, "-c", code, *words]).strip()

    def versions(self, *names):
        return self.run(
            "import importlib.metadata as m, sys; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')", *names
        )
