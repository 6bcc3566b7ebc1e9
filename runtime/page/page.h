/*
 * A page of records: the text of a response, split once, with each record's times and key; and which of the records
 * are kept. What happens per record happens here, in C, a page at a time.
 */
#ifndef PERIGEE_PAGE_H
#define PERIGEE_PAGE_H

#include "base/bytes.h"
#include "page/keyset.h"
#include "page/places.h"
#include "page/row_digest.h"
#include "page/row_splice.h"
#include "page/row_without.h"
#include "json/json.h"

#include <stdint.h>

#define PAGE_NO_TIME INT64_MIN /* the field is absent, null or no time */
#define PAGE_IDS 1             /* in place of a unit: numbers are no times, but ids that rise */
#define PAGE_MAX_ID (INT64_C(1) << 62)
#define PAGE_MAX_FIELDS 8
#define PAGE_MAX_READS 8 /* more fields, for hooks, of which no time is read */
#define PAGE_MAX_NOTED (PAGE_MAX_FIELDS + PAGE_MAX_READS + ROW_MAX_CHANGING + 1)
#define PAGE_MAX_ROWS 1000000
#define PAGE_MAX_TABLE ((size_t)64 << 20) /* bytes for places, times and keys of a page's records … */
#define PAGE_MIN_TABLE ((size_t)8 << 20)  /* … or --max-body where that is less, but not under this */

/* Which fields (their positions in the query) make a record's key. */
typedef struct page_key {
  size_t fields[PAGE_MAX_FIELDS];
  size_t count;
} page_key;

typedef struct page {
  const bytes *text; /* borrowed: the response's, or `decoded`; NULL: closed */
  bytes decoded;
  json_rows rows;
  size_t timed;      /* of the fields, so many come with a time; set by the caller of page_split */
  int64_t unit;      /* microseconds of 1, where times are numbers since 1970; PAGE_IDS; or 0; set as well */
  siphash_seed seed; /* of its keys; set as well */
  bool lines;        /* each line of the text is a record, or blank; set as well */
  bool elements;     /* it was XML (places.h) */
  uint64_t first;    /* the number of the first of these, for messages */
  size_t units;      /* what the server counts in it: its rows and nulls, or (places.h) the lists that they stand in */
  size_t table;      /* bytes for what is noted of all records, at the most; 0: PAGE_MAX_TABLE; set as well */
  int64_t *times;    /* rows x timed; PAGE_NO_TIME where there is none */
  key *keys;         /* one a row; {0} where it cannot be recognised */
  key *digests;      /* NULL: the keys; or, one a row, what tells whether it says the same as before */
  key *settled;      /* NULL; or, one a row, what tells whether it says the same but for what follows other rows */
  key *old_keys;     /* the keys without a seed (page_know_old), or NULL */
  page_key by;
  unsigned char *keep;
  size_t kept;
  unsigned char *out; /* NULL: what is kept goes out; else which of it does, after a script's hooks */
  json_slice *edited; /* NULL; or, for each row, what goes out in its place, in edits (length 0: the row itself) */
  bytes edits;
  size_t held; /* bytes counted by its host (host_hold) */
} page;

/* What page_split looks for. */
typedef struct page_query {
  places at;
  json_query rows;                   /* of each field the first name */
  const char *tails[PAGE_MAX_NOTED]; /* the rest of its path (json_path.h), or NULL */
  page_key by;
} page_query;

/*
 * Splits page->text (set by the caller) into the records that stand where the query says, and reads times and keys;
 * every record is kept at first. False: `error` says why.
 */
bool page_split(page *p, const page_query *query, json_error *error);

/* Splices values into the records of a page that was split so, before anything else is done with it. As page_split. */
bool page_splice(page *p, const row_splice *splice, const page_query *query, json_error *error);

/* Takes members out of its records, likewise. */
bool page_leave_out(page *p, const row_without *without, const page_query *query, json_error *error);
void page_free(page *p); /* may be called again */

