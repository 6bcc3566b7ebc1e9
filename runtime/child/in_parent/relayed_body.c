#include "child/in_parent/relayed_body.h"

#include "base/gzip.h"
#include "formats/unpack.h"
#include "http/http_response.h"
#include "http/inflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGINNING 10 /* bytes of gzip: its header */

struct relayed_body {
  unpack *unpack;
  bytes text; /* unpacked, and not handed on yet: a secret may begin in it */
};

static bool is_gzip(const bytes *b) {
  return b->length > 1 && memcmp(b->data, "\x1f\x8b", 2) == 0;
}

/* The faster one does not take all that the other does. */
static unpack_code unpack_whole(const bytes *body, size_t most, bytes *text) {
  inflate_code code = inflate_gzip(body->data, body->length, most, text);
  if (code == INFLATE_OK && !is_gzip(text)) return UNPACK_END;
  bytes_clear(text);
  return unpack_all(false, body, most, text);
}

static bool pack(const bytes *text, bytes *body) {
  gzip *g = gzip_new();
  bytes_clear(body);
  bool ok = g && gzip_member(g, text->data ? text->data : "", text->length, body);
  gzip_free(g);
  return ok;
}

static void fail(http_exchange *x, http_code code, const char *why) {
  x->code = code;
  (void)snprintf(x->message, sizeof x->message, "%s", why);
}

static bool mask_packed(http_exchange *x, const stand_ins *by, size_t *count) {
  bytes text = {0};
  unpack_code code = unpack_whole(&x->body, x->common->limits.max_body, &text);
  size_t found = text.length ? stand_ins_put(by, text.data, text.length) : 0;
  bool ok = code != UNPACK_NO_MEMORY;
  *count += found;
  if (ok && code != UNPACK_END && code != UNPACK_SOME && x->body.length > BEGINNING)
    x->body.length = BEGINNING;
  else if (ok && found && code == UNPACK_END)
    ok = pack(&text, &x->body);
  else if (ok && found)
    fail(x, HTTP_TOO_LARGE, "the response inflates beyond the limit for a body");
  bytes_free(&text);
  return ok;
}

bool relayed_body_mask(http_exchange *x, const stand_ins *by, size_t *count) {
  if (!x->body.length || !stand_ins_longest(by)) return true;
  if (is_gzip(&x->body)) return mask_packed(x, by, count);
  *count += stand_ins_put(by, x->body.data, x->body.length);
  return true;
}

/* ---- piece by piece */

relayed_body *relayed_body_new(const http_exchange *x) {
  bool is_packed;
  relayed_body *b = calloc(1, sizeof *b);
  (void)http_body_as_sent(x, &is_packed);
  if (b) b->unpack = unpack_new(is_packed || http_is_gzip_file(x));
  if (b && b->unpack) return b;
  free(b);
  return NULL;
}

void relayed_body_free(relayed_body *b) {
  if (!b) return;
  unpack_free(b->unpack);
  bytes_wipe(&b->text);
  free(b);
}

/* What a secret may have begun in stays for the next piece. */
static bool hand_on(relayed_body *b, const stand_ins *by, bool ended, bytes *out, size_t *count) {
  size_t longest = stand_ins_longest(by), length = b->text.length;
  if (length) *count += stand_ins_put(by, b->text.data, length);
  size_t ready = ended ? length : length > longest ? length - longest : 0;
  bool ok = !ready || bytes_append(out, b->text.data, ready);
  bytes_drop_front(&b->text, ok ? ready : 0, UNPACK_PIECE);
  return ok;
}

static relayed_code end(http_exchange *x, unpack_code code) {
  switch (code) {
  case UNPACK_NEEDS: return RELAYED_NEEDS;
  case UNPACK_END: return RELAYED_END;
  case UNPACK_CUT: fail(x, HTTP_CORRUPT, "the file's gzip is cut: it ends too early"); break;
  case UNPACK_CORRUPT: fail(x, HTTP_CORRUPT, "the file's gzip is corrupt"); break;
  default: fail(x, HTTP_FAILED, "memory is short");
  }
  return RELAYED_FAILED;
}

relayed_code relayed_body_read(relayed_body *b, http_exchange *x, const stand_ins *by, size_t most, bytes *out,
                               size_t *count) {
  unpack_input from = {.data = x->body.data, .length = x->body.length, .ended = x->done};
  unpack_code code = UNPACK_SOME;
  while (code == UNPACK_SOME && out->length < most) {
    code = unpack_text(b->unpack, &from, &b->text);
    if ((code == UNPACK_SOME || code == UNPACK_END) && !hand_on(b, by, code == UNPACK_END, out, count))
      code = UNPACK_NO_MEMORY;
  }
  size_t taken = x->body.length - from.length;
  if (taken) http_took(x, taken); /* once, as it moves the rest; more may come by it, and is told of */
  return code == UNPACK_SOME ? RELAYED_FULL : end(x, code);
}
