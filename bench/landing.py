"""The case "land": the same records into SQLite and PostgreSQL by `sync`, by `read` piped into the sqlite3 program, and
with --peers by other people's programs into DuckDB."""

import shlex

import loaders
import places
import process
from postgres import Postgres

ENDS = ("", "-wal", "-shm", "-journal")


def remove(file):
    return "rm -f " + " ".join(f"{file}{end}" for end in ENDS)


def shell(desk, name, command, server, data, **settings):
    return desk.contestant(name, ["sh", "-c", command], server, data, None, **settings)


def sync(desk, server, file, options=""):
    config, catalog = desk.config(f"http://{server.http}", num_workers=5), desk.catalog()
    words = [desk.perigee, "sync", "--config", config, "--catalog", catalog, "--to", file]
    return " ".join(shlex.quote(str(word)) for word in words) + options


def piped(desk, read, file):
    """One column of lines: the least that sqlite3 can do with them."""
    into = f"sqlite3 {file} 'CREATE TABLE lines (line)' '.mode ascii' '.separator \\037 \\n' '.import /dev/stdin lines'"
    return f"{remove(file)}; {' '.join(shlex.quote(str(word)) for word in read.command)} | {into}"


def run(desk):
    data, file, other = desk.data(), desk.work / "land.db", desk.work / "lines.db"
    with desk.nginx(data) as server, Postgres() as postgres:
        read = desk.read(server, data)
        state = desk.verify(read)
        anew = shell(desk, "perigee sync", f"{remove(file)}; exec {sync(desk, server, file)}", server, data)
        into = shell(desk, "sync to PostgreSQL", in_postgres(desk, server, postgres, '"run_$$"'), server, data)
        through = shell(desk, "read | sqlite3", piped(desk, read, other), server, data, runs=desk.slow_runs)
        others = [loaders.pyairbyte(desk, server), loaders.dlt(desk, server)] if desk.peer else []
        slow = [one.contestant(desk, server, data) for one in others]
        desk.compare("land", [desk.curl(server, data), read, anew, into, through, *slow])
        for one in others:
            expect(one.count(places.STREAMS), data, one.name)
        desk.facts["land"] = stored(desk, file, data)
        again = shell(desk, "perigee sync", f"exec {sync(desk, server, file)}", server, data, nothing=True)
        same = shell(desk, "sync to PostgreSQL", in_postgres(desk, server, postgres, "kept"), server, data, nothing=True)
        stored_in_postgres(desk, same, postgres, data)
        nothing = desk.read(server, data, state=state, nothing=True)
        desk.compare("land, nothing new", [nothing, again, same])


def in_postgres(desk, server, postgres, schema):
    """Each run makes a schema of its own where `schema` is made of the shell's number."""
    return f"exec {sync(desk, server, postgres.address)} --schema {schema}"


COUNTED = " + ".join(f"(SELECT count(*) FROM {one})" for one in places.STREAMS)


def expect(rows, data, where):
    """Every record must be there, or nothing was measured."""
    if rows != data.records(None):
        raise RuntimeError(f"{where} has {rows} rows, not {data.records(None)}")


def stored_in_postgres(desk, contestant, postgres, data):
    desk.runner.once(contestant)
    expect(postgres.value(f"SET search_path TO kept; SELECT {COUNTED}"), data, postgres.address)


def stored(desk, file, data):
    """Returns the size of the file to that of the records."""
    expect(int(process.output(["sqlite3", file, f"SELECT {COUNTED}"])), data, file)
    return file.stat().st_size / data.bytes(None)
