#include "secrets/secrets.h"

#include "base/digest.h"
#include "secrets/granted_origins.h"
#include "secrets/known_forms.h"
#include "secrets/learned_values.h"
#include "secrets/masked_values.h"
#include "secrets/secret_forms.h"
#include "secrets/secret_handle.h"
#include "json/json_string.h"
#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 16 /* of the config: a bound for the walk over spec and config at once */
#define SHORTEST_MASKED 4
#define FIRST_KNOWN                                                                                                    \
  ((uint32_t)(SECRETS_MOST + LEARNED_MOST)) /* of the numbers in masked_values, one behind those before */

typedef struct secret {
  bytes handle; /* `<secret:name>`, with a zero byte behind it (bytes.h) */
  bytes value;
  granted_origins granted;
  bytes name;   /* for messages; empty: the configuration's own */
  bytes before; /* the digest of the configuration's value, where another one took its place */
} secret;

struct secrets {
  secret items[SECRETS_MOST];
  size_t count;
  learned_values learned;
  bytes config; /* its text, with handles */
  known_forms known;
  masked_values *values; /* NULL: memory was short; known by their positions in items, what was learned, and `known` */
};

secrets *secrets_new(void) {
  secrets *s = calloc(1, sizeof *s);
  if (s && (s->values = masked_values_new())) return s;
  free(s);
  return NULL;
}

void secrets_know_none(secrets *s) {
  known_forms_free(&s->known);
}

void secrets_free(secrets *s) {
  if (!s) return;
  secrets_know_none(s);
  for (size_t i = 0; i < s->count; i++) {
    bytes_free(&s->items[i].handle);
    bytes_wipe(&s->items[i].value);
    granted_origins_free(&s->items[i].granted);
    bytes_free(&s->items[i].name);
    bytes_free(&s->items[i].before);
  }
  learned_values_free(&s->learned);
  bytes_free(&s->config);
  masked_values_free(s->values);
  free(s);
}

/* The walk over spec and config: copies the config up to each secret, then the handle, then goes on behind it. */
typedef struct taking {
  secrets *store;
  const char *spec;
  const char *config;
  size_t copied; /* of the config */
  bytes *out;
  bool ok;
} taking;

static secret *find(const secrets *s, const char *handle, size_t length) {
  for (size_t i = 0; i < s->count; i++) {
    const bytes *h = &s->items[i].handle;
    if (h->length == length && memcmp(h->data, handle, length) == 0) return (secret *)&s->items[i];
  }
  return NULL;
}

/* A name not yet taken: two secrets in a list would have the same field name. */
static bool new_handle(secrets *s, const char *name, size_t length, bytes *handle) {
  for (size_t n = 1;; n++) {
    bytes_clear(handle);
    bool ok = bytes_text(handle, SECRET_HANDLE) && bytes_append(handle, name, length);
    if (ok && n > 1) ok = bytes_printf(handle, ":%zu", n);
    if (!ok || !bytes_text(handle, ">")) return false;
    if (!find(s, handle->data, handle->length)) return true;
  }
}

bool secrets_are_full(const secrets *s) {
  return s->count == SECRETS_MOST;
}

static bool store_secret(taking *t, json_slice key, json_slice value) {
  secrets *s = t->store;
  if (secrets_are_full(s)) return false;
  secret *item = &s->items[s->count];
  size_t length = key.length >= 2 ? key.length - 2 : 0;
  bool ok =
      new_handle(s, t->config + key.start + 1, length, &item->handle) && json_unescape(t->config, value, &item->value);
  s->count++;
  return ok;
}

static void replace(taking *t, json_slice value, const char *text, size_t length) {
  t->ok = t->ok && bytes_append(t->out, t->config + t->copied, value.start - t->copied);
  t->ok = t->ok && (length ? json_quote(t->out, text, length) : bytes_text(t->out, text));
  t->copied = value.start + value.length;
}

