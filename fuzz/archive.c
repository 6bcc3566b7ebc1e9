/* An HTTP Archive that is replayed: it is refused with a reason, or responds to what it holds. */
#include "har/reader.h"

#include "http/http.h"
#include "input.h"

static void ask(har_reader *r, http *client) {
  const char *first = har_reader_first_url(r);
  http_exchange *x = http_new_exchange(client, "GET", first ? first : "https://sentry.io/api/0/");
  MUST(x);
  har_reader_peek(r, x);
  (void)har_reader_respond(r, x);
  MUST(x->code == HTTP_OK || x->message[0]);
  http_free_exchange(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static http *client;
  static bytes why;
  static input_file file;
  if (!client) {
    client = http_new(NULL, (http_limits){0}, "fuzz");
    MUST(client);
    input_file_make(&file);
  }
  input_file_write(&file, data, size);
  bytes_clear(&why);
  har_reader *r = har_reader_open(file.path, &why);
  if (r) ask(r, client);
  MUST(r || why.length);
  har_reader_free(r);
  return 0;
}
