"""Passes every record of a connector's output through the function by which Singer's SDK conforms records to their schema, at
its recursive level: CATALOG OUTPUT, the lines of `discover` and of `read`.

Prints {"records": n, "lost": {path: n}, "changed": {path: n}}: which members are not there any more, or say something else.
"""

import json
import logging
import sys
from collections import Counter

from singer_sdk.helpers._typing import conform_record_data_types
from singer_sdk.helpers.conform import TypeConformanceLevel

LOGGER = logging.getLogger("singer")


def compare(path, sent, conformed, lost, changed):
    if isinstance(sent, dict) and isinstance(conformed, dict):
        for name, value in sent.items():
            inner = f"{path}.{name}" if path else name
            if name in conformed:
                compare(inner, value, conformed[name], lost, changed)
            else:
                lost[inner] += 1
    elif isinstance(sent, list) and isinstance(conformed, list) and len(sent) == len(conformed):
        for pair in zip(sent, conformed):
            compare(f"{path}[]", *pair, lost, changed)
    elif sent != conformed or type(sent) is not type(conformed):
        changed[path] += 1


def main(catalog, output):
    schemas, lost, changed, records = {}, Counter(), Counter(), 0
    with open(catalog, encoding="utf-8") as lines:
        for message in map(json.loads, lines):
            if message["type"] == "CATALOG":
                schemas = {stream["name"]: stream["json_schema"] for stream in message["catalog"]["streams"]}
    with open(output, encoding="utf-8") as lines:
        for message in map(json.loads, lines):
            if message["type"] == "RECORD":
                name, data = message["record"]["stream"], message["record"]["data"]
                conformed = conform_record_data_types(name, data, schemas[name], TypeConformanceLevel.RECURSIVE, LOGGER)
                compare("", data, conformed, lost, changed)
                records += 1
    print(json.dumps({"records": records, "lost": lost, "changed": changed}))


main(*sys.argv[1:])
