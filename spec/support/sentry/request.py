"""One HTTP request as it was read from a connection."""

from urllib.parse import parse_qsl, unquote, urlsplit

MAX_HEAD = 65536


class BadRequest(Exception):
    pass


class Request:
    """Method, target and headers of a request; `prefix` is the scenario's name, `path` what is below it.

    A server of one scenario alone, `root`, has no prefix in its paths."""

    caller = None  # who asks, once the routes know

    def __init__(self, head, secure, root=None):
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
        self.pairs = parse_qsl(self.raw_query, keep_blank_values=True)
        self.query = dict(self.pairs)
        self.root = root
        self.prefix, self.path = (root, unquote(self.raw_path)) if root else self.placed()

    def placed(self):
        prefix, _, rest = unquote(self.raw_path).lstrip("/").partition("/")
        return prefix, "/" + rest

    def all(self, name):
        """Every value that the query gives to a name."""
        return [value for key, value in self.pairs if key == name]

    @property
    def host(self):
        return self.headers.get("host", "localhost")

    @property
    def origin(self):
        return ("https://" if self.secure else "http://") + self.host

    @property
    def base(self):
        """The server's address, below which its paths begin."""
        return self.origin if self.root else f"{self.origin}/{self.prefix}"

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
