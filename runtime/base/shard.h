/* Which of n shards a thing falls to: the first eight bytes of the SHA-256 of its name, as one number, modulo n. */
#ifndef PERIGEE_SHARD_H
#define PERIGEE_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shard of a name, from 0; `count` is above 0. False: memory is short. */
bool shard_of(const char *name, size_t length, uint64_t count, uint64_t *shard);

/* The shard of a UTC day (since 1970) of a list: that of "LIST\nDAY". */
bool shard_of_day(const char *list, size_t length, int64_t day, uint64_t count, uint64_t *shard);

/* The UTC day that a time (us since 1970) lies in. */
int64_t shard_day(int64_t us);

#endif
