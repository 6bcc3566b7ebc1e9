#include "cli/options.h"

#include "cli/suggest.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { FLAG, TEXT, LIST, SECONDS, NUMBER, BYTES } kind;

typedef struct option {
  const char *name;
  kind kind;
  bool only;         /* others refuse it; else they pass it over, as an image has one set of options for all verbs */
  size_t offset;     /* of the field in options */
  const char *verbs; /* those that heed it, with a blank after each; NULL: all */
  const char *value, *help;
} option;

#define AT(field) offsetof(options, field)
#define ASKING "check discover read sync init try repl test "
#define SOURCE "check discover read sync init try repl "
/* An option that means another thing to one verb has a row for that, too: the first of a name is the one that counts,
 * each of them is told of by its help. */
static const option table[] = {
    {"config", TEXT, false, AT(config), "check discover read sync try repl test ", "FILE",
     "the connector's configuration, as `spec` describes it"},
    {"config", TEXT, true, AT(config), "init ", "FILE", "the file to write (config.json)"},
    {"catalog", TEXT, false, AT(catalog), "read sync compare ", "FILE",
     "the configured catalog: which streams to read, and how"},
    {"state", TEXT, false, AT(state), "read try repl ", "FILE", "the states that an earlier read printed"},
    {"scripts", LIST, false, AT(scripts), SOURCE "new compare ", "DIR",
     "a folder with streams of your own; may be repeated"},
    {"record", TEXT, false, AT(record), SOURCE, "FILE", "write all exchanges to this HTTP Archive, secrets masked"},
    {"replay", TEXT, false, AT(replay), SOURCE, "FILE", "take all responses from this HTTP Archive; no network"},
    {"fault", LIST, false, AT(fault), ASKING, "STREAM:page=N:KIND", "put a fault into a replay; may be repeated"},
    {"to", TEXT, true, AT(to), "sync status ", "WHERE", "a SQLite file, FOLDER/ or postgresql://HOST/NAME"},
    {"schema", TEXT, true, AT(schema), "sync status ", "NAME", "of PostgreSQL: where the tables are"},
    {"streams", TEXT, true, AT(streams), "sync ", "NAMES", "these streams, with commas between them, or `all`"},
    {"exclude", TEXT, true, AT(exclude), "sync ", "NAMES", "all but these"},
    {"full", LIST, true, AT(full), "sync ", "STREAM", "read this one anew, and replace its rows; may be repeated"},
    {"freeze", FLAG, true, AT(freeze), "sync ", "", "take no new column, and no other kind of value in one"},
    {"gzip", FLAG, true, AT(gzip), "sync ", "", "compress files of JSON lines"},
    {"dry-run", FLAG, true, AT(dry_run), "sync ", "", "say what would be done, and write nothing"},
    {"quiet", FLAG, true, AT(quiet), "sync ", "", "print nothing but errors and warnings"},
    {"hostname", TEXT, true, AT(hostname), "init ", "HOST", "the server; without it, the hosted one"},
    {"organization", TEXT, true, AT(organization), "init ", "SLUG", "the organization, where there are several"},
    {"project", TEXT, true, AT(project), "init ", "SLUG", "the project, where there are several"},
    {"strict", FLAG, true, AT(strict), "check ", "", "exit with 1 where the check FAILED, in place of 0"},
    {"json", FLAG, true, AT(json), "check discover sync status compare ", "", "print JSON"},
    {"limit", NUMBER, true, AT(limit), "try ", "N", "how many records to read, about (5; --infer: 100)"},
    {"plan", FLAG, true, AT(plan), "try ", "", "show what would be asked, and how long it would take"},
    {"infer", FLAG, true, AT(infer), "try ", "", "print a JSON Schema of the records read"},
    {"why", TEXT, true, AT(why), "try ", "ID", "show where this record came from, and why it goes out"},
    {"update", FLAG, true, AT(update), "test ", "", "write what is expected; with --config, missing recordings too"},
    {"debug", FLAG, false, AT(debug), NULL, "", "log each request"},
    {"help", FLAG, false, AT(help), NULL, "", "print this; after a verb, what that verb takes"},
    {"version", FLAG, false, AT(version), NULL, "", "print the version"},
    {"connect-timeout", SECONDS, false, AT(connect_timeout), ASKING, "S",
     "time to connect, name lookup and TLS included (10)"},
    {"first-byte-timeout", SECONDS, false, AT(first_byte_timeout), ASKING, "S", "time until a response begins (60)"},
    {"stall-timeout", SECONDS, false, AT(stall_timeout), ASKING, "S", "time for each further KiB of a body (30)"},
    {"check-budget", SECONDS, false, AT(check_budget), "check ", "S",
     "time until the next response; three times that in all (10)"},
    {"max-body", BYTES, false, AT(max_body), ASKING, "BYTES", "largest size of a response, inflated (64 MiB)"},
    {"retry-base", SECONDS, false, AT(retry_base), ASKING, "S",
     "wait before the first retry; it doubles each time (1)"},
    {"retry-attempts", NUMBER, false, AT(retry_attempts), ASKING, "N",
     "how often to ask for one thing before giving up (6)"},
    {"checkpoint-records", NUMBER, false, AT(checkpoint_records), "read sync ", "N",
     "records of a stream between two states, about (1000)"},
    {"script-time", SECONDS, false, AT(script_time), ASKING, "S",
     "processor time for one call of your own script (10)"},
    {"script-memory", BYTES, false, AT(script_memory), ASKING, "BYTES", "memory of a script of your own (64 MiB)"},
    {"rate-limit-patience", SECONDS, false, AT(rate_limit_patience), ASKING, "S",
     "wait beyond the end that a rate limit tells (600)"},
    {"outage-patience", SECONDS, false, AT(outage_patience), ASKING, "S",
     "how long a server may fail that has answered well before (180)"},
};
#define TABLE_SIZE (sizeof table / sizeof table[0])
_Static_assert(TABLE_SIZE <= 64, "options.given has a bit for each");

