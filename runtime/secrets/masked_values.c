#include "secrets/masked_values.h"

#include "json/json_string.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODES 256
#define FIRST_STARTS 64

/* A beginning of a value. Node 0 is the empty one, and as a child or an output: none. */
typedef struct node {
  uint32_t child, sibling;
  uint32_t fail;   /* the longest end of this that begins another value */
  uint32_t output; /* the longest value that ends here: this, or an end of it */
  uint32_t queued; /* the next in order of depth */
  uint32_t depth;
  uint32_t id;
  char byte;
  bool ends;
} node;

struct masked_values {
  node *nodes;
  size_t count, capacity;
  uint32_t first[256];           /* children of node 0 by their byte */
  uint8_t begins[(1 << 16) / 8]; /* a bit for each two bytes with which a value begins */
  size_t *starts; /* where each of the last bytes that were fed stands in the text: a ring, a power of two */
  size_t ring;
  bool connected;
};

masked_values *masked_values_new(void) {
  masked_values *m = calloc(1, sizeof *m);
  if (!m) return NULL;
  *m = (masked_values){.nodes = calloc(FIRST_NODES, sizeof(node)), .count = 1, .capacity = FIRST_NODES};
  m->starts = calloc(FIRST_STARTS, sizeof *m->starts);
  m->ring = FIRST_STARTS;
  if (m->nodes && m->starts) return m;
  masked_values_free(m);
  return NULL;
}

void masked_values_free(masked_values *m) {
  if (!m) return;
  if (m->nodes) explicit_bzero(m->nodes, m->capacity * sizeof *m->nodes);
  free(m->nodes);
  free(m->starts);
  explicit_bzero(m->begins, sizeof m->begins);
  free(m);
}

size_t masked_values_size(const masked_values *m) {
  return m->count - 1;
}

/* No realloc, which would leave the old nodes behind as they are. */
static bool grow(masked_values *m) {
  if (m->count < m->capacity) return true;
  if (m->capacity > UINT32_MAX / 2) return false;
  node *more = calloc(m->capacity * 2, sizeof *more);
  if (!more) return false;
  memcpy(more, m->nodes, m->count * sizeof *more);
  explicit_bzero(m->nodes, m->capacity * sizeof *m->nodes);
  free(m->nodes);
  m->nodes = more;
  m->capacity *= 2;
  return true;
}

static bool widen(masked_values *m, size_t length) {
  size_t ring = m->ring;
  while (ring <= length) ring *= 2;
  if (ring == m->ring) return true;
  size_t *starts = calloc(ring, sizeof *starts);
  if (!starts) return false;
  free(m->starts);
  m->starts = starts;
  m->ring = ring;
  return true;
}

static uint32_t child_of(const masked_values *m, uint32_t at, char byte) {
  if (!at) return m->first[(unsigned char)byte];
  uint32_t child = m->nodes[at].child;
  while (child && m->nodes[child].byte != byte) child = m->nodes[child].sibling;
  return child;
}

/* Returns 0 when memory is short. */
static uint32_t add_child(masked_values *m, uint32_t at, char byte) {
  if (!grow(m)) return 0;
  uint32_t child = (uint32_t)m->count++;
  m->nodes[child] = (node){.byte = byte, .depth = m->nodes[at].depth + 1, .sibling = m->nodes[at].child};
  m->nodes[at].child = child;
  if (!at) m->first[(unsigned char)byte] = child;
  return child;
}

static unsigned two_bytes(const char *text) {
  return (unsigned)(unsigned char)text[0] << 8 | (unsigned char)text[1];
}

static void note_beginning(masked_values *m, const char *value, size_t length) {
  unsigned two = two_bytes(length > 1 ? value : (char[2]){*value, 0});
  for (unsigned last = length > 1 ? two : two | 255; two <= last; two++) m->begins[two / 8] |= (uint8_t)(1 << two % 8);
}

bool masked_values_add(masked_values *m, const char *value, size_t length, uint32_t id) {
  uint32_t at = 0;
  if (!length) return true;
  if (!widen(m, length)) return false;
  note_beginning(m, value, length);
  m->connected = false;
  for (size_t i = 0; i < length; i++) {
    uint32_t child = child_of(m, at, value[i]);
    at = child ? child : add_child(m, at, value[i]);
    if (!at) return false;
  }
  if (!m->nodes[at].ends) m->nodes[at].id = id;
  m->nodes[at].ends = true;
  return true;
}

