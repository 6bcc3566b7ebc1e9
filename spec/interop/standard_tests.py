"""The standard tests that airbyte-cdk has for a source (SourceTestSuiteBase), run by pytest over perigee's executable.

PERIGEE is the executable; PERIGEE_ROOT a folder with the connector's metadata.yaml and acceptance-test-config.yml.
"""

import os
import subprocess
from pathlib import Path

import pytest
from airbyte_cdk.test import entrypoint_wrapper
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]
ROOT = Path(os.environ["PERIGEE_ROOT"])


class Executable:
    """What the tests take for a connector: they want a method of this name, and call the function below."""

    def spec(self, logger):
        raise NotImplementedError


def run(source, args, expecting_exception=None, *, expected_outcome=None):
    """In place of the function that runs a Python class: the same words, as a platform gives them to an image."""
    done = subprocess.run([os.environ["PERIGEE"], *args], capture_output=True, text=True, check=False)
    failed = None if done.returncode == 0 else RuntimeError(f"exit status {done.returncode}: {done.stderr}")
    return entrypoint_wrapper.EntrypointOutput(messages=done.stdout.splitlines(), uncaught_exception=failed, stderr=done.stderr)


@pytest.fixture(autouse=True)
def executable(monkeypatch):
    monkeypatch.setattr(entrypoint_wrapper, "_run_command", run)


class TestPerigee(SourceTestSuiteBase):
    connector = Executable

    @classmethod
    def get_connector_root_dir(cls):
        return ROOT
