"""airbyte-source-sentry as its package starts it, with one more authority that it trusts: CA WORDS...

It reads no variable and no setting about authorities, but certifi's file.
"""

import sys

import certifi

AUTHORITY = sys.argv.pop(1)
certifi.where = lambda: AUTHORITY  # before requests asks

from source_sentry.run import run  # noqa: E402

run()