static void take_value(taking *t, json_slice key, json_slice value) {
  json_type type = json_type_of(t->config, value);
  if (type == JSON_NULL) return;
  if (type != JSON_STRING) {
    replace(t, value, "false", 0);
  } else if (value.length > 2) {
    t->ok = t->ok && store_secret(t, key, value);
    if (!t->ok) return;
    const bytes *handle = &t->store->items[t->store->count - 1].handle;
    replace(t, value, handle->data, handle->length);
  }
}

static void take_from(taking *t, json_slice schema, json_slice value, unsigned depth);

static void take_members(taking *t, json_slice schema, json_slice object, unsigned depth) {
  json_slice properties = json_member(t->spec, schema, "properties");
  json_iterator it = json_iterate(t->config, object);
  while (t->ok && json_next(&it)) {
    json_iterator names = json_iterate(t->spec, properties);
    while (t->ok && json_next(&names)) {
      if (!json_string_is(t->config, it.key, t->spec + names.key.start + 1, names.key.length - 2)) continue;
      json_slice secret_mark = json_member(t->spec, names.value, "airbyte_secret");
      if (json_type_of(t->spec, secret_mark) == JSON_TRUE)
        take_value(t, it.key, it.value);
      else
        take_from(t, names.value, it.value, depth + 1);
    }
  }
}

static void take_from(taking *t, json_slice schema, json_slice value, unsigned depth) {
  json_type type = json_type_of(t->config, value);
  if (depth > MAX_DEPTH) return;
  if (type == JSON_OBJECT) take_members(t, schema, value, depth);
  if (type != JSON_ARRAY) return;
  json_slice items = json_member(t->spec, schema, "items");
  json_iterator it = json_iterate(t->config, value);
  while (t->ok && json_next(&it)) take_from(t, items, it.value, depth + 1);
}

static masked_values *list_values(const secrets *s) {
  masked_values *list = masked_values_new();
  bool ok = list != NULL;
  for (size_t i = 0; ok && i < s->count; i++)
    if (s->items[i].value.length >= SHORTEST_MASKED) ok = secret_forms_add(list, &s->items[i].value, (uint32_t)i);
  for (size_t i = 0; ok && i < LEARNED_MOST; i++) {
    const bytes *value = &s->learned.items[i].value;
    if (value->length >= SHORTEST_MASKED) ok = secret_forms_add(list, value, (uint32_t)(SECRETS_MOST + i));
  }
  if (ok && known_forms_list(&s->known, list, FIRST_KNOWN)) return list;
  masked_values_free(list);
  return NULL;
}

/* Where memory was too short to note all of them, no text can be masked any more, and none goes out. */
static bool note_values(secrets *s) {
  masked_values_free(s->values);
  s->values = list_values(s);
  return s->values != NULL;
}

static const bytes *handle_of(const secrets *s, uint32_t id) {
  if (id >= FIRST_KNOWN) return &s->known.items[id - FIRST_KNOWN].handle;
  return id < SECRETS_MOST ? &s->items[id].handle : &s->learned.items[id - SECRETS_MOST].handle;
}

bool secrets_know(secrets *s, const char *name, const char *form, size_t length) {
  return known_forms_add(&s->known, name, form, length);
}

bool secrets_know_all(secrets *s) {
  return note_values(s);
}

bool secrets_learn(secrets *s, const char *name, const char *value, size_t length) {
  if (learned_values_has(&s->learned, name, value, length)) return true;
  return learned_values_add(&s->learned, name, value, length) && note_values(s);
}

const bytes *secrets_learned(const secrets *s, uint64_t *number, const char **name) {
  return learned_values_next(&s->learned, number, name);
}

static bool write_digest(const bytes *value, char digest[SECRETS_DIGEST]) {
  unsigned char sum[DIGEST_SHA256_SIZE];
  if (!digest_sha256(value->data, value->length, sum)) return false;
  digest_hex(sum, sizeof sum, digest);
  return true;
}

