/* What the command line and the environment behind it say, as values. */
#ifndef PERIGEE_OPTION_VALUES_H
#define PERIGEE_OPTION_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_MAX 16 /* of one that may be repeated */
#define WORDS_MAX 1024 /* after the first two */

/* Strings belong to the command line or the environment. Times are milliseconds, sizes bytes; 0: the default. */
typedef struct options {
  const char *verb;
  const char *word;                      /* what the verb is about, such as a stream's name */
  const char *other_word;                /* of a verb that is about two */
  const char *more_words[WORDS_MAX + 1]; /* of a verb that is about many; ends with NULL */
  const char *shard, *until_time, *missing;
  const char *config, *catalog, *state;
  const char *record, *replay;
  const char *why, *from;
  const char *to, *schema, *streams, *exclude; /* `to`: or PERIGEE_TO */
  const char *hostname, *organization, *project;
  const char *ledger;
  const char *scripts[OPTIONS_MAX + 1], *fault[OPTIONS_MAX + 1], *full[OPTIONS_MAX + 1]; /* end with NULL */
  const char *script_folders; /* PERIGEE_SCRIPTS: further folders of scripts, with colons between them */
  bool no_custom_streams;     /* PERIGEE_CUSTOM_STREAMS=off: no streams of a user's own exist */
  bool no_hardening;          /* PERIGEE_HARDENING=off: the process gives up no rights */
  bool cloud;                 /* DEPLOYMENT_MODE=CLOUD: the network around this machine is not the user's */
  bool wants_socket;          /* DATA_CHANNEL_MEDIUM=SOCKET: the platform wants records on sockets */
  bool collect_always;        /* PERIGEE_GC=full: all garbage is collected at every page and resume */
  int64_t collect_kib;        /* PERIGEE_GC=KIB in a sanitized build: at allocations, so often (host.c); or 0 */
  uint64_t given;             /* a bit for each option of the command line, in the table's order */
  bool debug, update, help, version, plan, infer, strict, json, names, observe, dry_run, freeze, gzip, quiet,
      own_limits;
  int64_t connect_timeout, first_byte_timeout, stall_timeout, check_budget;
  int64_t max_body;
  int64_t script_time, script_memory; /* of a user's own stream */
  int64_t main_time;                  /* PERIGEE_MAIN_TIME: of our own scripts */
  int64_t retry_base, retry_attempts, rate_limit_patience, outage_patience, checkpoint_records, limit;
} options;

#endif
