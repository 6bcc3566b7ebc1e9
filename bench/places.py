"""Where the made-up Sentry has what, and the Link headers that it sends. Both servers answer by this."""

from data import cursor

ORGANIZATION, PROJECT = "acme", "web-frontend"
LISTS = {
    "events": f"/api/0/projects/{ORGANIZATION}/{PROJECT}/events/",
    "issues": f"/api/0/projects/{ORGANIZATION}/{PROJECT}/issues/",
    "releases": f"/api/0/organizations/{ORGANIZATION}/releases/",
    "projects": "/api/0/projects/",
}
DOCUMENTS = {
    f"/api/0/projects/{ORGANIZATION}/{PROJECT}/": "project",
    f"/api/0/organizations/{ORGANIZATION}/": "org",
}
SAME = {f"/api/0/organizations/{ORGANIZATION}/projects/": "projects"}  # the token's user is in a team of each project
MOST_HITS = 1000  # Sentry counts no further
STREAMS = (*LISTS, "project_detail")
PATHS = {**{path: name for name, path in LISTS.items()}, f"/api/0/projects/{ORGANIZATION}/{PROJECT}/": "project_detail"}


def stream_of(target):
    return PATHS.get(target.partition("?")[0], "other")


def link(url, following, more):
    """The Link header in Sentry's form: both links always there, `results` saying which of them leads anywhere."""
    before, after = f"{following.rsplit(':', 1)[0]}:1", following
    return (
        f'<{url}?&cursor={before}>; rel="previous"; results="false"; cursor="{before}", '
        f'<{url}?&cursor={after}>; rel="next"; results="{"true" if more else "false"}"; cursor="{after}"'
    )


def following(stream, page, pages):
    """The cursor that a page's Link header names, and whether it leads to more."""
    return cursor(stream, page + 1), page + 1 < pages


def targets(data, streams=None, **further):
    """What to ask for, page after page, as perigee does it."""
    for stream in streams or data.pages:
        query = {"per_page": 100, "limit": 100, **({"full": "true"} if stream == "events" else {}), **further}
        for page in range(data.pages[stream]):
            at = {"cursor": cursor(stream, page)} if page else {}
            yield LISTS[stream] + "?" + "&".join(f"{name}={value}" for name, value in {**query, **at}.items())
    if not streams:
        yield next(path for path, name in PATHS.items() if name == "project_detail")
