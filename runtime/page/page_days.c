#include "page/page_days.h"

#include "base/shard.h"

bool page_keep_days(page *p, size_t field, const page_days *days) {
  int64_t last = INT64_MIN; /* rows of one day mostly stand together */
  uint64_t shard = 0;
  for (size_t i = 0; i < p->rows.count; i++) {
    int64_t time = page_time(p, i, field);
    if (time == PAGE_NO_TIME) continue;
    int64_t day = shard_day(time);
    if (day != last && !shard_of_day(days->list, days->length, day, days->count, &shard)) return false;
    last = day;
    if (shard != days->index) page_drop(p, i);
  }
  return true;
}

static bool is_before(const page *p, size_t row, const page_bound *bounds, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int64_t time = page_time(p, row, bounds[i].field);
    if (time == PAGE_NO_TIME || time < bounds[i].us) return true;
  }
  return count == 0;
}

void page_keep_before(page *p, const page_bound *bounds, size_t count) {
  for (size_t i = 0; i < p->rows.count; i++)
    if (!is_before(p, i, bounds, count)) page_drop(p, i);
}
