/* Masking: no secret of the store is left in a recording, nor in a message, and JSON stays JSON. */
#include "har/redact.h"

#include "input.h"
#include "json/json.h"
#include "json/json_value.h"

#include <string.h>

static const char token[] = "sntrys_6b1f0e9d2c";

static secrets *make_store(void) {
  static const char spec[] = "{\"properties\":{\"auth_token\":{\"airbyte_secret\":true}}}";
  static bytes spec_text, config, out;
  secrets *store = secrets_new();
  MUST(store && bytes_text(&spec_text, spec) && bytes_printf(&config, "{\"auth_token\":\"%s\"}", token) &&
       secrets_take(store, &spec_text, &config, &out));
  return store;
}

static bool is_valid(const bytes *text) {
  json_error error;
  return json_valid(text->data, text->length, (json_limits){.depth = JSON_MAX_DEPTH}, &error);
}

static bool holds_token(const bytes *text) {
  return text->length && memmem(text->data, text->length, token, sizeof token - 1) != NULL;
}

static void mask_recording(har_redact *redact, unsigned kind, bytes *text) {
  bool was_valid = is_valid(text);
  bool ok = kind & 1   ? har_redact_body(redact, text->data, text->length, !(kind & 2))
            : kind & 2 ? har_redact_payload(redact, text->data, text->length)
                       : har_redact_line(redact, text->data, text->length);
  MUST(ok && !holds_token(text));
  if (kind & 1 && was_valid) MUST(is_valid(text));
}

/* A byte of choices, and a text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static secrets *store;
  static bytes text;
  if (!store) store = make_store();
  unsigned kind = input_choice(&data, &size);
  input_rest(data, size, &text);
  har_redact redact = {.store = store};
  if (text.length) mask_recording(&redact, kind, &text);
  har_redact_free(&redact);
  input_rest(data, size, &text);
  MUST(secrets_mask(store, &text) && !holds_token(&text));
  MUST(!secrets_found(store, text.length ? text.data : "", text.length));
  return 0;
}
