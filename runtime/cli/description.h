/*
 * The command line as plain data: its verbs, options, variables and exit statuses. Whatever is parsed, printed by
 * --help, told by the man page or completed by a shell is made of this.
 */
#ifndef PERIGEE_DESCRIPTION_H
#define PERIGEE_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>

/* How the value is stored, in the field of `options` that has the same name. */
typedef enum option_kind {
  OPTION_FLAG,
  OPTION_TEXT,
  OPTION_ANY_TEXT, /* also an empty one */
  OPTION_LIST,
  OPTION_SECONDS, /* these and those below are numbers, which the environment gives, too */
  OPTION_NUMBER,
  OPTION_BYTES
} option_kind;

/* What a value or a verb's word names: shells complete it. */
typedef enum argument_kind {
  ARGUMENT_NONE,
  ARGUMENT_WORD, /* anything */
  ARGUMENT_FILE,
  ARGUMENT_FOLDER,
  ARGUMENT_PLACE, /* a file, a folder or an address */
  ARGUMENT_STREAM,
  ARGUMENT_STREAMS, /* names with commas between them */
  ARGUMENT_FAULT
} argument_kind;

typedef struct option_description {
  const char *name;
  option_kind kind;
  bool only;         /* others refuse it; else they pass it over, as an image has one set of options for all verbs */
  size_t offset;     /* of the field in options */
  const char *verbs; /* those that heed it, with a blank after each; NULL: all */
  const char *value;
  argument_kind argument;
  const char *help;
} option_description;

enum verb_trait {
  VERB_NEEDS_CONFIG = 1,
  VERB_NEEDS_CATALOG = 2,
  VERB_FOR_PEOPLE = 4,       /* it prints text for people, and no protocol */
  VERB_SHOWS_PROGRESS = 8,   /* on a terminal */
  VERB_WORD_IS_SCRIPTS = 16, /* its word is a folder of scripts */
  VERB_HAS_RECORDINGS = 32,  /* of its own, into which faults are injected */
  VERB_PRINTS_TABLE = 64,    /* where standard output is a terminal, in place of the protocol */
  VERB_NEEDS_TO = 128,
  VERB_TAKES_WORDS = 256,   /* any number more of them */
  VERB_WORDS_BY_FROM = 512, /* with --from, its word may be left out, and a second one follow */
  VERB_RUNS_NO_STREAM = 1024
};

typedef struct verb_description {
  const char *name;
  const char *word; /* what follows it, or NULL; two, with a blank between them */
  argument_kind argument;
  unsigned traits;
  const char *options, *help;
  const char *more; /* the rest that a user must know, in lines */
} verb_description;

/* A variable of the environment, or an exit status. */
typedef struct term_description {
  const char *name, *help;
} term_description;

#define DESCRIPTION_MAX 64 /* rows of a table */

/* Each ends with a row without a name. */
extern const option_description description_options[];
extern const verb_description description_verbs[];
extern const term_description description_environment[];
extern const term_description description_statuses[];

/* What --fault means; the kinds follow. */
extern const char description_fault[];

#endif
