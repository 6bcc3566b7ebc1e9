"""The connector that users have today, from PyPI, in a virtual environment of its own."""

from pathlib import Path

from environment import Environment

PACKAGE = "airbyte-source-sentry==0.6.11"  # the newest there; Python 3.10 to 3.12 suits it


class Peer:
    def __init__(self, cache, certificate):
        self.environment = Environment(cache / "peer", PACKAGE)
        self.program = self.environment.programs / "source-sentry"
        self.trust(certificate)
        self.versions = self.environment.versions("airbyte-source-sentry", "airbyte-cdk")

    def trust(self, certificate):
        """It listens to no variable and to no setting about authorities, but to its own environment's certifi."""
        bundle = Path(self.environment.run("import certifi; print(certifi.where())"))
        text, ours = bundle.read_text(), certificate.read_text()
        if ours not in text:
            bundle.write_text(text + ours)
