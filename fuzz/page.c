/* A page of records: what is kept, cut, added and cleaned of it stays JSON. */
#include "page/page.h"

#include "input.h"
#include "page/clean_text.h"
#include "page/page_add.h"
#include "json/json_path.h"
#include "json/json_value.h"

#include <string.h>

static const char added[] = "{\"issue_id\":7,\"project\":\"web\"}";

static void check_records(const page *p) {
  json_error error;
  for (size_t i = 0; i < p->rows.count; i++) {
    json_slice record, member;
    if (!page_goes_out(p, i)) continue;
    const char *text = page_record(p, i, &record);
    MUST(json_valid(text + record.start, record.length, (json_limits){.depth = JSON_MAX_DEPTH}, &error));
    member = json_member(text, record, "project");
    MUST(member.length);
  }
}

static void work(page *p, unsigned choices, const page_query *query) {
  static const row_splice splice = {.paths = {"lifetime.count"}, .count = 1};
  static const row_changing changing = {.paths = {"count", NULL}, .fields = {0, 1}, .count = 2};
  json_error error;
  uint64_t sum[2] = {0};
  size_t count;
  if (choices & 1 && !page_splice(p, &splice, query, &error)) return;
  if (choices & 2) MUST(page_digest_rows(p, &changing));
  if (choices & 4) page_keep(p, &(page_bound){0, 0}, 1);
  (void)page_rise(p, 0);
  (void)page_digest(p, NULL, 0, 0, sum);
  MUST(page_add(p, added, (json_slice){0, sizeof added - 1}));
  MUST(page_clean_text(p, choices & 8, &count));
  check_records(p);
  if (choices & 8) MUST(page_clean_text(p, false, &count) && count == 0);
}

/* A byte of choices, a path to the records, and a response. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"lastSeen", "id", "count"};
  static bytes path, text;
  unsigned choices = input_choice(&data, &size);
  json_error error;
  input_word(&data, &size, &path);
  input_rest(data, size, &text);
  page p = {.text = &text, .timed = 1, .lines = choices & 16, .unit = choices & 32 ? 1000 : 0};
  page_query query = {.rows = {.fields = names,
                               .field_count = 3,
                               .single = choices & 64,
                               .limits = {.depth = JSON_MAX_DEPTH, .record = 1 << 16}},
                      .by = {{1}, 1}};
  query.at.path = path.length && json_path_valid(path.data) ? path.data : NULL;
  query.at.unwrap = choices & 128 ? "node" : NULL;
  query.at.elements = choices == 255;
  if (page_split(&p, &query, &error)) work(&p, choices, &query);
  page_free(&p);
  return 0;
}
