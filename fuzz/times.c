/* Times and numbers: what is read says the same once it was written and read again. */
#include "base/clock.h"
#include "input.h"
#include "json/json_number.h"

#include <string.h>

static void check_times(const bytes *text) {
  char written[CLOCK_TEXT_SIZE];
  int64_t us, again;
  if (!clock_parse(text->data, text->length, &us) || !clock_format(us, written)) return;
  MUST(clock_parse(written, strlen(written), &again) && again == us);
}

static void check_numbers(const bytes *a, const bytes *b) {
  char printed[JSON_FLOAT_SIZE];
  int64_t whole;
  double number, again;
  if (json_read_integer(a->data, a->length, &whole)) MUST(json_number_is_whole(a->data, a->length));
  if (json_read_double(a->data, a->length, &number)) {
    size_t length = json_print_float(number, printed);
    MUST(json_read_double(printed, length, &again) && number == again);
  }
  int order = json_compare_numbers(a->data, a->length, b->data, b->length);
  int other = json_compare_numbers(b->data, b->length, a->data, a->length);
  MUST((order < 0) == (other > 0) && (order == 0) == (other == 0));
}

/* Digits, a fraction and an exponent, as JSON has them. */
static bool is_number(const bytes *text) {
  const char *p = text->data;
  p += *p == '-';
  size_t digits = strspn(p, "0123456789");
  if (!digits || (*p == '0' && digits > 1)) return false;
  p += digits;
  if (*p == '.') {
    if (!(digits = strspn(p + 1, "0123456789"))) return false;
    p += 1 + digits;
  }
  if (*p == 'e' || *p == 'E') {
    p += 1 + (p[1] == '+' || p[1] == '-');
    if (!(digits = strspn(p, "0123456789"))) return false;
    p += digits;
  }
  return p == text->data + text->length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes a, b;
  int64_t us;
  input_word(&data, &size, &a);
  input_word(&data, &size, &b);
  check_times(&a);
  (void)clock_parse_number(a.data, a.length, 1000000, &us);
  if (is_number(&a) && is_number(&b)) check_numbers(&a, &b);
  return 0;
}
