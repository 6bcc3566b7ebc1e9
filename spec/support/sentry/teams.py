"""The teams of the organization, and which of its projects and releases belong to whom."""

NAMES = ("backend", "frontend", "mobile", "data")
TEAMLESS = 40  # every fortieth project has no team


def of_project(number):
    """The teams of the project `number`; some have two, some none."""
    if number % TEAMLESS == TEAMLESS - 1:
        return ()
    own = NAMES[number % len(NAMES)]
    return (own, "data") if number % 7 == 0 and own != "data" else (own,)


def of_release(number, projects):
    """The projects of the release `number`, all among the first three; every fourth release has two."""
    few = projects[:3]
    chosen = [few[number % len(few)]] if few else []
    if number % 4 == 0 and len(few) > 1:
        chosen.append(few[(number + 1) % len(few)])
    return tuple(chosen)
