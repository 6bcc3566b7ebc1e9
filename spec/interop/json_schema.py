"""Judges the rows that spec/fixtures/rows keeps by the schemas of their streams, with the package jsonschema.

`json_schema.py SCHEMAS ROWS`: two folders. Prints how many rows it judged and what is wrong with which, as JSON.
"""

import json
import sys
from pathlib import Path

from jsonschema import Draft7Validator


def main(schemas, rows):
    judged, wrong = 0, []
    for path in sorted(Path(rows).glob("*.jsonl")):
        schema = json.loads((Path(schemas) / f"{path.stem}.json").read_text(encoding="utf-8"))
        Draft7Validator.check_schema(schema)
        validator = Draft7Validator(schema)
        for line in path.read_bytes().splitlines():  # of bytes: a text's lines end at U+2028, too
            kept = json.loads(line)
            judged += 1
            for error in validator.iter_errors(kept["row"]):
                wrong.append(f"{path.stem} ({kept['from']}): {error.json_path}: {error.message[:100]}")
    print(json.dumps({"judged": judged, "wrong": wrong}))


if __name__ == "__main__":
    main(*sys.argv[1:])
