#!/usr/bin/env python3
"""Compresses the layers of an OCI layout, smaller than the tools that write it can, and with the same bytes each time.

    compress.py LAYOUT
"""
import hashlib
import json
import subprocess
import sys
from pathlib import Path

PLAIN, COMPRESSED = ("application/vnd.oci.image.layer.v1.tar" + suffix for suffix in ("", "+gzip"))


def store(blobs, content):
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"digest": "sha256:" + digest, "size": len(content)}


def take(blobs, descriptor):
    path = blobs / descriptor["digest"].removeprefix("sha256:")
    content = path.read_bytes()
    path.unlink()
    return content


def compressed(content):
    return subprocess.run(["libdeflate-gzip", "-12", "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout


def main(layout):
    blobs, index_path = layout / "blobs/sha256", layout / "index.json"
    index = json.loads(index_path.read_bytes())
    for described in index["manifests"]:
        manifest = json.loads(take(blobs, described))
        for layer in manifest["layers"]:
            if layer["mediaType"] == PLAIN:
                layer.update(mediaType=COMPRESSED, **store(blobs, compressed(take(blobs, layer))))
        described.update(store(blobs, json.dumps(manifest, separators=(",", ":")).encode()))
    index_path.write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(Path(sys.argv[1]))
