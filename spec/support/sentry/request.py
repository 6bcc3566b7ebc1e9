"""One HTTP request as it was read from a connection."""

from urllib.parse import parse_qsl, unquote, urlsplit

MAX_HEAD = 65536


class BadRequest(Exception):
    pass


class Request:
    """Method, target and headers of a request; `prefix` is the scenario's name, `path` what is below it."""

    def __init__(self, head, secure):
        lines = head.decode("latin-1").split("\r\n")
        try:
            self.method, self.target, self.protocol = lines[0].split(" ")
        except ValueError:
            raise BadRequest(lines[0]) from None
        self.secure = secure
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.raw_path, _, self.raw_query = self.target.partition("?")
        if "://" in self.raw_path:
            self.raw_path = urlsplit(self.raw_path).path
        self.query = dict(parse_qsl(self.raw_query, keep_blank_values=True))
        self.prefix, _, rest = unquote(self.raw_path).lstrip("/").partition("/")
        self.path = "/" + rest

    @property
    def host(self):
        return self.headers.get("host", "localhost")

    @property
    def origin(self):
        return ("https://" if self.secure else "http://") + self.host

    @property
    def token(self):
        """The bearer token, or None where the request carries none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    @property
    def accepts_gzip(self):
        return "gzip" in self.headers.get("accept-encoding", "").lower()

    @property
    def keeps_alive(self):
        wish = self.headers.get("connection", "").lower()
        return wish != "close" if self.protocol == "HTTP/1.1" else wish == "keep-alive"
