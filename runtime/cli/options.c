#include "cli/options.h"

#include "cli/description.h"
#include "cli/suggest.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef option_description option;

static const option *find(const char *name, size_t length) {
  for (const option *opt = description_options; opt->name; opt++)
    if (strlen(opt->name) == length && strncmp(opt->name, name, length) == 0) return opt;
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
  *(int64_t *)field(o, opt) = (int64_t)ceil(opt->kind == OPTION_SECONDS ? number * 1000 : number);
  return true;
}

static bool add(const char **list, size_t most, const char *value) {
  size_t n = 0;
  while (list[n]) n++;
  if (n == most) return false;
  list[n] = value;
  return true;
}

bool options_add(const char **list, const char *value) {
  return add(list, OPTIONS_MAX, value);
}

/* Says what is wrong with the value, or nothing. */
static const char *store(options *o, const option *opt, const char *value) {
  switch (opt->kind) {
  case OPTION_FLAG: *(bool *)field(o, opt) = true; return NULL;
  case OPTION_TEXT: *(const char **)field(o, opt) = value; return *value ? NULL : "must not be empty";
  case OPTION_ANY_TEXT: *(const char **)field(o, opt) = value; return NULL;
  case OPTION_LIST:
    if (!*value) return "must not be empty";
    return options_add((const char **)field(o, opt), value) ? NULL : "is given too often";
  default: return store_number(o, opt, value) ? NULL : "must be a number above 0";
  }
}

static void hint_option(bytes *message, const char *word, size_t length) {
  const char *names[DESCRIPTION_MAX];
  size_t count = 0, dashes = strspn(word, "-");
  for (const option *opt = description_options; opt->name; opt++) names[count++] = opt->name;
  if (dashes > length) dashes = length;
  const char *meant = suggest_nearest(word + dashes, length - dashes, names, count);
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
  if (opt->kind == OPTION_FLAG && equals) {
    bytes_printf(message, "--%s takes no value", opt->name);
    return false;
  }
  const char *value = equals ? equals + 1 : opt->kind == OPTION_FLAG ? "" : *++*at;
  if (!value) {
    bytes_printf(message, "--%s needs a value", opt->name);
    return false;
  }
  const char *wrong = store(o, opt, value);
  if (wrong) bytes_printf(message, "--%s %s", opt->name, wrong);
  o->given |= UINT64_C(1) << (opt - description_options);
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
  for (const option *opt = description_options; opt->name; opt++) {
    if (opt->kind < OPTION_SECONDS || *(int64_t *)field(o, opt)) continue;
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
  o->collect_kib = wanted ? strtoll(wanted, NULL, 10) : 0;
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

static bool read_hardening(options *o, bytes *message) {
  const char *wanted = getenv("PERIGEE_HARDENING");
  o->no_hardening = wanted && strcmp(wanted, "off") == 0;
  if (!wanted || !*wanted || o->no_hardening || strcmp(wanted, "on") == 0) return true;
  bytes_text(message, "PERIGEE_HARDENING must be on or off");
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
    } else if (!add(o->more_words, WORDS_MAX, *at)) {
      bytes_printf(message, "there are too many words; %d may be given", WORDS_MAX + 2);
      return false;
    }
  }
  read_for_specs(o);
  read_platform(o);
  read_destination(o);
  return read_environment(o, message) && read_custom_streams(o, message) && read_hardening(o, message);
}

static bool heeds(const option *opt, const char *verb) {
  size_t length = strlen(verb);
  const char *at = opt->verbs;
  while (at && *at && !(strncmp(at, verb, length) == 0 && at[length] == ' ')) at = strchr(at, ' ') + 1;
  return !at || *at;
}

#define VERBS_A_LINE 56 /* bytes */

/* "`check`, `discover` and `read`"; many go on behind a line break. */
static void name_verbs(const option *opt, const char *line_break, bytes *message) {
  size_t start = message->length;
  for (const char *at = opt->verbs; *at; at = strchr(at, ' ') + 1) {
    const char *end = strchr(at, ' ');
    if (at > opt->verbs) bytes_text(message, end[1] ? "," : " and");
    bool full = message->length - start > VERBS_A_LINE;
    if (at > opt->verbs) bytes_text(message, full ? line_break : " ");
    if (full) start = message->length;
    bytes_printf(message, "`%.*s`", (int)(end - at), at);
  }
}

bool options_suit(const options *o, const char *verb, bytes *wrong) {
  for (const option *opt = description_options; opt->name; opt++) {
    if (!(o->given >> (opt - description_options) & 1) || !opt->only || heeds(opt, verb)) continue;
    bytes_printf(wrong, "`%s` takes no --%s, which is for ", verb, opt->name);
    name_verbs(opt, " ", wrong);
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
    name_verbs(opt, "\n                               ", out);
    ok = bytes_text(out, ": ");
  }
  return ok && bytes_printf(out, "%s\n", opt->help);
}

bool options_list(const char *verb, bytes *out) {
  bool ok = true, numbers = false;
  for (const option *opt = description_options; ok && opt->name; opt++) {
    if (verb && !heeds(opt, verb)) continue;
    if (opt->kind >= OPTION_SECONDS && !opt->only && !numbers) {
      numbers = true;
      ok = bytes_text(out, "\nlimits, times in seconds, each with its default:\n");
    }
    ok = ok && list_option(opt, !verb, out);
  }
  return ok;
}
