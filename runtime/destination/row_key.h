/* What tells rows apart whose key cannot: digests that stay in a database for good. */
#ifndef PERIGEE_ROW_KEY_H
#define PERIGEE_ROW_KEY_H

#include "destination/row.h"
#include "page/keyset.h"

/* They have no seed: of SHA-256, nobody can make two texts that have the same one. False: memory is short. */
bool row_key_of_text(const char *text, size_t length, char digest[KEY_TEXT_SIZE]);

/* Of the values of the columns at these places, as they came: two of which a database makes the same are told apart. */
bool row_key_of_values(const row *r, const char *text, const size_t *places, size_t count, char digest[KEY_TEXT_SIZE]);

#endif
