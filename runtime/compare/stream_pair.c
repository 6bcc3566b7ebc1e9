#include "compare/stream_pair.h"

#include "compare/canonical.h"
#include "page/record.h"
#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 200 /* bytes of a value in a report */

static const char default_key[] = "[[\"id\"]]";

void stream_pairs_free(stream_pairs *all) {
  while (all->first) {
    stream_pair *p = all->first;
    all->first = p->next;
    for (int side = 0; side < 2; side++) {
      bytes_free(&p->state[side]);
      bytes_free(&p->status[side]);
    }
    bytes_free(&p->name);
    bytes_free(&p->name_space);
    bytes_free(&p->missing_keys);
    bytes_free(&p->extra_keys);
    free(p);
  }
  bytes_free(&all->name);
  bytes_free(&all->scratch);
}

static bool is(const bytes *a, const bytes *b) {
  return a->length == b->length && (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

static stream_pair *add(stream_pairs *all, const bytes *name, const bytes *name_space) {
  stream_pair **end = &all->first, *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  if (!bytes_append(&p->name, name->data, name->length) ||
      (name_space->length && !bytes_append(&p->name_space, name_space->data, name_space->length))) {
    bytes_free(&p->name);
    free(p);
    return NULL;
  }
  while (*end) end = &(*end)->next;
  *end = p;
  p->number = ++all->count;
  return p;
}

/* The key is looked up by the name's characters, which a report shows as JSON. */
static bool find_key(stream_pairs *all, stream_pair *p) {
  bytes plain = {0};
  bool ok = json_unescape(p->name.data, (json_slice){0, p->name.length}, &plain);
  if (ok) p->key = record_member(all->keys, all->keys_root, plain.data ? plain.data : "", plain.length);
  bytes_free(&plain);
  return ok;
}

stream_pair *stream_pair_of(stream_pairs *all, const char *text, json_slice name, json_slice name_space) {
  bytes *wanted = &all->name, *space = &all->scratch;
  bytes_clear(wanted);
  bytes_clear(space);
  bool spaced = json_type_of(text, name_space) == JSON_STRING;
  if (!(name.length ? canonical_write(text, name, wanted) : bytes_text(wanted, "\"\"")) ||
      (spaced && !canonical_write(text, name_space, space)))
    return NULL;
  for (stream_pair *p = all->first; p; p = p->next)
    if (is(&p->name, wanted) && is(&p->name_space, space)) return p;
  stream_pair *made = add(all, wanted, space);
  return made && find_key(all, made) ? made : NULL;
}

static json_slice follow(stream_pairs *all, const char *keys, json_slice path, const char *text, json_slice value,
                         bool *ok) {
  for (json_iterator name = json_iterate(keys, path); *ok && json_next(&name);) {
    bytes_clear(&all->scratch);
    *ok = json_unescape(keys, name.value, &all->scratch);
    value = record_member(text, value, all->scratch.data ? all->scratch.data : "", all->scratch.length);
  }
  return value;
}

json_slice stream_pair_paths(const stream_pairs *all, const stream_pair *pair, const char **text) {
  *text = pair->key.length ? all->keys : default_key;
  return pair->key.length ? pair->key : json_root(default_key, strlen(default_key));
}

bool stream_pair_key(stream_pairs *all, const stream_pair *pair, const char *text, json_slice data, bytes *key) {
  const char *keys;
  json_slice paths = stream_pair_paths(all, pair, &keys);
  size_t before = key->length;
  bool ok = true;
  for (json_iterator path = json_iterate(keys, paths); ok && json_next(&path);) {
    json_slice value = follow(all, keys, path.value, text, data, &ok);
    if (json_type_of(text, value) <= JSON_NULL) {
      key->length = before;
      return ok;
    }
    ok = ok && (key->length == before || bytes_append(key, ",", 1)) && canonical_write(text, value, key);
  }
  return ok;
}

bool stream_pair_cut(bytes *out, const char *text, size_t length) {
  size_t shown = length;
  if (shown > LONGEST)
    for (shown = LONGEST; shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80;) shown--;
  return bytes_append(out, text, shown) && (shown == length || bytes_text(out, "…"));
}

bool stream_pair_note(bytes *keys, int64_t count, const char *key, size_t length) {
  if (count >= STREAM_PAIR_EXAMPLES) return true;
  bytes shown = {0};
  bool ok = stream_pair_cut(&shown, key, length) && (keys->length == 0 || bytes_append(keys, ",", 1)) &&
            json_quote(keys, shown.data ? shown.data : "", shown.length);
  bytes_free(&shown);
  return ok;
}
