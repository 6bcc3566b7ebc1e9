"""Which projects a request means: those it names, those of its user's teams, or all that its token may see."""

from answer import Refusal, detail

ALL = -1  # as `project=`: all that the token may see
WHOLE = ("owner", "integration", "organization")  # see projects of other teams, whatever the membership


class Visibility:
    def __init__(self, scenario):
        self.scenario = scenario
        self.dialect = scenario.dialect
        self.closed = scenario.spec.get("closed_membership", False)

    def rows(self):
        return self.scenario.store.table("projects").real()

    def is_own(self, caller, row):
        """Whether a project is one of the caller's teams'."""
        if caller.sees_all or not self.scenario.teams:
            return caller.kind != "outsider"
        return not caller.teams.isdisjoint(row.state.get("teams", ()))

    def may_see(self, caller, row):
        open_to = caller.kind in WHOLE or (caller.kind == "member" and not self.closed)
        return open_to or self.is_own(caller, row)

    def listed(self, caller, endpoint):
        """The projects that a list means when the request names none."""
        if endpoint in self.dialect.own_lists:
            return [row for row in self.rows() if self.is_own(caller, row)]
        return [row for row in self.rows() if self.may_see(caller, row)]

    def chosen(self, request, endpoint):
        """The slugs of the projects that a request for an organization's list means; None where none is asked about."""
        named = request.all("project") or request.all("projectSlug")
        if not self.scenario.teams and not (self.dialect.heeds_project and named):
            return None
        slugs = request.all("projectSlug") if self.dialect.all_sign is not None else []
        named = set(slugs) or self.numbers(request)
        if not named:
            return {row.project for row in self.listed(request.caller, endpoint)}
        seen = [row for row in self.rows() if self.may_see(request.caller, row)]
        if self.dialect.all_sign in named:
            return {row.project for row in seen}
        found = {row.project: row.project if slugs else int(row.key) for row in seen}
        if not named <= set(found.values()):
            raise Refusal(self.dialect.forbidden())
        return {slug for slug, name in found.items() if name in named}

    def numbers(self, request):
        try:
            return {int(value) for value in request.all("project")} if self.dialect.takes_project else set()
        except ValueError:
            raise Refusal(detail("Invalid project parameter. Values must be numbers.", 400)) from None