bool secrets_configured(const secrets *s, const char *handle, char digest[SECRETS_DIGEST]) {
  const secret *item = find(s, handle, strlen(handle));
  if (!item || !item->before.length) return item && write_digest(&item->value, digest);
  memcpy(digest, item->before.data, SECRETS_DIGEST);
  return true;
}

const char *secrets_at(const secrets *s, size_t at, const char **name) {
  if (at >= s->count) return NULL;
  *name = s->items[at].name.length ? s->items[at].name.data : NULL;
  return s->items[at].handle.data;
}

const char *secrets_called(const secrets *s, const char *handle) {
  const secret *item = find(s, handle, strlen(handle));
  return item && item->name.length ? item->name.data : NULL;
}

const bytes *secrets_config(const secrets *s) {
  return &s->config;
}

bool secrets_replace(secrets *s, const char *handle, const char *value, size_t length) {
  secret *item = find(s, handle, strlen(handle));
  char digest[SECRETS_DIGEST];
  bytes copy = {0};
  if (!item || !secrets_configured(s, handle, digest)) return false;
  if (!item->before.length && !bytes_append(&item->before, digest, sizeof digest)) return false;
  if (!secrets_learn(s, "former", item->value.data, item->value.length) || !bytes_append(&copy, value, length))
    return false;
  bytes_wipe(&item->value);
  item->value = copy;
  return note_values(s);
}

bool secrets_take(secrets *s, const bytes *spec, const bytes *config, bytes *out) {
  size_t before = out->length;
  taking t = {.store = s, .spec = spec->data, .config = config->data, .out = out, .ok = true};
  json_slice root = json_root(spec->data, spec->length);
  json_slice schema = json_member(spec->data, root, "connectionSpecification");
  take_from(&t, schema.length ? schema : root, json_root(config->data, config->length), 0);
  bool ok = note_values(s) && t.ok && bytes_append(out, config->data + t.copied, config->length - t.copied);
  bytes_clear(&s->config);
  return ok && bytes_append(&s->config, out->data + before, out->length - before);
}

bool secrets_name(secrets *s, const char *handle, const char *name) {
  secret *item = find(s, handle, strlen(handle));
  if (!item) return true;
  bytes_clear(&item->name);
  return bytes_text(&item->name, name);
}

bool secrets_grant(secrets *s, const char *handle, const char *url) {
  secret *item = find(s, handle, strlen(handle));
  return item && granted_origins_grant(&item->granted, url);
}

bool secrets_widen(secrets *s, const char *handle, const char *url, const char *domain) {
  secret *item = find(s, handle, strlen(handle));
  return item && granted_origins_widen(&item->granted, url, domain);
}

static bool granted(const secret *item, const char *url) {
  return granted_origins_admit(&item->granted, url);
}

bool secrets_are_for(const secrets *s, const char *url) {
  for (size_t i = 0; i < s->count; i++)
    if (!s->items[i].name.length && granted(&s->items[i], url)) return true;
  return false;
}

bool secrets_is_handle(const char *text) {
  return strncmp(text, SECRET_HANDLE, sizeof SECRET_HANDLE - 1) == 0;
}

const char *secrets_name_in(const char *handle, size_t *length) {
  const char *name = handle + sizeof SECRET_HANDLE - 1;
  *length = strcspn(name, ">");
  return name;
}

/* The secret whose handle starts this text, if any. */
static const secret *at_handle(const secrets *s, const char *text) {
  const char *end = secrets_is_handle(text) ? strchr(text, '>') : NULL;
  return end ? find(s, text, (size_t)(end - text) + 1) : NULL;
}

