#include "http/response_store.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/siphash.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_BYTES ((int64_t)256 << 20) /* of the file */
#define MOST_MEMORY ((int64_t)4 << 20)  /* of one in memory, where no other can be made */
#define MOST_ENTRIES ((size_t)16384)

typedef struct entry {
  uint64_t key[2], asked, came;
  int64_t at, offset; /* ticks when it came; where it lies in the file */
} entry;

/* What stands in the file before the texts of a response. */
typedef struct preface {
  long status, version;
  size_t received, url, headers, body;
  int64_t ms;
} preface;

struct store_lead {
  response_store *store;
  uint64_t key[2], asked;
  bool is_over; /* it was put: nobody waits for it any more */
  store_waiter *waiters;
  store_lead *next;
};

struct response_store {
  http *http;
  siphash_seed seed;
  int file;
  int64_t end, most;
  uint64_t place;
  entry *entries; /* in the order in which they came; those before `first` are too old */
  size_t first, count, capacity;
  store_lead *leads;
};

static int open_unlinked(void) {
  bytes path = {0};
  int file = -1;
  if (bytes_printf(&path, "%s/perigee-XXXXXX", files_temporary())) {
    file = mkostemp(path.data, O_CLOEXEC);
    if (file >= 0) unlink(path.data);
  }
  bytes_free(&path);
  return file;
}

static bool open_file(response_store *s) {
  s->most = MOST_BYTES;
  s->file = open_unlinked();
  if (s->file >= 0) return true;
  s->most = MOST_MEMORY;
  s->file = memfd_create("perigee", MFD_CLOEXEC);
  return s->file >= 0;
}

response_store *response_store_new(http *h) {
  response_store *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->http = h;
  if (open_file(s) && digest_random(s->seed.bytes, sizeof s->seed.bytes)) return s;
  response_store_free(s);
  return NULL;
}

void response_store_free(response_store *s) {
  if (!s) return;
  if (s->file >= 0) close(s->file);
  free(s->entries);
  free(s);
}

static void key_of(const response_store *s, const char *name, uint64_t key[2]) {
  siphash hash;
  siphash_begin(&hash, &s->seed);
  siphash_add(&hash, name, strlen(name));
  siphash_end(&hash, key);
}

static bool is_same(const uint64_t a[2], const uint64_t b[2]) {
  return a[0] == b[0] && a[1] == b[1];
}

/* ---- the file */

static bool write_all(response_store *s, const void *data, size_t length) {
  const char *from = data;
  while (length > 0) {
    ssize_t wrote = pwrite(s->file, from, length, s->end);
    if (wrote <= 0) return false;
    from += wrote, length -= (size_t)wrote, s->end += wrote;
  }
  return true;
}

static bool read_all(const response_store *s, void *to, size_t length, int64_t *at) {
  char *into = to;
  while (length > 0) {
    ssize_t got = pread(s->file, into, length, *at);
    if (got <= 0) return false;
    into += got, length -= (size_t)got, *at += got;
  }
  return true;
}

static bool read_bytes(const response_store *s, bytes *to, size_t length, int64_t *at) {
  bytes_clear(to);
  if (!bytes_reserve(to, length) || !read_all(s, to->data, length, at)) return false;
  bytes_added(to, length);
  return true;
}

static http_exchange *read_exchange(const response_store *s, int64_t at) {
  preface p;
  if (!read_all(s, &p, sizeof p, &at)) return NULL;
  http_exchange *x = http_new_exchange(s->http, "GET", "");
  if (!x) return NULL;
  x->status = p.status;
  x->version = p.version;
  x->received = p.received;
  x->ended = x->started + p.ms;
  x->done = x->has_headers = true;
  if (read_bytes(s, &x->url, p.url, &at) && read_bytes(s, &x->headers, p.headers, &at) &&
      read_bytes(s, &x->body, p.body, &at))
    return x;
  http_free_exchange(x);
  return NULL;
}

