"""The case "land": the same records into a SQLite file, by `sync` and by `read` piped into the sqlite3 program."""

import shlex

import process

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
    with desk.nginx(data) as server:
        read = desk.read(server, data)
        state = desk.verify(read)
        anew = shell(desk, "perigee sync", f"{remove(file)}; exec {sync(desk, server, file)}", server, data)
        through = shell(desk, "read | sqlite3", piped(desk, read, other), server, data, runs=desk.slow_runs)
        desk.compare("land", [desk.curl(server, data), read, anew, through])
        desk.facts["land"] = stored(desk, file, data)
        again = shell(desk, "perigee sync", f"exec {sync(desk, server, file)}", server, data, nothing=True)
        desk.compare("land, nothing new", [desk.read(server, data, state=state, nothing=True), again])


def stored(desk, file, data):
    """Every record must be there, or nothing was measured. Returns the size of the file to that of the records."""
    query = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM issues) + (SELECT count(*) FROM releases)"
    query += " + (SELECT count(*) FROM projects) + (SELECT count(*) FROM project_detail)"
    rows = int(process.output(["sqlite3", file, query]))
    if rows != data.records(None):
        raise RuntimeError(f"{file} has {rows} rows, not {data.records(None)}")
    return file.stat().st_size / data.bytes(None)
