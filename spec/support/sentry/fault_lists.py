"""Faults of lists: links, cursors, empty pages, order, and the fields of single records."""

import re

import fixtures
import paging
import times
from faults import fault, has_rows, is_list


def goes_on(context, spec):
    return is_list(context, spec) and context.answer.page.more


def has_cursor(context, spec):
    return is_list(context, spec) and "cursor" in context.request.query


def third_or_later(context, spec):
    return is_list(context, spec) and (context.answer.number or 0) >= 3


# Links
@fault(is_list)
def no_link(context, spec):
    context.answer.link = ""


def link_of(context):
    return context.dialect.link(context.request, context.answer.page)


@fault(goes_on)
def link_other_host(context, spec):
    origin = "//" + context.request.host
    context.answer.link = link_of(context).replace(origin, "//" + spec.get("host", "other.example"))


@fault(has_cursor)
def link_loop(context, spec):
    context.answer.page.next, context.answer.page.more = context.request.query["cursor"], True


@fault(third_or_later)
def link_cycle(context, spec):
    earlier = context.scenario.walks.first_cursor(context.request)
    context.answer.page.next, context.answer.page.more = earlier, True


@fault(goes_on)
def link_no_cursor(context, spec):
    head, mark, tail = link_of(context).rpartition("<")
    tail = re.sub(r'; cursor="[^"]*"', "", re.sub(r"([?&])cursor=[^&>]*&?", r"\1", tail))
    context.answer.link = head + mark + tail


# Pages
@fault(has_rows)
def empty_page(context, spec):
    """From now on a page's worth of rows that are filtered out stands before this page's first row."""
    listing, rows = context.listing, context.answer.page.rows
    store = context.scenario.store
    table = store.table(listing.kind, listing.project) or store.table(listing.kind, rows[0].project)
    table.haunt(table.index(rows[0]), len(rows))
    return context.scenario.routes.answer(context.request)


@fault(is_list)
def empty_forever(context, spec):
    answer = context.answer
    answer.texts = []
    answer.page.more = True
    answer.page.next = fresh_cursor(context)


def fresh_cursor(context):
    """A cursor that looks right and was never given before."""
    number = context.scenario.requests
    if context.dialect.name == "glitchtip":
        return paging.base64_cursor(paging.position_text(context.scenario.base - number * times.SECOND))
    value, offset, _ = (answer_cursor(context) + ":0:0").split(":")[:3]
    return f"{value}:{int(offset) + number}:0"


def answer_cursor(context):
    return context.request.query.get("cursor") or context.answer.page.next or "0:0:0"


@fault(has_rows)
def wrong_order(context, spec):
    texts = context.answer.texts
    one, other = spec.get("a", 0), spec.get("b", len(texts) - 1)
    if max(one, other) < len(texts):
        texts[one], texts[other] = texts[other], texts[one]


# Fields
def field_of(context, spec):
    listing = context.answer.listing
    return spec.get("field") or ("lastSeen" if listing.kind == "issues" else "dateCreated")


def edit_record(context, spec, edit):
    """Passes the record at `index` through `edit(bytes, field)`."""
    texts = context.answer.texts
    index = spec.get("index", 0)
    if index < len(texts):
        texts[index] = edit(texts[index], field_of(context, spec))


def drop_member(text, field):
    found = fixtures.members(text)
    for at, (key, start, _, stop) in enumerate(found):
        if key == field:
            if at + 1 < len(found):
                return drop_member(text[:start] + text[found[at + 1][1] :], field)
            return text[: found[at - 1][3] if at else start] + text[stop:]
    return text


def set_member(text, field, value):
    for key, _, start, stop in reversed(fixtures.members(text)):
        if key == field:
            text = text[:start] + value + text[stop:]
    return text


@fault(has_rows)
def field_missing(context, spec):
    edit_record(context, spec, drop_member)


@fault(has_rows)
def field_null(context, spec):
    edit_record(context, spec, lambda text, field: set_member(text, field, b"null"))


FORMATS = {
    "offset": lambda micros: f'"{times.iso(micros, 6)[:-1]}+00:00"',
    "zone": lambda micros: f'"{times.iso(micros + 7200 * times.SECOND, 6)[:-1]}+02:00"',
    "naive": lambda micros: f'"{times.iso(micros, 6)[:-1]}"',
    "seconds": lambda micros: f'"{times.iso(micros, 0)}"',
    "date": lambda micros: f'"{times.iso(micros, 0)[:10]}"',
    "epoch": lambda micros: f"{micros / times.SECOND:.6f}",
}


@fault(has_rows)
def field_format(context, spec):
    """Writes the time anew in another `format`, or puts the JSON text `value` in its place."""
    rows = [row for row in context.answer.page.rows if not row.ghost]
    row = rows[min(spec.get("index", 0), len(rows) - 1)]
    value = spec["value"] if "value" in spec else FORMATS[spec.get("format", "offset")](row.stamp)
    edit_record(context, spec, lambda text, field: set_member(text, field, value.encode()))
