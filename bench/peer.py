"""The connector that users have today, from PyPI, in a virtual environment of its own."""

import sys
from pathlib import Path

import process

PACKAGE = "airbyte-source-sentry==0.6.11"  # the newest there; Python 3.10 to 3.12 suits it
INSTALL_SECONDS = 900


class Peer:
    def __init__(self, cache, certificate):
        self.folder = cache / "peer"
        self.program = self.folder / "bin" / "source-sentry"
        if not self.program.exists():
            print(f"Installing {PACKAGE} into {self.folder}", file=sys.stderr)
            process.output([sys.executable, "-m", "venv", "--clear", self.folder])
            pip = [self.folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", PACKAGE]
            process.output(pip, timeout=INSTALL_SECONDS)
        self.trust(certificate)
        self.versions = self.installed("airbyte-source-sentry", "airbyte-cdk")

    def trust(self, certificate):
        """It listens to no variable and to no setting about authorities, but to its own environment's certifi."""
        asked = "import certifi; print(certifi.where())"
        bundle = Path(process.output([self.folder / "bin" / "python", "-c", asked]).strip())
        text, ours = bundle.read_text(), certificate.read_text()
        if ours not in text:
            bundle.write_text(text + ours)

    def installed(self, *names):
        code = "import importlib.metadata as m, sys; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')"
        return process.output([self.folder / "bin" / "python", "-c", code, *names]).strip()
