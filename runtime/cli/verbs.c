#include "cli/verbs.h"

#include "cli/suggest.h"

#include <string.h>
#include <unistd.h>

enum {
  NEEDS_CONFIG = 1,
  NEEDS_CATALOG = 2,
  FOR_PEOPLE = 4,       /* it prints text for people, and no protocol */
  SHOWS_PROGRESS = 8,   /* on a terminal */
  WORD_IS_SCRIPTS = 16, /* its word is a folder of scripts */
  HAS_RECORDINGS = 32,  /* of its own, into which faults are injected */
  PRINTS_TABLE = 64,    /* where standard output is a terminal, in place of the protocol */
  NEEDS_TO = 128
};

typedef struct verb {
  const char *name;
  const char *word; /* what follows it, or NULL; two, with a blank between them */
  unsigned traits;
  const char *options, *help;
} verb;

static const verb verbs[] = {
    {"spec", NULL, 0, "", "print what the configuration may hold"},
    {"check", NULL, NEEDS_CONFIG | PRINTS_TABLE, "--config FILE [--strict]",
     "find out whether each stream can be read"},
    {"discover", NULL, PRINTS_TABLE, "[--config FILE]", "list the streams"},
    {"read", NULL, NEEDS_CONFIG | NEEDS_CATALOG | SHOWS_PROGRESS, "--config FILE --catalog FILE [--state FILE]",
     "read the configured streams"},
    {"sync", NULL, FOR_PEOPLE | SHOWS_PROGRESS | NEEDS_TO, "--to PATH [--config FILE]",
     "keep streams in SQLite, PostgreSQL or JSON lines"},
    {"status", NULL, FOR_PEOPLE | NEEDS_TO, "--to PATH", "tell what the latest syncs came to"},
    {"compare", "A B", FOR_PEOPLE, "[--catalog FILE]", "compare what two connectors printed"},
    {"init", NULL, FOR_PEOPLE, "[--config FILE]", "write a configuration of what it asks for"},
    {"try", "STREAM", FOR_PEOPLE, "[--limit N] [--plan]", "read a little of a stream, and show how"},
    {"repl", NULL, FOR_PEOPLE, "[--replay FILE]", "open a Lua prompt with all streams at hand"},
    {"new", "STREAM", FOR_PEOPLE, "[--scripts DIR]", "write a stream of your own to begin with"},
    {"test", "DIR", FOR_PEOPLE | WORD_IS_SCRIPTS | HAS_RECORDINGS, "[--update [--config FILE]]",
     "test streams against recordings, offline"},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

static const verb *find(const char *name) {
  for (size_t i = 0; name && i < VERBS; i++)
    if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
  return NULL;
}

static bool has_trait(const options *o, unsigned trait) {
  const verb *v = find(o->verb);
  return v && (v->traits & trait);
}

bool verbs_for_people(const options *o) {
  return has_trait(o, FOR_PEOPLE) || (has_trait(o, PRINTS_TABLE) && !o->json && isatty(STDOUT_FILENO));
}

bool verbs_show_progress(const options *o) {
  return has_trait(o, SHOWS_PROGRESS);
}

static bool check_word(const options *o, const verb *v, bytes *wrong) {
  const char *other = v->word ? strchr(v->word, ' ') : NULL;
  if (v->word && !o->word)
    bytes_printf(wrong, "a word is missing: %s", v->word);
  else if (o->word && !v->word)
    bytes_printf(wrong, "unexpected word: %s", o->word);
  else if (other && !o->other_word)
    bytes_printf(wrong, "a word is missing: %s", other + 1);
  else if (o->other_word && !other)
    bytes_printf(wrong, "unexpected word: %s", o->other_word);
  else
    return true;
  return false;
}

static bool check_options(const options *o, const verb *v, bytes *wrong) {
  if (!options_suit(o, v->name, wrong)) return false;
  if ((v->traits & NEEDS_CONFIG) && !o->config)
    bytes_printf(wrong, "--config FILE is missing: %s", v->name);
  else if ((v->traits & NEEDS_CATALOG) && !o->catalog)
    bytes_printf(wrong, "--catalog FILE is missing: %s", v->name);
  else if ((v->traits & NEEDS_TO) && !o->to)
    bytes_printf(wrong, "--to PATH is missing: %s", v->name);
  else if (o->fault[0] && !o->replay && !(v->traits & HAS_RECORDINGS))
    bytes_printf(wrong, "--fault needs a recording: --replay FILE: %s", v->name);
  else if (o->record && o->replay)
    bytes_printf(wrong, "--record and --replay exclude each other: %s", v->name);
  else
    return true;
  return false;
}

static void report_unknown(const char *name, bytes *wrong) {
  const char *names[VERBS];
  for (size_t i = 0; i < VERBS; i++) names[i] = verbs[i].name;
  const char *meant = name ? suggest_nearest(name, strlen(name), names, VERBS) : NULL;
  bytes_printf(wrong, name ? "unknown verb: %s" : "a verb is missing", name);
  if (meant) bytes_printf(wrong, " (did you mean %s?)", meant);
}

bool verbs_check(options *o, bytes *wrong) {
  const verb *v = find(o->verb);
  if (!v) {
    report_unknown(o->verb, wrong);
    return false;
  }
  if (!check_word(o, v, wrong) || !check_options(o, v, wrong)) return false;
  if (!(v->traits & WORD_IS_SCRIPTS) || options_add(o->scripts, o->word)) return true;
  bytes_text(wrong, "--scripts is given too often");
  return false;
}

static bool list_verb(const verb *v, bytes *out) {
  size_t start = out->length;
  bool ok = bytes_printf(out, "  %s%s%s %s", v->name, v->word ? " " : "", v->word ? v->word : "", v->options);
  int width = 51 - (int)(out->length - start);
  return ok && bytes_printf(out, "%*s%s\n", width > 1 ? width : 1, "", v->help);
}

bool verbs_list(bytes *out) {
  bool ok = bytes_text(out, "usage: perigee VERB [options]\n\n");
  for (size_t i = 0; ok && i < VERBS; i++) ok = list_verb(&verbs[i], out);
  return ok;
}

bool verbs_has(const char *word) {
  return find(word) != NULL;
}

bool verbs_usage(const char *word, bytes *out) {
  const verb *v = find(word);
  return !v || (bytes_printf(out, "usage: perigee %s%s%s %s\n\n  %s\n", v->name, v->word ? " " : "",
                             v->word ? v->word : "", *v->options ? v->options : "[options]", v->help));
}
