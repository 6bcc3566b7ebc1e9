#include "cli/verbs.h"

#include <string.h>

typedef struct verb {
  const char *name;
  const char *word; /* what follows it, or NULL */
  bool config, catalog;
  bool people; /* it prints text for people, and no protocol */
  const char *options, *help;
} verb;

static const verb verbs[] = {
    {"spec", NULL, false, false, false, "", "what the configuration may hold"},
    {"check", NULL, true, false, false, "--config FILE", "can the configured source be read?"},
    {"discover", NULL, false, false, false, "[--config FILE]", "which streams there are"},
    {"read", NULL, true, true, false, "--config FILE --catalog FILE [--state FILE]", "reads the configured streams"},
    {"try", "STREAM", false, false, true, "[--limit N] [--plan]", "reads a little of a stream, and shows how"},
    {"repl", NULL, false, false, true, "[--replay FILE]", "a prompt, with the streams and the source at hand"},
    {"new", "STREAM", false, false, true, "[--scripts DIR]", "writes a stream of your own to begin with"},
    {"test", "DIR", false, false, true, "[--update [--config FILE]]", "tests streams against recordings, offline"},
};

static const verb *find(const char *name) {
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
    if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
  return NULL;
}

bool verbs_for_people(const options *o) {
  const verb *v = o->verb ? find(o->verb) : NULL;
  return v && v->people;
}

bool verbs_settle(options *o) {
  bool test = o->verb && o->word && strcmp(o->verb, "test") == 0;
  return !test || options_add(o->scripts, o->word);
}

const char *verbs_misuse(const options *o, const char **about) {
  *about = o->verb;
  if (!o->verb) return "a verb is missing";
  const verb *v = find(o->verb);
  if (!v) return "unknown verb";
  if (v->word && !o->word) {
    *about = v->word;
    return "a word is missing";
  }
  if (o->update && strcmp(v->name, "test") != 0) return "--update is for `test`";
  if ((o->plan || o->infer || o->why) && strcmp(v->name, "try") != 0) return "--plan, --infer and --why are for `try`";
  if (o->word && !v->word) {
    *about = o->word;
    return "unexpected word";
  }
  if (v->config && !o->config) return "--config FILE is missing";
  if (v->catalog && !o->catalog) return "--catalog FILE is missing";
  if (o->fault[0] && !o->replay && strcmp(o->verb, "test") != 0) return "--fault needs a recording: --replay FILE";
  if (o->record && o->replay) return "--record and --replay exclude each other";
  return NULL;
}

bool verbs_usage(bytes *out) {
  bool ok = bytes_text(out, "usage: perigee VERB [options]\n\n");
  for (size_t i = 0; ok && i < sizeof verbs / sizeof verbs[0]; i++) {
    const verb *v = &verbs[i];
    size_t start = out->length;
    ok = bytes_printf(out, "  %s%s%s %s", v->name, v->word ? " " : "", v->word ? v->word : "", v->options);
    int width = 51 - (int)(out->length - start);
    ok = ok && bytes_printf(out, "%*s%s\n", width > 1 ? width : 1, "", v->help);
  }
  return ok;
}
