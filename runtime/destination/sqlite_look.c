/* What a file tells, read without writing to it: what earlier runs came to, and states. */
#include "destination/sqlite.h"

#include "destination/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char reading[] = "reading";

static const char runs[] =
    "SELECT coalesce(json_group_array(json_object('sync', sync, 'stream', stream, 'place', place, 'began', began,"
    " 'ended', ended, 'result', iif(untold, 'interrupted', result),"
    " 'message', iif(untold, '" DESTINATION_UNTOLD
    "', message), 'new', new, 'updated', updated, 'unchanged', unchanged,"
    " 'removed', removed, 'requests', requests, 'received_bytes', received_bytes, 'retries', retries,"
    " 'waits', waits, 'waited_seconds', waited_seconds)), '[]')"
    " FROM (SELECT *, result = 'running' AND NOT ?2 AS untold FROM _perigee_syncs WHERE sync > (SELECT max(sync) FROM "
    "_perigee_syncs) - ?1"
    " ORDER BY sync, stream, place)";

/* Does a sync write to the file? Closed again before SQLite opens it, whose locks would end with this descriptor. */
static bool is_held(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  bool held = file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0;
  if (file >= 0) close(file);
  return held;
}

static bool read_runs(sqlite *q, int most, bool held, bytes *json) {
  int format;
  if (!sqlite_read_format(q, &format)) return false;
  if (!format) return destination_fail(&q->base, "%s: no sync has written to it yet", q->path);
  sqlite3_stmt *s = sqlite_prepare(q, runs, reading, NULL);
  if (!s) return false;
  sqlite3_bind_int(s, 1, most);
  sqlite3_bind_int(s, 2, held);
  bool found, ok = sqlite_row(q, s, reading, &found);
  if (found) ok = bytes_text(json, (const char *)sqlite3_column_text(s, 0));
  sqlite3_finalize(s);
  return ok;
}

static bool open_to_read(sqlite *q, const char *path) {
  *q = (sqlite){.lock = -1, .path = (char *)path};
  return sqlite_connect(q, path, SQLITE_OPEN_READONLY);
}

static bool end(sqlite *q, bool ok, bytes *why) {
  if (!ok) bytes_append(why, q->base.failure.data, q->base.failure.length);
  sqlite3_close(q->db);
  destination_clear(&q->base);
  return ok;
}

bool sqlite_runs(const char *path, int most, bytes *json, bytes *why) {
  sqlite q;
  bool held = is_held(path);
  if (access(path, F_OK) != 0 && errno == ENOENT)
    return bytes_printf(why, "%s: there is no such file; `perigee sync --to %s` makes it", path, path) && false;
  return end(&q, open_to_read(&q, path) && read_runs(&q, most, held, json), why);
}

static bool read_state(sqlite *q, const char *stream, const char *place, bytes *state) {
  int format;
  if (!sqlite_read_format(q, &format)) return false;
  if (!format) return true;
  sqlite3_stmt *s =
      sqlite_prepare(q, "SELECT state FROM _perigee_states WHERE stream = ?1 AND place = ?2 AND NOT is_replacing",
                     reading, stream, place, NULL);
  bool found, ok = sqlite_row(q, s, reading, &found);
  if (found) ok = bytes_text(state, (const char *)sqlite3_column_text(s, 0));
  sqlite3_finalize(s);
  return ok;
}

bool sqlite_peek(const char *path, const char *stream, const char *place, bytes *state, bytes *why) {
  sqlite q;
  if (access(path, F_OK) != 0) return true;
  return end(&q, open_to_read(&q, path) && read_state(&q, stream, place, state), why);
}
