"""Who asks: the tokens that a scenario knows, what each may ask for, and whose projects it sees."""

from dataclasses import dataclass

READING = "alerts:read event:read member:read org:integrations org:read project:read project:releases team:read"
OPEN_WITHOUT_SCOPE = ("index", "organizations", "organization", "org_projects", "projects", "project")
KINDS = ("owner", "member", "integration", "organization", "outsider")


@dataclass(frozen=True)
class Caller:
    """`only` and `never` name endpoints, for dialects that do not look at scopes."""

    kind: str = "owner"
    scopes: frozenset = frozenset(READING.split())
    teams: frozenset = frozenset(("backend", "data"))
    bookmarks: frozenset = frozenset()
    user: str | None = None  # tokens of one user name the same; without, those of a kind are one user's
    only: tuple | None = None
    never: tuple = ()

    @property
    def person(self):
        return self.user or self.kind

    @property
    def sees_all(self):
        """Tokens that are no user's belong to no team: they see every project."""
        return self.kind in ("integration", "organization")

    def may_ask(self, endpoint, scopes):
        """`scopes` are those of which one suffices; None where the dialect does not look at them."""
        if scopes is not None and self.kind == "organization":
            return endpoint == "releases" and "org:ci" in self.scopes  # which is of no use to a user's token
        if scopes is not None:
            return bool(self.scopes & scopes)
        return endpoint not in self.never and (self.only is None or endpoint in self.only)


def described(token, spec):
    """A caller out of a scenario's file."""
    kind = spec.get("kind", "owner")
    if kind not in KINDS:
        raise ValueError(f"callers.{token}: no such kind: {kind}")
    made = {name: frozenset(spec[name]) for name in ("scopes", "teams", "bookmarks") if name in spec}
    return Caller(kind, **made, user=spec.get("user"))


def known(token, specs):
    """The callers of a scenario by their tokens: the well-known ones, and those that its file adds."""
    nothing, some = frozenset(), frozenset(("org:read", "event:read"))
    found = {
        token: Caller(),
        "token-without-scope": Caller(scopes=nothing, only=OPEN_WITHOUT_SCOPE),
        "token-without-releases": Caller(scopes=some, never=("releases",)),
        "token-of-member": Caller("member", teams=frozenset(("mobile",))),
        "token-of-integration": Caller("integration", teams=nothing),
        "token-of-outsider": Caller("outsider", teams=nothing),
        "sntrys_token-of-organization": Caller("organization", frozenset(("org:ci",)), nothing, only=("releases",)),
    }
    return found | {name: described(name, spec) for name, spec in specs.items()}
