#include "cli/verbs.h"

#include "cli/description.h"
#include "cli/suggest.h"

#include <string.h>
#include <unistd.h>

typedef verb_description verb;

static const verb *find(const char *name) {
  for (const verb *v = description_verbs; name && v->name; v++)
    if (strcmp(v->name, name) == 0) return v;
  return NULL;
}

static bool has_trait(const options *o, unsigned trait) {
  const verb *v = find(o->verb);
  return v && (v->traits & trait);
}

bool verbs_for_people(const options *o) {
  return has_trait(o, VERB_FOR_PEOPLE) || o->names ||
         (has_trait(o, VERB_PRINTS_TABLE) && !o->json && isatty(STDOUT_FILENO));
}

/* Among lines that go to the same terminal nothing can be drawn. */
bool verbs_show_progress(const options *o) {
  bool free = has_trait(o, VERB_FOR_PEOPLE) || !isatty(STDOUT_FILENO);
  return has_trait(o, VERB_SHOWS_PROGRESS) && free && !o->quiet && !o->json;
}

bool verbs_run_own_streams(const options *o) {
  return !o->no_custom_streams && !has_trait(o, VERB_RUNS_NO_STREAM);
}

static bool check_word(const options *o, const verb *v, bytes *wrong) {
  const char *other = v->word ? strchr(v->word, ' ') : NULL;
  if ((v->traits & VERB_WORDS_BY_FROM) && o->from && !o->more_words[0]) return true;
  if (v->word && !o->word)
    bytes_printf(wrong, "a word is missing: %s", v->word);
  else if (o->word && !v->word)
    bytes_printf(wrong, "unexpected word: %s", o->word);
  else if (other && !o->other_word)
    bytes_printf(wrong, "a word is missing: %s", other + 1);
  else if (o->other_word && !other)
    bytes_printf(wrong, "unexpected word: %s", o->other_word);
  else if (o->more_words[0] && !(v->traits & VERB_TAKES_WORDS))
    bytes_printf(wrong, "unexpected word: %s", o->more_words[0]);
  else
    return true;
  return false;
}

static bool check_options(const options *o, const verb *v, bytes *wrong) {
  if (!options_suit(o, v->name, wrong)) return false;
  if ((v->traits & VERB_NEEDS_CONFIG) && !o->config)
    bytes_printf(wrong, "--config FILE is missing: %s", v->name);
  else if ((v->traits & VERB_NEEDS_CATALOG) && !o->catalog)
    bytes_printf(wrong, "--catalog FILE is missing: %s", v->name);
  else if ((v->traits & VERB_NEEDS_TO) && !o->to)
    bytes_printf(wrong, "--to PATH is missing: %s", v->name);
  else if (o->fault[0] && !o->replay && !(v->traits & VERB_HAS_RECORDINGS))
    bytes_printf(wrong, "--fault needs a recording: --replay FILE: %s", v->name);
  else if (o->record && o->replay)
    bytes_printf(wrong, "--record and --replay exclude each other: %s", v->name);
  else
    return true;
  return false;
}

static void report_unknown(const char *name, bytes *wrong) {
  const char *names[DESCRIPTION_MAX];
  size_t count = 0;
  for (const verb *v = description_verbs; v->name; v++) names[count++] = v->name;
  const char *meant = name ? suggest_nearest(name, strlen(name), names, count) : NULL;
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
  if (!(v->traits & VERB_WORD_IS_SCRIPTS) || options_add(o->scripts, o->word)) return true;
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
  for (const verb *v = description_verbs; ok && v->name; v++) ok = list_verb(v, out);
  return ok;
}

bool verbs_has(const char *word) {
  return find(word) != NULL;
}

/* Lines below the verb's own, as far in. */
static bool list_lines(const char *text, bytes *out) {
  bool ok = true;
  for (size_t length; ok && *text; text += length + (text[length] == '\n')) {
    length = strcspn(text, "\n");
    ok = bytes_printf(out, "  %.*s\n", (int)length, text);
  }
  return ok;
}

bool verbs_usage(const char *word, bytes *out) {
  const verb *v = find(word);
  return !v || (bytes_printf(out, "usage: perigee %s%s%s %s\n\n  %s\n", v->name, v->word ? " " : "",
                             v->word ? v->word : "", *v->options ? v->options : "[options]", v->help) &&
                (!v->more || (bytes_text(out, "\n") && list_lines(v->more, out))));
}
