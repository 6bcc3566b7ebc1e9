"""The rows of a list before they are cut into pages."""

from dataclasses import dataclass

from store import Row


@dataclass
class Listing:
    """`form` is that of the records; `order` the key that the rows are sorted by, None for the newest first."""

    endpoint: str
    kind: str
    project: str
    rows: list
    form: str = "full"
    order: object = None
    since: int | None = None  # where the window begins of which records tell


def made_up(endpoint, texts, newest=0, step=1):
    """A list of texts that no table holds, in their order, each `step` microseconds older than the one before."""
    count = len(texts)
    rows = [
        Row(endpoint, "", n, str(n), count - n, 0, 0, newest - n * step, raw=text) for n, text in enumerate(texts)
    ]
    return Listing(endpoint, endpoint, "", rows)
