#include "cli/permissions.h"

#include "base/files.h"
#include "cli/description.h"
#include "cli/stream_files.h"
#include "destination/address_files.h"
#include "hardening/landlock.h"
#include "hardening/refused_calls.h"
#include "hardening/system_files.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the table */

enum permission {
  ASKS = 1,      /* connects to servers; without it, only to a database that --to names */
  UPDATES = 2,   /* connects to servers where it is given a configuration */
  RUNS = 4,      /* runs other programs, which may read all that the user may */
  TYPED = 8,     /* a person names files while it runs, so that they are not limited */
  NAMED = 16,    /* all its files stand on the command line, so that they are limited before it runs */
  KEEPS = 32,    /* writes to the destination */
  NOTES = 64,    /* writes to --ledger */
  DRAFTS = 128,  /* writes to the folder of streams, or here */
  SETS_UP = 256, /* writes a file beside others: the configuration */
  SORTS = 512    /* in a temporary database */
};

static const struct verb_permissions {
  const char *verb;
  unsigned may;
} table[] = {
    {"spec", NAMED},
    {"check", ASKS},
    {"discover", ASKS},
    {"read", ASKS | NOTES},
    {"sync", ASKS | KEEPS},
    {"status", NAMED},
    {"streams", ASKS},
    {"state", NAMED},
    {"compare", NAMED | SORTS},
    {"init", ASKS | SETS_UP},
    {"try", ASKS},
    {"repl", ASKS | TYPED},
    {"new", NAMED | DRAFTS},
    {"test", NAMED | RUNS | UPDATES},
};

/* A verb without a row may do nothing. */
static unsigned permitted(const options *o) {
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(table[i].verb, o->verb) == 0) return table[i].may;
  return NAMED;
}

static bool connects(const options *o, unsigned may) {
  if (address_files_connects(o->to)) return true;
  if (may & UPDATES) return o->config != NULL;
  return may & ASKS && (may & TYPED || !o->replay);
}

/* ---- files */

/* And what links in it lead to, which may be elsewhere. */
static void allow_folder(landlock *l, const char *folder, unsigned access) {
  DIR *d = opendir(folder);
  bytes path = {0};
  struct stat is;
  landlock_allow(l, folder, access);
  for (const struct dirent *e; d && (e = readdir(d));) {
    bytes_clear(&path);
    if (bytes_printf(&path, "%s/%s", folder, e->d_name) && lstat(path.data, &is) == 0 && S_ISLNK(is.st_mode))
      landlock_allow(l, path.data, access);
  }
  if (d) closedir(d);
  bytes_free(&path);
}

static void allow_scripts(landlock *l, const options *o, const paths *p, unsigned access) {
  bytes folder = {0};
  bool asked_for;
  landlock_allow(l, p->scripts.data, LANDLOCK_READ);
  landlock_allow(l, p->schemas.data, LANDLOCK_READ);
  for (size_t i = 0; stream_files_folder(p, o, i, &folder, &asked_for); i++)
    allow_folder(l, folder.data, asked_for ? access : LANDLOCK_READ);
  bytes_free(&folder);
}

static void allow_words(landlock *l, const options *o) {
  const verb_description *v = description_verbs;
  while (v->name && strcmp(v->name, o->verb) != 0) v++;
  if (!v->name || v->argument != ARGUMENT_FILE) return;
  if (o->word) landlock_allow(l, o->word, LANDLOCK_READ);
  if (o->other_word) landlock_allow(l, o->other_word, LANDLOCK_READ);
  for (size_t i = 0; o->more_words[i]; i++) landlock_allow(l, o->more_words[i], LANDLOCK_READ);
}

/* Those that a verb has not read yet. */
static void allow_named(landlock *l, const options *o) {
  for (const option_description *d = description_options; d->name; d++) {
    const char *path = d->kind == OPTION_TEXT ? *(const char *const *)((const char *)o + d->offset) : NULL;
    if (path && d->argument == ARGUMENT_FILE) landlock_allow(l, path, LANDLOCK_READ);
  }
  allow_words(l, o);
}

static void allow_work(landlock *l, const options *o, unsigned may) {
  if (may & NAMED) allow_named(l, o);
  if (may & RUNS) landlock_allow(l, "/", LANDLOCK_READ | LANDLOCK_EXECUTE);
  if (may & RUNS) landlock_allow(l, files_temporary(), LANDLOCK_READ | LANDLOCK_WRITE);
  if (may & SORTS) system_files_allow_temporary(l);
  if (may & SETS_UP) landlock_allow_around(l, o->config ? o->config : "", LANDLOCK_WRITE);
  if (may & DRAFTS && !o->scripts[0] && !(o->script_folders && *o->script_folders))
    landlock_allow(l, ".", LANDLOCK_READ | LANDLOCK_WRITE);
  if (may & NOTES && o->ledger) {
    landlock_allow(l, o->ledger, LANDLOCK_READ | LANDLOCK_WRITE);
    system_files_allow_temporary(l);
  }
  if (o->to) address_files_allow(l, o->to, may & KEEPS && !o->dry_run);
}

static int limit_files(const options *o, const paths *p, unsigned may, permissions_trust trust, int *version) {
  bool server = address_files_connects(o->to), writes = may & DRAFTS || (may & UPDATES && o->update);
  landlock l;
  landlock_begin(&l, (connects(o, may) ? LANDLOCK_CONNECTS : 0) | (server ? LANDLOCK_ABSTRACT : 0) |
                         (may & NAMED ? 0 : LANDLOCK_SIGNALS) | (may & TYPED ? LANDLOCK_ANY_FILE : 0));
#ifdef PERIGEE_SANITIZED /* it reports into files, and reads /proc */
  landlock_allow(&l, "/", LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_FOLDERS | LANDLOCK_EXECUTE);
#endif
  system_files_allow(&l);
  if (connects(o, may)) system_files_allow_resolver(&l);
  if (trust.file) landlock_allow(&l, trust.file, LANDLOCK_READ);
  if (trust.folder) allow_folder(&l, trust.folder, LANDLOCK_READ);
  allow_scripts(&l, o, p, writes ? LANDLOCK_READ | LANDLOCK_WRITE : LANDLOCK_READ);
  allow_work(&l, o, may);
  *version = l.version;
  return landlock_enforce(&l);
}

/* ---- giving up */

static void tell_calls(int error, bytes *told) {
  if (error)
    bytes_printf(told, "system calls are not limited: %s", strerror(error));
  else
    bytes_text(told, "system calls are limited");
}

static void tell_files(int error, int version, bytes *told) {
  if (told->length) bytes_text(told, "; ");
  if (error)
    bytes_printf(told, "files are not limited: Landlock: %s", strerror(error));
  else
    bytes_printf(told, "files are limited by Landlock, version %d", version);
}

void permissions_give_up(const options *o, const paths *p, permissions_moment now, permissions_trust trust,
                         bytes *told) {
  if (!o->verb || o->no_hardening) return;
  unsigned may = permitted(o);
  int version;
  if (now == PERMISSIONS_AT_START)
    tell_calls(refused_calls_install((may & RUNS ? REFUSED_CALLS_EXECUTES : 0) |
                                     (connects(o, may) ? REFUSED_CALLS_CONNECTS : 0)),
               told);
  if ((now == PERMISSIONS_AT_START) == ((may & NAMED) != 0)) {
    int error = limit_files(o, p, may, trust, &version);
    tell_files(error, version, told);
  }
}
