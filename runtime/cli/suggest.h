/* The name that was probably meant, for messages about one that does not exist. */
#ifndef PERIGEE_SUGGEST_H
#define PERIGEE_SUGGEST_H

#include <stddef.h>

/* The one of `names` that is most alike to a word of `length` bytes; NULL where none is alike at all. */
const char *suggest_nearest(const char *word, size_t length, const char *const *names, size_t count);

#endif
