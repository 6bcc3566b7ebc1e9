"""Which issue each event belongs to, and what that makes of the issue; merging issues, and taking one apart."""

from dataclasses import replace

from times import SECOND


def moment(event):
    """When an event happened, as an issue keeps it: more precisely than the list of events."""
    return event.stamp + event.received % SECOND


def of_errors(issues):
    """Performance problems and the like have no events of this kind."""
    return [row for row in issues.real() if "category" not in row.state]


def events_of(store, issue):
    return [row for row in store.table("events", issue.project).real() if row.state.get("group") == issue.key]


def occurrences(events, issue):
    """What an issue of another category lists: events that no project's list has."""
    return [replace(row, key=f"{int(issue.key):016x}{row.serial:016x}") for row in events.real()[:2]]


class Groups:
    def __init__(self, maker, store):
        self.maker = maker
        self.store = store
        self.linked = maker.spec.get("linked", maker.dialect.linked)
        self.late = int(maker.spec.get("seen_late_seconds", 0) * SECOND)

    # The start
    def fill(self, project, given):
        """Gives each event of a project an issue; `given` says how many some issues have, by their numbers."""
        events, issues = (self.store.table(kind, project) for kind in ("events", "issues"))
        left, errors = list(events.rows), {row.number: row for row in of_errors(issues)}
        rng = self.maker.rng("groups", project)
        for number, count in given.items():
            issue = errors.pop(int(number))
            chosen = rng.sample(left, count)
            self.give(chosen, issue)
            taken = {id(row) for row in chosen}
            left = [row for row in left if id(row) not in taken]
        for row in left if errors else ():
            self.give([row], rng.choice(list(errors.values())))
        if self.linked:
            self.see_all(events, issues)

    def give(self, events, issue):
        for row in events:
            row.state["group"] = issue.key

    def see_all(self, events, issues):
        """The issues' times and counts are those of their events."""
        found = {}
        for row in events.rows:
            found.setdefault(row.state.get("group"), []).append(row)
        for row in of_errors(issues):
            if row.key in found:
                self.count(row, found[row.key])
                self.maker.list_at(row, self.maker.rng("listed", row.key))
        issues.fill(issues.rows)

    def count(self, issue, events):
        issue.stamp = issue.received = max(moment(row) for row in events)
        issue.state["first"] = min(issue.state["first"], *(moment(row) for row in events))
        issue.state["count"] = len(events)

    # Later
    def change(self, issue, request, now, edit, why="update"):
        def applied(row):
            edit(row)
            self.maker.list_at(row, self.maker.rng("listed", row.key, row.version))

        self.store.update(self.store.table("issues", issue.project), issue, request, now, applied, why)

    def move(self, event, issue, request, now):
        def applied(row):
            row.state = {**row.state, "group": issue.key}

        self.store.update(self.store.table("events", event.project), event, request, now, applied)

    def join(self, event, rng, request, now):
        """A new event: its issue moves to the list's top."""
        errors = of_errors(self.store.table("issues", event.project))
        if not errors:
            return
        issue = rng.choice(errors)
        event.state["group"] = issue.key

        if self.linked:
            self.store.unseen.append((now + self.late, issue.project, issue.key, moment(event)))
            self.settle(request, now)

    def settle(self, request, now):
        """Writes down what issues have seen: at once, or some seconds after the event could be read."""
        due = [one for one in self.store.unseen if one[0] <= now]
        self.store.unseen = [one for one in self.store.unseen if one[0] > now]
        for _, project, key, seen_at in due:
            issue = next((row for row in self.store.table("issues", project).real() if row.key == key), None)
            if issue:
                self.change(issue, request, now, lambda row, at=seen_at: self.see(row, at))

    def see(self, row, at):
        row.stamp = row.received = max(row.stamp, at)
        row.state["count"] += 1

    def merge(self, table, rng, request, now):
        """One issue's events are another's from now on; it is gone."""
        self.settle(request, max((one[0] for one in self.store.unseen), default=now))
        errors = of_errors(table)
        if len(errors) < 2:
            return
        gone, stays = rng.sample(errors, 2)
        for event in events_of(self.store, gone):
            self.move(event, stays, request, now)

        def swallow(row):
            row.stamp = row.received = max(row.stamp, gone.stamp)
            row.state["count"] += gone.state["count"]
            row.state["first"] = min(row.state["first"], gone.state["first"])

        self.store.delete(table, gone, request, now)
        self.change(stays, request, now, swallow, "merge")

    def unmerge(self, table, rng, request, now):
        """Half of an issue's events are another issue's from now on, a new one."""
        errors = [row for row in of_errors(table) if len(events_of(self.store, row)) > 1]
        if not errors:
            return
        issue = rng.choice(errors)
        events = events_of(self.store, issue)
        away = rng.sample(events, len(events) // 2)
        number = table.made
        table.made += 1
        made = self.maker.row("issues", table.project, number, now, now)
        self.count(made, away)
        self.maker.list_at(made, rng)
        for event in away:
            self.move(event, made, request, now)
        self.store.add(table, made, request, now, "add")
        self.change(issue, request, now, lambda row: self.count(row, events_of(self.store, row)))