/* How many bytes it takes, besides a text that it borrows. */
size_t page_memory(const page *p);

/* The text, in which the slices of rows are. */
const char *page_text(const page *p);

/* Is the record kept, and not held back by a hook? */
bool page_goes_out(const page *p, size_t row);

/* A record as it goes out: `*record` is a slice of the text that is returned. */
const char *page_record(const page *p, size_t row, json_slice *record);

/* Before hooks run. False: memory is short. */
bool page_open_hooks(page *p);

/* Holds a record back. It stays kept: for keys and states it counts as read. */
void page_hold(page *p, size_t row);

/* Has this text, which is copied, go out in a record's place. False: memory is short. */
bool page_replace(page *p, size_t row, const char *text, size_t length);

/* The time of a record's field. */
int64_t page_time(const page *p, size_t row, size_t field);

/* The newest time of a field before one, and the oldest from one on, among all records; PAGE_NO_TIME: none has one. */
int64_t page_newest(const page *p, size_t field, int64_t before);
int64_t page_oldest(const page *p, size_t field, int64_t from);

/* How many records lack a field, or have null there. */
size_t page_missing(const page *p, size_t field);

/* How many have something else there that is no time; the first such value. */
size_t page_unreadable(const page *p, size_t field, json_slice *first);

/* By how much a record is newer than the one before it, at most; 0 where the list falls throughout. */
int64_t page_rise(const page *p, size_t field);

/* By how many units a record's field `to` is later than its field `from`, rounded up: 0 to most. -1: one is no time. */
int64_t page_delay(const page *p, size_t row, size_t from, size_t to, int64_t unit, int64_t most);

/* Is every record older than `us`? One without a time is not. */
bool page_below(const page *p, size_t field, int64_t us);

/* A bound for a field: records from `us` on. */
typedef struct page_bound {
  size_t field;
  int64_t us;
} page_bound;

/* Of the records kept, keeps those for which some bound holds, or whose field has no time. */
void page_keep(page *p, const page_bound *bounds, size_t count);

/* Drops those in which a text stands along `path` that is none of these; returns how many. */
size_t page_only(page *p, const char *path, const char *const *texts, size_t count);

/* Has a record not go out. */
void page_drop(page *p, size_t row);

/*
 * Gives each record that has a key a digest, by which it is dropped and remembered where it goes out. False: memory is
 * short.
 */
bool page_digest_rows(page *p, const row_changing *changing);

/* The same for `settled`, by which nothing is dropped or remembered. */
bool page_settle_rows(page *p, const row_changing *changing);

/* What the record is known by where it goes out: its digest, or else its key. {0}: it cannot be recognised. */
key page_row_key(const page *p, size_t row);

/* Before the page is compared with a set that has keys without a seed. False: memory is short. */
bool page_know_old(page *p);

/* Drops those whose digest is in the set; returns how many. */
size_t page_drop_known(page *p, const known_keys *known);

typedef enum page_which { PAGE_ALL, PAGE_KEPT, PAGE_KNOWN } page_which;

/*
 * Adds the keys of all records, of those kept, or of those that `among` knows, to a set; of these, only records from
 * any of the bounds on (count 0: whatever their time). False: memory is short.
 */
bool page_remember(const page *p, known_keys *to, page_which which, const known_keys *among, const page_bound *bounds,
                   size_t count);

/* The same with digests, in `among`, too. */
bool page_remember_rows(const page *p, known_keys *to, page_which which, const known_keys *among,
                        const page_bound *bounds, size_t count);

/* Does the set hold the key of the first record that has one? True where none has: there is nothing to go by. */
bool page_joins(const page *p, const known_keys *known);

/*
 * Adds to `sum` what tells which records there are, in whatever order; with a field, only those with from ≤ time < to.
 * Returns how many.
 */
size_t page_digest(const page *p, const size_t *field, int64_t from, int64_t to, uint64_t sum[2]);

#endif