static uint32_t step(const masked_values *m, uint32_t state, char byte) {
  for (; state; state = m->nodes[state].fail) {
    uint32_t child = child_of(m, state, byte);
    if (child) return child;
  }
  return m->first[(unsigned char)byte];
}

/* In order of depth: what a node falls back to is shallower, so it is connected already. */
static void connect(masked_values *m) {
  uint32_t at = 0, last = 0;
  do {
    for (uint32_t child = m->nodes[at].child; child; child = m->nodes[child].sibling) {
      node *n = &m->nodes[child];
      n->fail = at ? step(m, m->nodes[at].fail, n->byte) : 0;
      n->output = n->ends ? child : m->nodes[n->fail].output;
      n->queued = 0;
      m->nodes[last].queued = child;
      last = child;
    }
    at = m->nodes[at].queued;
  } while (at);
  m->connected = true;
}

/* ---- searching */

masked_search masked_values_search(masked_values *m, const char *text, size_t length, bool spelled) {
  if (!m->connected) connect(m);
  return (masked_search){.in = m, .text = text, .length = length, .spelled = spelled};
}

static bool is_escape(char c) {
  return c == '\\' || c == '%';
}

bool masked_values_may_be_spelled(const char *text, size_t length) {
  return length && (memchr(text, '\\', length) || memchr(text, '%', length));
}

/* Where the byte stands that was fed so many before the next one. */
static size_t start_of(const masked_search *s, uint32_t depth) {
  return depth ? s->in->starts[(s->fed - depth) & (s->in->ring - 1)] : s->at;
}

static void note(masked_search *s, size_t start, size_t end, const node *value) {
  masked_place *f = &s->found;
  if (!f->length) *f = (masked_place){.start = start};
  if (start < f->start) f->start = start;
  f->length = end - f->start;
  if (value->depth <= f->depth) return;
  f->id = value->id;
  f->depth = value->depth;
}

static void feed(masked_search *s, char byte, size_t end) {
  masked_values *m = s->in;
  m->starts[s->fed++ & (m->ring - 1)] = s->at;
  s->state = step(m, s->state, byte);
  const node *value = &m->nodes[m->nodes[s->state].output];
  if (value->depth) note(s, start_of(s, value->depth), end, value);
}

static bool may_begin(const masked_search *s, const char *text) {
  unsigned two = two_bytes(text);
  return s->in->begins[two / 8] >> two % 8 & 1 || (s->spelled && is_escape(text[1]));
}

/* Most of a text begins no value. */
static void skip(masked_search *s) {
  const uint32_t *first = s->in->first;
  const char *at = s->text + s->at, *end = s->text + s->length;
  for (; at < end; at++) {
    if (first[(unsigned char)*at] && (at + 1 == end || may_begin(s, at))) break;
    if (s->spelled && is_escape(*at)) break;
  }
  s->at = (size_t)(at - s->text);
}

static void feed_character(masked_search *s) {
  const char *p = s->text + s->at;
  size_t available = s->length - s->at;
  json_escape read = {.taken = 1, .size = 1, .utf8 = {*p}};
  if (s->spelled && is_escape(*p)) read = json_spelled_read(p, available);
  for (size_t i = 0; i < read.size; i++) feed(s, read.utf8[i], s->at + read.taken);
  s->at += read.taken;
}

/* A place is over when no value that is still under way began before its end. */
bool masked_values_next(masked_search *s, masked_place *place) {
  bool over = false;
  while (!over && s->at < s->length) {
    if (!s->state && !s->found.length) skip(s);
    if (s->at < s->length) feed_character(s);
    over = s->found.length && start_of(s, s->in->nodes[s->state].depth) >= s->found.start + s->found.length;
  }
  *place = s->found;
  s->found = (masked_place){0};
  return place->length > 0;
}

static size_t overwrite(masked_values *m, char *text, size_t length, bool spelled) {
  size_t count = 0;
  masked_place place;
  masked_search s = masked_values_search(m, text, length, spelled);
  for (; masked_values_next(&s, &place); count++) memset(text + place.start, '*', place.length);
  return count;
}

size_t masked_values_overwrite(masked_values *m, char *text, size_t length) {
  size_t count = overwrite(m, text, length, false);
  return masked_values_may_be_spelled(text, length) ? count + overwrite(m, text, length, true) : count;
}