secrets_code secrets_expand(const secrets *s, const char *text, const char *url, bytes *out) {
  while (*text) {
    const secret *item = at_handle(s, text);
    if (item && !granted(item, url)) return SECRETS_NOT_GRANTED;
    const char *next = item ? NULL : strchr(text + 1, '<');
    size_t plain = next ? (size_t)(next - text) : strlen(text);
    bool ok = item ? bytes_append(out, item->value.data, item->value.length) : bytes_append(out, text, plain);
    if (!ok) return SECRETS_NO_MEMORY;
    text += item ? item->handle.length : plain;
  }
  return SECRETS_OK;
}

const char *secrets_value(const secrets *s, const char *handle) {
  const secret *item = find(s, handle, strlen(handle));
  return item ? item->value.data : NULL;
}

/* The configuration's own, such as a token, have no name, and are for HTTP alone. */
const char *secrets_for(const secrets *s, const char *url) {
  for (size_t i = 0; i < s->count; i++)
    if (s->items[i].name.length && granted(&s->items[i], url)) return s->items[i].value.data;
  return NULL;
}

const granted_origins *secrets_origins(const secrets *s, const char *text, const char *url, const char **name) {
  for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
    const secret *item = at_handle(s, at);
    if (!item || granted(item, url)) continue;
    *name = item->name.length ? item->name.data : NULL;
    return item->granted.first.length ? &item->granted : NULL;
  }
  return NULL;
}

/* One pass, in which values stand as they are or `spelled`. */
static bool mask_pass(const secrets *s, bytes *text, bool spelled) {
  bytes masked = {0};
  masked_place place;
  masked_search search = masked_values_search(s->values, text->data, text->length, spelled);
  size_t copied = 0;
  bool ok = true;
  while (ok && masked_values_next(&search, &place)) {
    const bytes *handle = handle_of(s, place.id);
    ok = bytes_append(&masked, text->data + copied, place.start - copied) &&
         bytes_append(&masked, handle->data, handle->length);
    copied = place.start + place.length;
  }
  if (ok && !copied) return true;
  ok = ok && bytes_append(&masked, text->data + copied, text->length - copied);
  bytes_wipe(text);
  *text = masked;
  if (!ok) bytes_clear(text);
  return ok;
}

bool secrets_mask(const secrets *s, bytes *text) {
  if (!s->values) return bytes_clear(text), false;
  return mask_pass(s, text, false) &&
         (!masked_values_may_be_spelled(text->data, text->length) || mask_pass(s, text, true));
}

static bool found(const secrets *s, const char *text, size_t length, bool spelled) {
  masked_place place;
  masked_search search = masked_values_search(s->values, text, length, spelled);
  return masked_values_next(&search, &place);
}

bool secrets_found(const secrets *s, const char *text, size_t length) {
  return length >= SHORTEST_MASKED && (!s->values || found(s, text, length, false) ||
                                       (masked_values_may_be_spelled(text, length) && found(s, text, length, true)));
}

size_t secrets_mask_in_place(const secrets *s, char *text, size_t length) {
  if (s->values) return masked_values_overwrite(s->values, text, length);
  memset(text, '*', length);
  return 1;
}

/* ---- handles that stand where none may */

static const char *find_handle(const secrets *s, const char *text, size_t length) {
  for (size_t i = 0; i < s->count; i++) {
    const secret *item = &s->items[i];
    if (memmem(text, length, item->handle.data, item->handle.length))
      return item->name.length ? item->name.data : item->handle.data;
  }
  return NULL;
}

const char *secrets_named(const secrets *s, const char *text, size_t length) {
  if (!length) return NULL;
  const char *found = find_handle(s, text, length);
  if (found || !memmem(text, length, "%3Csecret", 9)) return found;
  bytes plain = {0};
  for (size_t at = 0; at < length;) {
    json_escape read = json_percent_read(text + at, length - at);
    if (!bytes_append(&plain, read.utf8, read.size)) break;
    at += read.taken;
  }
  found = plain.length ? find_handle(s, plain.data, plain.length) : NULL;
  bytes_free(&plain);
  return found;
}