static const option *find(const char *name, size_t length) {
  for (size_t i = 0; i < TABLE_SIZE; i++)
    if (strlen(table[i].name) == length && strncmp(table[i].name, name, length) == 0) return &table[i];
  return NULL;
}

static void *field(options *o, const option *opt) {
  return (char *)o + opt->offset;
}

static bool store_number(options *o, const option *opt, const char *value) {
  char *end;
  errno = 0;
  double number = strtod(value, &end);
  if (end == value || *end || errno || !isfinite(number) || number <= 0 || number > 1e12) return false;
  *(int64_t *)field(o, opt) = (int64_t)ceil(opt->kind == SECONDS ? number * 1000 : number);
  return true;
}

bool options_add(const char **list, const char *value) {
  size_t n = 0;
  while (list[n]) n++;
  if (n == OPTIONS_MAX) return false;
  list[n] = value;
  return true;
}

/* Says what is wrong with the value, or nothing. */
static const char *store(options *o, const option *opt, const char *value) {
  switch (opt->kind) {
  case FLAG: *(bool *)field(o, opt) = true; return NULL;
  case TEXT: *(const char **)field(o, opt) = value; return *value ? NULL : "must not be empty";
  case LIST:
    if (!*value) return "must not be empty";
    return options_add((const char **)field(o, opt), value) ? NULL : "is given too often";
  default: return store_number(o, opt, value) ? NULL : "must be a number above 0";
  }
}

static void hint_option(bytes *message, const char *word, size_t length) {
  const char *names[TABLE_SIZE];
  for (size_t i = 0; i < TABLE_SIZE; i++) names[i] = table[i].name;
  size_t dashes = strspn(word, "-");
  if (dashes > length) dashes = length;
  const char *meant = suggest_nearest(word + dashes, length - dashes, names, TABLE_SIZE);
  if (meant) bytes_printf(message, " (did you mean --%s?)", meant);
}

static bool read_option(options *o, char ***at, bytes *message) {
  const char *word = **at, *equals = strchr(word, '=');
  size_t length = equals ? (size_t)(equals - word) : strlen(word);
  const option *opt = strncmp(word, "--", 2) == 0 ? find(word + 2, length - 2) : NULL;
  if (!opt) {
    bytes_printf(message, "unknown option %.*s", (int)length, word);
    hint_option(message, word, length);
    return false;
  }
  if (opt->kind == FLAG && equals) {
    bytes_printf(message, "--%s takes no value", opt->name);
    return false;
  }
  const char *value = equals ? equals + 1 : opt->kind == FLAG ? "" : *++*at;
  if (!value) {
    bytes_printf(message, "--%s needs a value", opt->name);
    return false;
  }
  const char *wrong = store(o, opt, value);
  if (wrong) bytes_printf(message, "--%s %s", opt->name, wrong);
  o->given |= UINT64_C(1) << (opt - table);
  return !wrong;
}

/* PERIGEE_CONNECT_TIMEOUT for --connect-timeout: for images, whose command line the platform writes. */
static const char *environment_value(const option *opt) {
  char name[64] = "PERIGEE_";
  size_t n = strlen(name);
  for (const char *c = opt->name; *c && n < sizeof name - 1; c++)
    name[n++] = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
  return getenv(name);
}

static bool read_environment(options *o, bytes *message) {
  for (size_t i = 0; i < TABLE_SIZE; i++) {
    const option *opt = &table[i];
    if (opt->kind < SECONDS || *(int64_t *)field(o, opt)) continue;
    const char *value = environment_value(opt);
    if (value && !store_number(o, opt, value)) {
      bytes_printf(message, "the environment's value for --%s must be a number above 0", opt->name);
      return false;
    }
  }
  return true;
}