static bool write_exchange(response_store *s, const http_exchange *x) {
  preface p = {.status = x->status, .version = x->version, .received = x->received, .ms = x->ended - x->started};
  p.url = x->url.length, p.headers = x->headers.length, p.body = x->body.length;
  return write_all(s, &p, sizeof p) && write_all(s, x->url.data, p.url) && write_all(s, x->headers.data, p.headers) &&
         write_all(s, x->body.data, p.body);
}

/* ---- what is there */

/* What is too old is forgotten; once nothing is left, the file is written from its beginning again. */
static void forget_old(response_store *s, int64_t now) {
  while (s->first < s->count && now - s->entries[s->first].at > RESPONSE_STORE_AGE) s->first++;
  if (s->first > s->count / 2) {
    memmove(s->entries, s->entries + s->first, (s->count - s->first) * sizeof *s->entries);
    s->count -= s->first, s->first = 0;
  }
  if (s->count == 0 && s->end > 0 && ftruncate(s->file, 0) == 0) s->end = 0;
}

static bool has_room(response_store *s) {
  if (s->count < s->capacity) return true;
  size_t capacity = s->capacity ? 2 * s->capacity : 64;
  entry *entries = capacity <= MOST_ENTRIES ? realloc(s->entries, capacity * sizeof *entries) : NULL;
  if (!entries) return false;
  s->entries = entries;
  s->capacity = capacity;
  return true;
}

http_exchange *response_store_take(response_store *s, const char *name, uint64_t after, int64_t now, uint64_t *place) {
  uint64_t key[2];
  key_of(s, name, key);
  forget_old(s, now);
  for (size_t i = s->first; i < s->count; i++) {
    const entry *e = &s->entries[i];
    if (e->asked <= after || !is_same(e->key, key)) continue;
    *place = e->came;
    return read_exchange(s, e->offset);
  }
  return NULL;
}

/* ---- who fetches */

store_lead *response_store_lead_of(const response_store *s, const char *name, uint64_t after) {
  uint64_t key[2];
  key_of(s, name, key);
  store_lead *l = s->leads;
  while (l && (l->is_over || l->asked <= after || !is_same(l->key, key))) l = l->next;
  return l;
}

store_lead *response_store_begin(response_store *s, const char *name) {
  store_lead *l = calloc(1, sizeof *l);
  if (!l) return NULL;
  key_of(s, name, l->key);
  l->store = s;
  l->asked = ++s->place;
  l->next = s->leads;
  return s->leads = l;
}

static void wake_all(store_lead *l, bool is_alone) {
  while (l->waiters) {
    store_waiter *w = l->waiters;
    l->waiters = w->next;
    w->lead = NULL;
    w->is_alone = is_alone;
    w->wake(w);
  }
}

static bool may_be_kept(const http_exchange *x) {
  return x->done && x->code == HTTP_OK && !x->dropped;
}

bool store_lead_put(store_lead *l, const http_exchange *x, int64_t now, uint64_t *place) {
  response_store *s = l->store;
  forget_old(s, now);
  int64_t offset = s->end;
  if (!may_be_kept(x) || s->end + (int64_t)x->body.length > s->most || !has_room(s)) return false;
  if (!write_exchange(s, x)) {
    s->end = offset;
    return false;
  }
  *place = ++s->place;
  s->entries[s->count++] =
      (entry){.key = {l->key[0], l->key[1]}, .asked = l->asked, .came = *place, .at = now, .offset = offset};
  l->is_over = true;
  wake_all(l, false);
  return true;
}

void store_lead_free(store_lead *l) {
  if (!l) return;
  store_lead **at = &l->store->leads;
  while (*at != l) at = &(*at)->next;
  *at = l->next;
  wake_all(l, true);
  free(l);
}

void store_waiter_join(store_waiter *w, store_lead *l) {
  w->lead = l;
  w->next = l->waiters;
  l->waiters = w;
}

void store_waiter_leave(store_waiter *w) {
  if (!w->lead) return;
  store_waiter **at = &w->lead->waiters;
  while (*at != w) at = &(*at)->next;
  *at = w->next;
  w->lead = NULL;
}
