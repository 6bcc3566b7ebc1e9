/*
 * One limit of a server: so many requests a window of time, and so many at once, however many endpoints count in it. It
 * is learnt from what responses say. We use our part of it, and yield to others who use it too.
 */
#ifndef PERIGEE_BUCKET_H
#define PERIGEE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define BUCKET_LONGEST_WINDOW 3600000 /* ms: an end further off is a mistake, which would have us wait in silence */
#define BUCKET_NOISE 500  /* ms by which readings of one window's end may differ, and those of two may not */
#define BUCKET_WHOLE 1000 /* the share of who may use all of a limit: thousandths */
#define BUCKET_ANSWERS 64

/* The limits in a response; -1: not there. Times are clock_ticks: `reset` is when the window ends. */
typedef struct limit_reading {
  long limit, remaining;
  long concurrent_limit;
  int64_t reset;
  int64_t ends;    /* the same as the server wrote it, by which one window is known whatever clocks say; 0: not there */
  bool overloaded; /* the server refused, or did not keep up: it wants less */
} limit_reading;

/* A response: when it came, and the least that was known to remain then. */
typedef struct bucket_answer {
  int64_t at;
  long least;
} bucket_answer;

typedef struct bucket {
  unsigned in_flight;
  unsigned share;    /* how much of the limits is ours */
  long concurrent;   /* the server's limit of requests at once; 0: it named none */
  long limit;        /* requests a window; -1: none was named */
  long part;         /* of these that are ours in this window */
  long carry;        /* thousandths of a request that earlier windows left to us */
  long least;        /* the smallest `remaining` that this window's responses named */
  long used;         /* requests of ours in this window */
  long budget;       /* requests that may still go out in this window, for all that is left */
  bool shared;       /* others use the limit too: less remained than we left */
  long burst;        /* the most that they used while a request was under way, where they do, in this window */
  long burst_before; /* and in the one before */
  int64_t reset;     /* the window's end; 0: not known */
  int64_t ends;      /* as the server wrote it; 0: it did not */
  int64_t began;     /* when the first response of this window came */
  long doubts;       /* responses with an earlier end, less those that may be of the window before */
  long answered;     /* responses that counted in this window */
  uint64_t total;    /* and ever */
  bucket_answer answers[BUCKET_ANSWERS]; /* the last of this window */
} bucket;

/* One of which nothing is known. */
bucket bucket_new(unsigned share);
void bucket_set_share(bucket *b, unsigned share);

/*
 * May one more request go out? 0; else the tick at which it may, or INT64_MAX: when another one has ended. `limited`:
 * it waits for the end of a window. bucket_start counts one as sent, bucket_end as ended.
 */
int64_t bucket_ask(bucket *b, int64_t now, bool *limited);
void bucket_start(bucket *b);
void bucket_end(bucket *b);

/* How many may go out now, as far as this limit goes, and how many at once; UINT_MAX: any number. */
unsigned bucket_room(bucket *b, int64_t now);
unsigned bucket_at_once(const bucket *b);

/* Learns from a response that came at tick `now`, to a request that bucket_start counted at tick `sent`, and has ended.
 */
void bucket_learn(bucket *b, const limit_reading *r, int64_t sent, int64_t now);

/* Is this a reading of the window that the bucket is in? */
bool bucket_is_current(const bucket *b, const limit_reading *r);

/* How many requests of this window the server had counted for certain when one was sent at tick `sent`; -1: too many
 * came since. */
long bucket_counted_before(const bucket *b, int64_t sent);

#endif
