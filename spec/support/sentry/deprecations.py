"""Endpoints that are to go: headers on every answer, and brown-outs, times in which each answer is a 410."""

import times
from answer import document

DATE, REPLACEMENT = "X-Sentry-Deprecation-Date", "X-Sentry-Replacement-Endpoint"
SINCE = "2026-05-15T00:00:00+00:00"
OF_ORGANIZATION = "/api/0/organizations/:organization_id_or_slug/"
DEFAULT = OF_ORGANIZATION + "projects/"


def headers(spec):
    return {DATE: spec.get("date", SINCE), REPLACEMENT: spec.get("replacement", DEFAULT)}


def gone(spec):
    """The answer of a brown-out, or for ever."""
    return document({"message": "This API no longer exists."}, 410, headers=headers(spec))


class Deprecations:
    """`spec` is by endpoint; `issues_alone` are all whose paths name an issue without its organization."""

    def __init__(self, spec, clock):
        self.spec = spec
        self.clock = clock
        self.asked = {}

    def of(self, endpoint, path):
        name = "issues_alone" if path.startswith("/api/0/issues/") else endpoint
        return name, self.spec.get(name)

    def begin(self, endpoint, path):
        """Counts a request; the 410 to give where it falls into a brown-out."""
        name, spec = self.of(endpoint, path)
        if spec is None:
            return None
        self.asked[name] = self.asked.get(name, 0) + 1
        return gone(spec) if any(self.falls(one, self.asked[name]) for one in spec.get("brownouts", [])) else None

    def falls(self, brownout, number):
        if "request" in brownout:
            return 0 <= number - brownout["request"] < brownout.get("requests", number + 1)
        passed = self.clock.now() - times.parse(brownout["at"])
        return 0 <= passed < brownout["seconds"] * times.SECOND

    def mark(self, endpoint, path, answer):
        """Puts both headers on an answer, as every one of such an endpoint has them."""
        _, spec = self.of(endpoint, path)
        if spec is not None:
            answer.headers.update(headers(spec))