/* For specs: what lives longer than whatever keeps it alive, and a limit that comes soon (ms). */
static void read_for_specs(options *o) {
  const char *wanted = getenv("PERIGEE_GC"), *time = getenv("PERIGEE_MAIN_TIME");
  o->collect_always = wanted && strcmp(wanted, "full") == 0;
  o->main_time = time ? strtoll(time, NULL, 10) : 0;
}

static bool read_custom_streams(options *o, bytes *message) {
  const char *wanted = getenv("PERIGEE_CUSTOM_STREAMS");
  o->script_folders = getenv("PERIGEE_SCRIPTS");
  o->no_custom_streams = wanted && strcmp(wanted, "off") == 0;
  if (!wanted || !*wanted || o->no_custom_streams || strcmp(wanted, "on") == 0) return true;
  bytes_text(message, "PERIGEE_CUSTOM_STREAMS must be on or off");
  return false;
}

static bool environment_says(const char *name, const char *word) {
  const char *value = getenv(name);
  return value && strcasecmp(value, word) == 0;
}

static void read_destination(options *o) {
  const char *to = getenv("PERIGEE_TO");
  if (!o->to && to && *to) o->to = to;
}

/* What platforms set, in any case as their own tools read it. */
static void read_platform(options *o) {
  o->cloud = environment_says("DEPLOYMENT_MODE", "CLOUD");
  o->wants_socket = environment_says("DATA_CHANNEL_MEDIUM", "SOCKET");
}

bool options_read(options *o, int argc, char **argv, bytes *message) {
  *o = (options){0};
  char **end = argv + argc;
  for (char **at = argv + 1; at < end; at++) {
    if (strcmp(*at, "-h") == 0 || (!o->verb && strcmp(*at, "help") == 0)) {
      o->help = true;
    } else if (**at == '-' && (*at)[1]) { /* "-" is a word: standard input */
      if (!read_option(o, &at, message)) return false;
    } else if (!o->verb) {
      o->verb = *at;
    } else if (!o->word) {
      o->word = *at;
    } else if (!o->other_word) {
      o->other_word = *at;
    } else {
      bytes_printf(message, "unexpected word: %s", *at);
      return false;
    }
  }
  read_for_specs(o);
  read_platform(o);
  read_destination(o);
  return read_environment(o, message) && read_custom_streams(o, message);
}

static bool heeds(const option *opt, const char *verb) {
  size_t length = strlen(verb);
  const char *at = opt->verbs;
  while (at && *at && !(strncmp(at, verb, length) == 0 && at[length] == ' ')) at = strchr(at, ' ') + 1;
  return !at || *at;
}

/* "`check`, `discover` and `read`" */
static void name_verbs(const option *opt, bytes *message) {
  for (const char *at = opt->verbs; *at; at = strchr(at, ' ') + 1) {
    const char *end = strchr(at, ' ');
    const char *before = at == opt->verbs ? "" : end[1] ? ", " : " and ";
    bytes_printf(message, "%s`%.*s`", before, (int)(end - at), at);
  }
}

bool options_suit(const options *o, const char *verb, bytes *wrong) {
  for (size_t i = 0; i < TABLE_SIZE; i++) {
    if (!(o->given >> i & 1) || !table[i].only || heeds(&table[i], verb)) continue;
    bytes_printf(wrong, "`%s` takes no --%s, which is for ", verb, table[i].name);
    name_verbs(&table[i], wrong);
    return false;
  }
  return true;
}

/* Where all verbs are listed, an option says whose it is. */
static bool list_option(const option *opt, bool of_all, bytes *out) {
  size_t start = out->length;
  bool ok = bytes_printf(out, "  --%s %s", opt->name, opt->value);
  int width = 31 - (int)(out->length - start);
  ok = ok && bytes_printf(out, "%*s", width > 1 ? width : 1, "");
  if (ok && of_all && opt->only) {
    name_verbs(opt, out);
    ok = bytes_text(out, ": ");
  }
  return ok && bytes_printf(out, "%s\n", opt->help);
}

bool options_list(const char *verb, bytes *out) {
  bool ok = true, numbers = false;
  for (size_t i = 0; ok && i < TABLE_SIZE; i++) {
    if (verb && !heeds(&table[i], verb)) continue;
    if (table[i].kind >= SECONDS && !table[i].only && !numbers) {
      numbers = true;
      ok = bytes_text(out, "\nlimits, times in seconds, each with its default:\n");
    }
    ok = ok && list_option(&table[i], !verb, out);
  }
  return ok;
}
