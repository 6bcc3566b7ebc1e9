"""nginx serving the pages as files: as fast as a server can be, so that what is measured is the one who asks."""

import shutil
import socket
import time

import places
import process
from requests_log import RequestsLog

SECONDS_TO_START = 10
# The page's file is named by its cursor, whose colons may come escaped; a page of one row is for check's probes.
CONFIG = """
daemon off;
master_process off;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log;
events {{ worker_connections 512; }}
http {{
  client_body_temp_path {prefix}/temp;
  proxy_temp_path {prefix}/temp;
  fastcgi_temp_path {prefix}/temp;
  uwsgi_temp_path {prefix}/temp;
  scgi_temp_path {prefix}/temp;
  log_format requests "$msec\\t$request_time\\t$status\\t$body_bytes_sent\\t$request_uri";
  access_log {prefix}/requests.log requests;
  default_type application/json;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000;
  map_hash_max_size 65536;
  map_hash_bucket_size 128;
  map $arg_cursor $at {{
    default first;
    "~^(?<value>[0-9]+)(:|%3A)(?<offset>[0-9]+)(:|%3A)0$" "$value-$offset";
  }}
  map $arg_per_page $page {{ default $at; 1 one; }}
  map $list/$page $link {{
{links}  }}
  server {{
    listen 127.0.0.1:{http};
    listen 127.0.0.1:{tls} ssl http2;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    root {root};
    gzip_static always;
{locations}  }}
}}
"""
LIST = """    location = {path} {{
      set $list {name};
      add_header Link $link;
{more}      rewrite ^ /{name}/$page.json break;
    }}
"""
DOCUMENT = """    location = {path} {{ rewrite ^ /{name}.json break; }}
"""


def links(data):
    """For each page the header that leads to the next; nginx reads a quoted string, so quotes are escaped."""
    for stream, path in places.LISTS.items():
        for page in range(data.pages.get(stream, 0)):
            header = places.link(f"$scheme://$http_host{path}", *places.following(stream, page, data.pages[stream]))
            key = f"{stream}/{data.file(stream, page).name.removesuffix('.json.gz')}"
            yield f'    {key} "{escape(header)}";\n'


def escape(text):
    return text.replace('"', '\\"')


def locations(data):
    for stream, path in places.LISTS.items():
        hits = min(data.pages.get(stream, 0) * 100, places.MOST_HITS)
        more = f"      add_header X-Hits {hits};\n" if stream == "issues" else ""
        yield LIST.format(path=path, name=stream, more=more)
    for path, name in places.SAME.items():
        yield LIST.format(path=path, name=name, more="")
    for path, name in places.DOCUMENTS.items():
        yield DOCUMENT.format(path=path, name=name)


class Nginx:
    """Runs while the `with` block does. `http` and `tls` are its addresses as host:port."""

    def __init__(self, data, folder, tls):
        self.data, self.prefix = data, folder
        self.certificate, self.key, self.bundle = tls
        self.http_port, self.tls_port = process.free_ports(2)
        self.http, self.tls = f"127.0.0.1:{self.http_port}", f"127.0.0.1:{self.tls_port}"
        self.log = RequestsLog(self.prefix / "requests.log")

    def __enter__(self):
        (self.prefix / "temp").mkdir(parents=True, exist_ok=True)
        text = CONFIG.format(
            prefix=self.prefix,
            links="".join(links(self.data)),
            http=self.http_port,
            tls=self.tls_port,
            certificate=self.certificate,
            key=self.key,
            root=self.data.folder,
            locations="".join(locations(self.data)),
        )
        (self.prefix / "nginx.conf").write_text(text)
        self.process = process.start(
            ["nginx", "-p", self.prefix, "-c", self.prefix / "nginx.conf", "-e", self.prefix / "error.log"]
        )
        self.await_start()
        return self

    def await_start(self):
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until and self.process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", self.http_port), 1).close()
            except OSError:
                time.sleep(0.02)
        problem = (self.prefix / "error.log").read_text()[-2000:]
        self.__exit__()
        raise RuntimeError(f"nginx did not start: {problem}")

    def __exit__(self, *_):
        process.stop(self.process)
        shutil.rmtree(self.prefix, ignore_errors=True)
