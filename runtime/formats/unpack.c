#include "formats/unpack.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LAYERS 2 /* a packed file, and a server that packs what it sends */
#define PIECE ((size_t)16 << 10)
#define GZIP_WINDOW (15 + 16) /* the largest; with gzip's header and trailer */

/* One gzip around another, or around the text; or nothing, where the first bytes are not gzip's. */
typedef struct layer {
  bool known, packed;
  char head[2]; /* looked at, and not given yet where it is not packed */
  size_t heads, given;
  z_stream z;
  bool within; /* a member */
  bool full;   /* the last piece was: zlib may have more of it */
  char in[PIECE];
  size_t have, at;
} layer;

struct unpack {
  bool must_be_packed;
  layer layers[LAYERS];
};

unpack *unpack_new(bool packed) {
  unpack *u = calloc(1, sizeof *u);
  if (u) u->must_be_packed = packed;
  return u;
}

void unpack_free(unpack *u) {
  if (!u) return;
  for (size_t i = 0; i < LAYERS; i++)
    if (u->layers[i].packed) inflateEnd(&u->layers[i].z);
  free(u);
}

static unpack_code read_layer(unpack *u, size_t depth, unpack_input *from, char *to, size_t most, size_t *length);

/* What lies around a layer; around the outermost one, the input. */
static unpack_code read_outside(unpack *u, size_t depth, unpack_input *from, char *to, size_t most, size_t *length) {
  if (depth > 0) return read_layer(u, depth - 1, from, to, most, length);
  *length = from->length < most ? from->length : most;
  if (!*length) return from->ended ? UNPACK_END : UNPACK_NEEDS;
  memcpy(to, from->data, *length);
  from->data += *length;
  from->length -= *length;
  return UNPACK_SOME;
}

/* By its first two bytes. A file of fewer is not packed, and where it must be, it is cut. */
static unpack_code look_at_head(unpack *u, size_t depth, unpack_input *from) {
  layer *l = &u->layers[depth];
  unpack_code code = UNPACK_SOME;
  while (l->heads < sizeof l->head && code == UNPACK_SOME) {
    size_t length;
    code = read_outside(u, depth, from, l->head + l->heads, sizeof l->head - l->heads, &length);
    if (code == UNPACK_SOME) l->heads += length;
  }
  if (code != UNPACK_SOME && code != UNPACK_END) return code;
  l->packed = l->heads == 2 && memcmp(l->head, "\x1f\x8b", 2) == 0;
  if (u->must_be_packed && depth == 0 && l->heads < 2) return UNPACK_CUT;
  if (l->packed && inflateInit2(&l->z, GZIP_WINDOW) != Z_OK) return l->packed = false, UNPACK_NO_MEMORY;
  l->known = true;
  if (!l->packed) return UNPACK_SOME;
  memcpy(l->in, l->head, l->heads);
  l->have = l->given = l->heads;
  l->within = true;
  return UNPACK_SOME;
}

static unpack_code read_plain(unpack *u, size_t depth, unpack_input *from, char *to, size_t most, size_t *length) {
  layer *l = &u->layers[depth];
  if (l->given == l->heads) return read_outside(u, depth, from, to, most, length);
  *length = l->heads - l->given < most ? l->heads - l->given : most;
  memcpy(to, l->head + l->given, *length);
  l->given += *length;
  return UNPACK_SOME;
}

static unpack_code refill(unpack *u, size_t depth, unpack_input *from) {
  layer *l = &u->layers[depth];
  if (l->at < l->have) return UNPACK_SOME;
  l->at = l->have = 0;
  unpack_code code = read_outside(u, depth, from, l->in, sizeof l->in, &l->have);
  if (code != UNPACK_SOME) l->have = 0;
  return code;
}

/* Between two members: zeroes that fill a block up say nothing. */
static unpack_code begin_member(layer *l) {
  while (l->at < l->have && l->in[l->at] == '\0') l->at++;
  if (l->at == l->have) return UNPACK_SOME;
  if (inflateReset(&l->z) != Z_OK) return UNPACK_CORRUPT;
  l->within = true;
  return UNPACK_SOME;
}

static unpack_code inflate_some(layer *l, char *to, size_t most, size_t *length) {
  l->z.next_in = (Bytef *)(void *)(l->in + l->at);
  l->z.avail_in = (uInt)(l->have - l->at);
  l->z.next_out = (Bytef *)(void *)to;
  l->z.avail_out = (uInt)most;
  int result = inflate(&l->z, Z_NO_FLUSH);
  l->at = l->have - l->z.avail_in;
  *length = most - l->z.avail_out;
  l->full = result == Z_OK && !l->z.avail_out;
  if (result == Z_STREAM_END) return l->within = false, UNPACK_SOME;
  if (result == Z_MEM_ERROR) return UNPACK_NO_MEMORY;
  return result == Z_OK || result == Z_BUF_ERROR ? UNPACK_SOME : UNPACK_CORRUPT;
}

static unpack_code read_packed(unpack *u, size_t depth, unpack_input *from, char *to, size_t most, size_t *length) {
  layer *l = &u->layers[depth];
  for (*length = 0; !*length;) {
    unpack_code code = l->full ? UNPACK_SOME : refill(u, depth, from);
    if (code == UNPACK_END) return l->within ? UNPACK_CUT : UNPACK_END;
    if (code == UNPACK_SOME && !l->within) code = begin_member(l);
    if (code == UNPACK_SOME && l->within) code = inflate_some(l, to, most, length);
    if (code != UNPACK_SOME) return code;
  }
  return UNPACK_SOME;
}

static unpack_code read_layer(unpack *u, size_t depth, unpack_input *from, char *to, size_t most, size_t *length) {
  layer *l = &u->layers[depth];
  unpack_code code = l->known ? UNPACK_SOME : look_at_head(u, depth, from);
  if (code != UNPACK_SOME) return code;
  return l->packed ? read_packed(u, depth, from, to, most, length) : read_plain(u, depth, from, to, most, length);
}

unpack_code unpack_text(unpack *u, unpack_input *from, bytes *out) {
  size_t length = 0;
  if (!bytes_reserve(out, out->length + UNPACK_PIECE)) return UNPACK_NO_MEMORY;
  unpack_code code = read_layer(u, LAYERS - 1, from, out->data + out->length, UNPACK_PIECE, &length);
  if (code == UNPACK_SOME) bytes_added(out, length);
  return code;
}

unpack_code unpack_all(bool packed, const bytes *file, size_t most, bytes *out) {
  unpack *u = unpack_new(packed);
  unpack_input from = {.data = file->data, .length = file->length, .ended = true};
  unpack_code code = u ? UNPACK_SOME : UNPACK_NO_MEMORY;
  while (code == UNPACK_SOME && out->length <= most) code = unpack_text(u, &from, out);
  unpack_free(u);
  return code;
}
