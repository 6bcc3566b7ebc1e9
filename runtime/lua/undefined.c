/* The format is that of Lua 5.4's ldump.c; its instructions that of lopcodes.h. */
#include "lua/undefined.h"

#include <stdint.h>
#include <string.h>

#define VERSION 0x54
#define MAX_DEPTH 200 /* of functions within functions; Lua's own parser has the same */
#define MOST_UPVALUES 256
enum { OP_GETTABUP = 11, OP_SETTABUP = 15 };
enum { INTEGER = 0x03, NUMBER = 0x13, SHORT_STRING = 0x04, LONG_STRING = 0x14 };

typedef struct text {
  const char *start;
  size_t length;
} text;

typedef struct dump {
  const char *at, *end;
  bool ok;
  void (*each)(const char *name, size_t length, unsigned line, void *user);
  void *user;
} dump;

/* One function: what is needed of it once its names of upvalues, which come last, are known. */
typedef struct function {
  const char *code, *constants, *lines;
  size_t count, constant_count, line_count;
  unsigned first_line;
  const char *absolute; /* (pc, line) where `lines` cannot say it */
  size_t absolute_count;
  bool environment[MOST_UPVALUES];
} function;

static const char *take(dump *d, size_t length) {
  const char *start = d->at;
  if ((size_t)(d->end - d->at) < length) d->ok = false;
  if (!d->ok) return start;
  d->at += length;
  return start;
}

static unsigned take_byte(dump *d) {
  const char *p = take(d, 1);
  return d->ok ? (unsigned char)*p : 0;
}

static size_t take_size(dump *d) {
  size_t size = 0;
  unsigned byte = 0;
  while (d->ok && !(byte & 0x80)) {
    byte = take_byte(d);
    if (size > SIZE_MAX >> 7) d->ok = false;
    size = size << 7 | (byte & 0x7f);
  }
  return d->ok ? size : 0;
}

static text take_text(dump *d) {
  size_t size = take_size(d);
  if (!size) return (text){0};
  const char *start = take(d, size - 1);
  return (text){start, size - 1};
}

static text take_constant(dump *d) {
  switch (take_byte(d)) {
  case INTEGER:
  case NUMBER: take(d, 8); return (text){0};
  case SHORT_STRING:
  case LONG_STRING: return take_text(d);
  default: return (text){0};
  }
}

static void take_header(dump *d) {
  static const char signature[] = "\x1bLua", data[] = "\x19\x93\r\n\x1a\n";
  const char *start = take(d, 4);
  if (!d->ok || memcmp(start, signature, 4) != 0) d->ok = false;
  if (take_byte(d) != VERSION || take_byte(d) != 0) d->ok = false;
  start = take(d, 6);
  if (!d->ok || memcmp(start, data, 6) != 0) d->ok = false;
  static const unsigned char sizes[] = {4, 8, 8}; /* of an instruction, an integer, a number */
  for (size_t i = 0; i < sizeof sizes; i++)
    if (take_byte(d) != sizes[i]) d->ok = false;
  take(d, 8 + 8 + 1);
}

static text constant_at(const function *f, size_t wanted, const dump *whole) {
  dump d = {.at = f->constants, .end = whole->end, .ok = wanted < f->constant_count};
  text found = {0};
  for (size_t i = 0; d.ok && i <= wanted; i++) found = take_constant(&d);
  return d.ok ? found : (text){0};
}

/* As ldebug.c's luaG_getfuncline counts; a step of -128 says that the line stands in the list of absolute ones. */
static unsigned line_of(const function *f, size_t pc, const dump *whole) {
  int64_t line = f->first_line;
  dump d = {.at = f->absolute, .end = whole->end, .ok = true};
  for (size_t i = 0; i <= pc && i < f->line_count; i++) {
    signed char step = (signed char)f->lines[i];
    if (step != -128) {
      line += step;
    } else {
      take_size(&d);
      line = (int64_t)take_size(&d);
    }
  }
  return line > 0 ? (unsigned)line : 0;
}

static void report(const function *f, const dump *d) {
  for (size_t pc = 0; pc < f->count; pc++) {
    uint32_t word;
    memcpy(&word, f->code + pc * 4, 4);
    unsigned op = word & 0x7f, a = word >> 7 & 0xff, b = word >> 16 & 0xff, c = word >> 24;
    bool reads = op == OP_GETTABUP && f->environment[b], writes = op == OP_SETTABUP && f->environment[a];
    text name = reads || writes ? constant_at(f, reads ? c : b, d) : (text){0};
    if (name.start) d->each(name.start, name.length, line_of(f, pc, d), d->user);
  }
}

static void take_function(dump *d, unsigned depth);

static void take_inner(dump *d, unsigned depth) {
  size_t count = take_size(d);
  if (depth > MAX_DEPTH) d->ok = false;
  for (size_t i = 0; d->ok && i < count; i++) take_function(d, depth + 1);
}

static void take_debug(dump *d, function *f) {
  f->line_count = take_size(d);
  f->lines = take(d, f->line_count);
  f->absolute_count = take_size(d);
  f->absolute = d->at;
  for (size_t i = 0; d->ok && i < f->absolute_count * 2; i++) take_size(d);
  size_t locals = take_size(d);
  for (size_t i = 0; d->ok && i < locals; i++) take_text(d), take_size(d), take_size(d);
  size_t upvalues = take_size(d);
  for (size_t i = 0; d->ok && i < upvalues; i++) {
    text name = take_text(d);
    if (i < MOST_UPVALUES) f->environment[i] = name.length == 4 && memcmp(name.start, "_ENV", 4) == 0;
  }
}

/* Recursion is bounded by take_inner. */
static void take_function(dump *d, unsigned depth) {
  function f = {0};
  take_text(d);
  f.first_line = (unsigned)take_size(d);
  take_size(d);
  take(d, 3);
  f.count = take_size(d);
  if (f.count > (size_t)(d->end - d->at) / 4) d->ok = false;
  f.code = take(d, d->ok ? f.count * 4 : 0);
  f.constant_count = take_size(d);
  f.constants = d->at;
  for (size_t i = 0; d->ok && i < f.constant_count; i++) take_constant(d);
  size_t upvalues = take_size(d);
  for (size_t i = 0; d->ok && i < upvalues; i++) take(d, 3);
  take_inner(d, depth);
  take_debug(d, &f);
  if (d->ok) report(&f, d);
}

bool undefined_find(const char *data, size_t length,
                    void (*each)(const char *name, size_t length, unsigned line, void *user), void *user) {
  dump d = {.at = data, .end = data + length, .ok = true, .each = each, .user = user};
  take_header(&d);
  if (d.ok) take_function(&d, 0);
  return d.ok;
}
