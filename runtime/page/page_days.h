/* Which records of a page are before a time, and of days that fall to one shard of several. */
#ifndef PERIGEE_PAGE_DAYS_H
#define PERIGEE_PAGE_DAYS_H

#include "page/page.h"

typedef struct page_days {
  const char *list; /* whose days they are; not ended by a zero byte */
  size_t length;
  uint64_t index, count; /* this shard, of so many */
} page_days;

/* Drops the records of days of other shards; one without a time stays. False: memory is short. */
bool page_keep_days(page *p, size_t field, const page_days *days);

/* Drops those that are at `us` or later by each bound; one that lacks the time of any stays. */
void page_keep_before(page *p, const page_bound *bounds, size_t count);

#endif
