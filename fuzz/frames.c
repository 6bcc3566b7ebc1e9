/* Messages between a child and its parent: what a broken child writes is refused or read, whole. */
#include "child/message.h"

#include "input.h"

#include <string.h>

#define LARGEST ((size_t)1 << 20)

static void read_fields(message_reader m, unsigned choices) {
  static bytes text;
  while (m.ok && m.at < m.end) {
    size_t length;
    const char *before = m.at;
    if (choices & 1)
      (void)message_take_number(&m);
    else if (choices & 2)
      (void)message_take_data(&m, &length);
    else
      (void)(bytes_clear(&text), message_take_text(&m, &text));
    choices = choices >> 1 | (choices & 1) << 7;
    MUST(!m.ok || (m.at > before && m.at <= m.end));
  }
}

/* What is written is read again. */
static void check_written(const uint8_t *data, size_t size) {
  static bytes out;
  size_t at = 0, length;
  bytes_clear(&out);
  message_writer w = message_begin(&out, MESSAGE_PART);
  message_number(&w, (int64_t)size);
  message_data(&w, size ? (const char *)data : "", size);
  MUST(message_end(&w));
  message_reader m;
  MUST(message_next(&out, &at, LARGEST, &m) == MESSAGE_WHOLE && at == out.length && m.type == MESSAGE_PART);
  MUST(message_take_number(&m) == (int64_t)size);
  const char *read = message_take_data(&m, &length);
  MUST(m.ok && length == size && (!size || memcmp(read, data, size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes from;
  unsigned choices = input_choice(&data, &size);
  size_t at = 0;
  message_reader m;
  input_rest(data, size, &from);
  while (message_next(&from, &at, LARGEST, &m) == MESSAGE_WHOLE) {
    MUST(at <= from.length && m.end <= from.data + from.length);
    read_fields(m, choices);
  }
  check_written(data, size);
  return 0;
}
