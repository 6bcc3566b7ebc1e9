"""Walks the APIs of cookbook_api.py by hand, as their documentation says, and records it as a browser does.

`cookbook_walks.py PORT FOLDER` writes FOLDER/NAME.PAGES.har for each API, PAGES being `one` (its first page alone), `two` or `all`.
Secrets stand in these files as they were sent.
"""

import base64
import json
import sys
import urllib.request

PORT, FOLDER = sys.argv[1], sys.argv[2]
ORIGIN = f"http://127.0.0.1:{PORT}"
BEARER = {"Authorization": "Bearer sesame-1234"}
GRAPHQL = """query ($first: Int!, $after: String) { orders(first: $first, after: $after) {
  edges { cursor node { id total } } pageInfo { hasNextPage endCursor } } }"""


def pairs(headers):
    return [{"name": name, "value": value} for name, value in headers.items()]


def send(method, path, headers, body=None, kind="application/json"):
    """One exchange, as an entry of a HAR, and its document."""
    url = path if path.startswith("http") else ORIGIN + path
    sent = {"User-Agent": "Mozilla/5.0", "Accept": "*/*", "Cookie": "session=c00kie-value-99", **headers}
    request = {"method": method, "url": url, "httpVersion": "HTTP/1.1", "cookies": [], "queryString": [], "headersSize": -1}
    if body is not None:
        sent["Content-Type"] = kind
        request["postData"] = {"mimeType": kind, "text": body}
    request["headers"] = pairs(sent)
    made = urllib.request.Request(url, method=method, headers=sent, data=body.encode() if body is not None else None)
    with urllib.request.urlopen(made) as answer:
        text = answer.read().decode()
        response = {"status": answer.status, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [],
                    "headers": pairs(dict(answer.headers)), "redirectURL": "", "headersSize": -1, "bodySize": len(text),
                    "content": {"mimeType": "application/json", "size": len(text), "text": text}}
    entry = {"startedDateTime": "2026-02-01T00:00:00Z", "time": 1, "request": request, "response": response, "cache": {},
             "timings": {"send": 0, "wait": 1, "receive": 0}}
    return entry, json.loads(text), dict(answer.headers)


def by_steps(paths):
    return [send("GET", path, BEARER)[0] for path in paths]


def messages():
    entries, token = [], ""
    while token is not None:
        entry, found, _ = send("GET", f"/v1/messages?limit=10{token}", BEARER)
        entries.append(entry)
        token = found["meta"]["next_cursor"] and f"&cursor={found['meta']['next_cursor'].replace('=', '%3D')}"
    return entries


def accounts():
    entries, path = [], "/v1/Accounts?%24top=10"
    while path:
        entry, found, _ = send("GET", path, BEARER)
        entries.append(entry)
        path = found.get("@odata.nextLink")
    return entries


def commits():
    entries, path = [], "/v1/commits?per_page=10"
    while path:
        entry, _, headers = send("GET", path, BEARER)
        entries.append(entry)
        path = headers["Link"].partition("<")[2].partition(">")[0] if "Link" in headers else None
    return entries


def charges():
    entries, last, more = [], "", True
    while more:
        entry, found, _ = send("GET", f"/v1/charges?limit=10{last}", BEARER)
        entries.append(entry)
        last, more = f"&starting_after={found['data'][-1]['id']}", found["has_more"]
    return entries


def graphql():
    entries, variables, more = [], {"first": 10}, True
    while more:
        entry, found, _ = send("POST", "/v1/graphql", BEARER, json.dumps({"query": GRAPHQL, "variables": variables}))
        entries.append(entry)
        info = found["data"]["orders"]["pageInfo"]
        variables, more = {"first": 10, "after": info["endCursor"]}, info["hasNextPage"]
    return entries


def search():
    basic = {"Authorization": "Basic " + base64.b64encode(b"reader:sesame-1234").decode()}
    entries, body, hits = [], {"size": 10, "sort": [{"at": "asc"}, {"id": "asc"}]}, True
    while hits:
        entry, found, _ = send("POST", "/v1/logs/_search", basic, json.dumps(body))
        hits = found["hits"]["hits"]
        entries.append(entry)
        body["search_after"] = hits[-1]["sort"] if hits else None
    return entries


def invoices():
    client = {"Authorization": "Basic " + base64.b64encode(b"my-client:sesame-1234").decode()}
    login, found, _ = send("POST", "/oauth/token", client, "grant_type=client_credentials&scope=invoices%3Aread",
                           "application/x-www-form-urlencoded")
    token = {"Authorization": "Bearer " + found["access_token"]}
    return [login] + [send("GET", f"/v1/invoices?size=10&page={page}", token)[0] for page in (1, 2, 3)]


def visits():
    start, _, _ = send("POST", "/v1/exports", BEARER, '{"report":"visits"}')
    return [start] + by_steps(["/v1/exports/7", "/v1/exports/7", "/v1/exports/7/rows"])


WALKS = {
    "customers": lambda: by_steps([f"/v1/customers?page={page}&per_page=10" for page in (1, 2, 3)]),
    "products": lambda: by_steps([f"/v1/products?offset={offset}&limit=10" for offset in (0, 10, 20)]),
    "messages": messages, "accounts": accounts, "commits": commits, "charges": charges,
    "calls": lambda: by_steps([f"/v1/calls?from=2026-0{month}-01&to=2026-0{month + 1}-01" for month in (1, 2, 3, 4)]),
    "orders": graphql, "documents": search, "invoices": invoices,
    "stations": lambda: [send("GET", f"/v1/stations?api_key=sesame-1234&count=10{start}", {})[0]
                         for start in ("", "&start=10", "&start=20")],
    "visits": visits,
}

for name, walk in WALKS.items():
    entries = walk()
    login = 1 if name == "invoices" else 0
    for pages, count in (("one", login + 1), ("two", login + 2), ("all", len(entries))):
        kept = entries if name == "visits" else entries[:count]
        with open(f"{FOLDER}/{name}.{pages}.har", "w", encoding="utf-8") as file:
            json.dump({"log": {"version": "1.2", "creator": {"name": "a browser", "version": "1"}, "entries": kept}}, file)
