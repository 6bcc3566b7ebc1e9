/* A stream as both outputs have it: how its records are told apart, and what the comparison has counted. */
#ifndef PERIGEE_STREAM_PAIR_H
#define PERIGEE_STREAM_PAIR_H

#include "base/bytes.h"
#include "json/json.h"

#include <stdint.h>

#define STREAM_PAIR_EXAMPLES 5

typedef struct stream_pair {
  struct stream_pair *next;
  int64_t number;
  bytes name, name_space; /* as JSON; "": none */
  json_slice key;         /* in `keys`: an array of paths, each an array of names */
  int64_t records[2], errors[2];
  int64_t without_key[2]; /* records that are told apart by all that they say */
  int64_t repeats[2];     /* records whose key came before; the last one counts */
  bytes state[2];         /* the last one, canonical */
  bytes status[2];        /* the last one, as JSON */
  int64_t same, rewritten, changed, missing, extra;
  bytes missing_keys, extra_keys; /* JSON values with commas between them, the first few */
} stream_pair;

/* All of them. `keys`: a JSON object, by the streams' names; a stream that it lacks has the key "id". */
typedef struct stream_pairs {
  stream_pair *first;
  const char *keys;
  json_slice keys_root;
  int64_t count;
  bytes name, scratch;
} stream_pairs;

void stream_pairs_free(stream_pairs *all);

/* The one of this name and namespace (slices of JSON strings), which is made where it is not. NULL: memory is short. */
stream_pair *stream_pair_of(stream_pairs *all, const char *text, json_slice name, json_slice name_space);

/* The paths of its key, a JSON array, in `text`. */
json_slice stream_pair_paths(const stream_pairs *all, const stream_pair *pair, const char **text);

/*
 * Appends the key of a record in canonical form, values with commas between them; nothing where it lacks a part of it,
 * or has null there. False: memory is short.
 */
bool stream_pair_key(stream_pairs *all, const stream_pair *pair, const char *text, json_slice data, bytes *key);

/* Notes a key, cut where it is long, among the first few. False: memory is short. */
bool stream_pair_note(bytes *keys, int64_t count, const char *key, size_t length);

/* Appends the beginning of a text, in whole characters. False: memory is short. */
bool stream_pair_cut(bytes *out, const char *text, size_t length);

#endif
