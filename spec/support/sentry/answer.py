"""An answer before it becomes bytes, and how it is made into them."""

import gzip
import json
from dataclasses import dataclass, field
from http import HTTPStatus

JSON = "application/json"


def reason(status):
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


@dataclass
class Answer:
    """`texts` are a list's records, joined at the end so that a fault can touch a single one; else `body` counts."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict = field(default_factory=dict)
    texts: list | None = None
    separator: bytes = b", "
    around: tuple = (b"", b"")  # what stands before and after the array
    listing: object = None  # the routes.Listing that the rows come from
    page: object = None  # the paging.Page
    number: int | None = None  # which page of the walk
    link: str | None = None  # takes the place of the page's own Link header; "" sends none
    encoding: str | None = None  # forces Content-Encoding
    compress: bool | None = None  # forces or forbids compression
    mangle: object = None  # bytes -> bytes, after compression
    length_error: int = 0  # added to the true Content-Length
    stream: object = None  # (length, iterator of chunks) in place of a body
    wire: dict | None = None  # how the bytes are kept back: see wire.py
    close: bool = False
    fault: str | None = None

    @property
    def rows(self):
        return len(self.texts) if self.texts is not None else None

    def plain_body(self):
        if self.texts is not None:
            return self.around[0] + b"[" + self.separator.join(self.texts) + b"]" + self.around[1]
        return self.body

    def encoded_body(self, may_compress):
        """The body's bytes as they go out, and the Content-Encoding to declare."""
        body = self.plain_body()
        packed = may_compress if self.compress is None else self.compress
        if packed:
            body = gzip.compress(body, 1, mtime=0)
        if self.mangle:
            body = self.mangle(body)
        return body, self.encoding or ("gzip" if packed else None)


def document(value, status=200, **more):
    """An answer whose body is a small JSON document."""
    return Answer(status, json.dumps(value).encode(), **more)


def detail(text, status):
    return document({"detail": text}, status)


def page_of_html(text):
    body = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>' + text
    body += "</title></head><body><app-root></app-root></body></html>\n"
    return Answer(200, body.encode(), "text/html; charset=utf-8")


class Refusal(Exception):
    """Raised anywhere in the handling of a request; carries the answer to give."""

    def __init__(self, answer):
        super().__init__(answer.status)
        self.answer = answer
