"""Parses a connector's output by Airbyte's own models: those of the CDK (the Python classes that platforms' tools use),
and those that pydantic makes of the protocol's schema. Prints how many messages of each type came, as JSON.

What a model passes on must be the line: a member that it drops or changes is a mistake in the line.
"""

import json
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

from airbyte_cdk.models import AirbyteMessageSerializer
from airbyte_protocol.models import AirbyteMessage


def is_lost(sent, parsed):
    """Where a member of what was sent is not in what a model made of it; None: nowhere. Numbers may gain a fraction."""
    if isinstance(sent, dict):
        if not isinstance(parsed, dict):
            return "."
        for name, value in sent.items():
            if name not in parsed and value is not None:
                return name
            inner = is_lost(value, parsed.get(name))
            if inner:
                return f"{name}/{inner}"
        return None
    if isinstance(sent, list):
        if len(sent) != len(parsed):
            return "[]"
        return next((f"[{i}]/{lost}" for i, pair in enumerate(zip(sent, parsed)) if (lost := is_lost(*pair))), None)
    return None if sent == parsed else f"{sent!r} != {parsed!r}"


def main(path):
    counts = Counter()
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            sent = json.loads(line)
            cdk = AirbyteMessageSerializer.dump(AirbyteMessageSerializer.load(sent))
            strict = json.loads(AirbyteMessage.model_validate_json(line).model_dump_json(exclude_unset=True))
            for name, parsed in (("cdk", cdk), ("pydantic", strict)):
                lost = is_lost(sent, parsed)
                if lost:
                    sys.exit(f"line {number}: {name} lost {lost}: {line[:300]!r}")
            kind = sent["type"]
            counts[f"{kind} {sent['trace']['type']}" if kind == "TRACE" else kind] += 1
    print(json.dumps(counts))


def check_metadata(path):
    """The metadata of a connector, by the schema of Airbyte's registry and by the CDK's own class."""
    import jsonschema
    import yaml
    from airbyte_cdk.models.connector_metadata import MetadataFile

    with open(path, encoding="utf-8") as file:
        metadata = yaml.safe_load(file)
    schema = files("airbyte_connector_models") / "metadata" / "v0" / "ConnectorMetadataDefinitionV0.json"
    checker = jsonschema.Draft7Validator(json.loads(schema.read_text()), format_checker=jsonschema.FormatChecker())
    wrong = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in checker.iter_errors(metadata)]
    print(json.dumps(wrong))
    MetadataFile.from_file(Path(path))


if sys.argv[1] == "--metadata":
    check_metadata(sys.argv[2])
else:
    main(sys.argv[1])
