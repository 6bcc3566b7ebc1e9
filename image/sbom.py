#!/usr/bin/env python3
"""What is in the image, as SPDX 2.3 JSON on standard output.

    sbom.py ROOT OWNERS ARCHITECTURE VERSION COMMIT DATE   ROOT: the image's; OWNERS: the lines that root.py printed;
                                                           DATE: seconds, as SOURCE_DATE_EPOCH
"""
import hashlib
import json
import re
import sys
import time
import uuid
from pathlib import Path

UNKNOWN = "NOASSERTION"
PLACE = "usr/share/doc/perigee/sbom.spdx.json"  # of this document itself, in the image


def identity(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def package(name, version, license_name, references):
    return {"SPDXID": identity("Package", name), "name": name, "versionInfo": version, "downloadLocation": UNKNOWN,
            "filesAnalyzed": False, "licenseConcluded": UNKNOWN, "licenseDeclared": license_name, "copyrightText": UNKNOWN,
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": reference}
                             for reference in references]}


def debian_package(control):
    """Of the control file that dpkg wrote."""
    fields = dict(line.split(": ", 1) for line in control.splitlines() if re.match(r"[A-Za-z-]+: ", line))
    version = fields["Version"]
    quoted = version.replace("+", "%2B").replace(":", "%3A")
    purl = f"pkg:deb/debian/{fields['Package']}@{quoted}?arch={fields['Architecture']}&distro=debian-12"
    return package(fields["Package"], version, UNKNOWN, [purl])


def file_entry(root, number, path):
    """Its name is a number, which compresses better than a digest: it stands in the document three times."""
    content = path.read_bytes()
    return {"SPDXID": f"SPDXRef-File-{number}", "fileName": "./" + str(path.relative_to(root)),
            "checksums": [{"algorithm": algorithm, "checksumValue": hashlib.new(algorithm.lower(), content).hexdigest()}
                          for algorithm in ("SHA1", "SHA256")],
            "licenseConcluded": UNKNOWN, "copyrightText": UNKNOWN}


def verification_code(entries):
    digests = sorted(entry["checksums"][0]["checksumValue"] for entry in entries)
    return {"packageVerificationCodeValue": hashlib.sha1("".join(digests).encode()).hexdigest(),
            "packageVerificationCodeExcludedFiles": ["./" + PLACE]}


def relationship(element, kind, related):
    return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}


def document(root, owners, architecture, version, commit, date):
    name = f"perigee-{version}-{architecture}"
    image = package("image", f"{version}-{commit}", UNKNOWN, [f"pkg:oci/perigee-source-sentry?tag={version}&arch={architecture}"])
    perigee = package("perigee", version, "MIT", [f"pkg:generic/perigee@{version}?vcs_revision={commit}"])
    packages = [debian_package(path.read_text(encoding="utf-8"))
                for path in sorted((root / "var/lib/dpkg/status.d").iterdir())]
    relations = [relationship("SPDXRef-DOCUMENT", "DESCRIBES", image["SPDXID"])]
    relations += [relationship(image["SPDXID"], "CONTAINS", one["SPDXID"]) for one in [perigee, *packages]]
    paths = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
    files = [(path, file_entry(root, number, path)) for number, path in enumerate(paths, 1)]
    image.update(filesAnalyzed=True, packageVerificationCode=verification_code([entry for _, entry in files]))
    for path, entry in files:
        owner = owners.get(str(path.relative_to(root)))
        relations.append(relationship(image["SPDXID"], "CONTAINS", entry["SPDXID"]))
        if owner:
            relations.append(relationship(entry["SPDXID"], "GENERATED_FROM", identity("Package", owner)))
    digest = hashlib.sha256(json.dumps([packages, image, commit]).encode()).hexdigest()
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(date)))
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
            "documentNamespace": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, name + digest)}",
            "creationInfo": {"created": created, "creators": [f"Tool: perigee-image-{version}"]},
            "packages": [image, perigee, *packages], "files": [entry for _, entry in files], "relationships": relations}


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    root, owners, *rest = sys.argv[1:]
    by_path = dict(line.split(" ") for line in Path(owners).read_text(encoding="utf-8").splitlines())
    json.dump(document(Path(root), by_path, *rest), sys.stdout, indent=1)
    print()


main()
