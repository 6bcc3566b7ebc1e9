"""Versions of releases: how a scenario names them, and what Sentry reads out of a name."""

import hashlib
import re

SEMVER = re.compile(r"(?:(?P<package>[^@]+)@)(?P<raw>(\d+)\.(\d+)\.(\d+)(?:-([\w.]+))?(?:\+(\w+))?)")


def dated(number):
    return f"2026.{number // 10}.{number % 10}" if number % 3 else f"shop@2026.{number // 10}.{number % 10}+b 1/é"


def of_many_kinds(number):
    """Semantic with a package, dated, free text, a commit, and one with a build, in turn."""
    return (
        f"shop@1.{number // 10}.{number % 10}",
        f"2026.{1 + number % 12:02d}.{number % 28:02d}-{number}",
        f"backend release {number}",
        hashlib.sha1(f"release {number}".encode()).hexdigest(),
        f"web@2.0.0-rc.{number}+build{number}",
    )[number % 5]


def info(version):
    """`versionInfo` of a release."""
    found = SEMVER.fullmatch(version)
    if found:
        package, raw = found["package"], found["raw"]
        major, minor, patch, pre, build = found.groups()[2:]
        parts = {"raw": raw, "major": int(major), "minor": int(minor), "patch": int(patch), "pre": pre}
        parts |= {"buildCode": build, "components": 3}
        shown = raw.partition("+")[0] + (f" ({build})" if build else "")
        return {"package": package, "version": parts, "description": shown, "buildHash": None}
    commit = version if re.fullmatch(r"[0-9a-f]{40}", version) else None
    shown = version[:12] if commit else version
    return {"package": None, "version": {"raw": version}, "description": shown, "buildHash": commit}
