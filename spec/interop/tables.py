"""DuckDB, pandas and pyarrow, as docs/sync.md has a user take them. In the folder of sentry.db:

    tables.py BLOCKS   runs each entry of a JSON array: {language, text}. Prints a line of JSON for each query of SQL, its rows;
                       then one: for each Parquet file that there is, its rows and the types of its columns
"""

import json
import sys
from pathlib import Path

import duckdb
import duckdb_ext
import pyarrow.parquet

# The packages of PyPI have what DuckDB would download from a server of its own.
extensions = Path(next(iter(duckdb_ext.__path__))) / "extensions"
connection = duckdb.connect(config={"extension_directory": str(extensions)})


def run_sql(text):
    for statement in duckdb.extract_statements(text):
        result = connection.execute(statement)
        if statement.type == duckdb.StatementType.SELECT:
            print(json.dumps(result.fetchall(), default=str))


for block in json.loads(Path(sys.argv[1]).read_text()):
    if block["language"] == "sql":
        run_sql(block["text"])
    else:
        exec(block["text"], {})

written = {}
for path in sorted(Path().glob("*.parquet")):
    table = pyarrow.parquet.read_table(path)
    written[path.name] = {"rows": table.num_rows, "types": {field.name: str(field.type) for field in table.schema}}
print(json.dumps(written))
