/* Which globals a compiled script touches, also in functions that were never called: found in what lua_dump gives. */
#ifndef PERIGEE_UNDEFINED_H
#define PERIGEE_UNDEFINED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls `each` for every access by name; the name ends with a zero byte only by its length. False: the dump is of
 * another Lua than 5.4, or cut.
 */
bool undefined_find(const char *dump, size_t length,
                    void (*each)(const char *name, size_t length, unsigned line, void *user), void *user);

#endif
