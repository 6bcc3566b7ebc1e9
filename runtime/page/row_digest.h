/*
 * What a record says, as a key: its bytes without members that change by themselves. The key of a record tells which
 * one it is; by this one a record is known that stayed where it was, and says something else.
 */
#ifndef PERIGEE_ROW_DIGEST_H
#define PERIGEE_ROW_DIGEST_H

#include "page/keyset.h"
#include "json/json.h"

#define ROW_MAX_CHANGING 24

/*
 * Members that change by themselves: names, or paths of names joined by dots, through each object of an array. A path
 * that ends in "[]" names an array whose order alone does. A path's first name is a field that the scan of the page
 * noted, so that no record is looked through again.
 */
typedef struct row_changing {
  const char *paths[ROW_MAX_CHANGING + 1]; /* NULL: of this field only the fraction of a second is left out */
  size_t
      fields[ROW_MAX_CHANGING + 1]; /* the position of its first name in the query; paths of one name stand together */
  size_t count;
} row_changing;

/*
 * The digest of a record of accepted text, whose noted fields these are. `text` is where all slices count from; `seed`
 * is not NULL. It is that of the record without these members: one that lacks them says the same.
 */
key row_digest(const siphash_seed *seed, const char *text, json_slice record, const json_slice *fields,
               const row_changing *changing);

#endif
