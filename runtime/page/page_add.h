/* Members that each record of a page gets, by splicing: the bytes that the server sent stay as they are. */
#ifndef PERIGEE_PAGE_ADD_H
#define PERIGEE_PAGE_ADD_H

#include "page/page.h"

#define PAGE_MAX_ADDED 8

/*
 * Adds the members of `added`, an object of accepted text (with padding, as json.h has it) with at most PAGE_MAX_ADDED
 * of them, to each record that goes out, behind its own. A member that the record has already stays as it is. False:
 * memory is short.
 */
bool page_add(page *p, const char *text, json_slice added);

#endif
