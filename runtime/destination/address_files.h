/* The files that a destination needs, as rules for Landlock. */
#ifndef PERIGEE_ADDRESS_FILES_H
#define PERIGEE_ADDRESS_FILES_H

#include "hardening/landlock.h"

#include <stdbool.h>

/*
 * A SQLite file's folder, as the kernel allows to make files by folder alone and SQLite makes some beside its own; a
 * folder of JSON lines; what libpq reads for PostgreSQL. Where such a folder is not there, the one that it is made in.
 * `to`: an address (address.h). `writes`: files of JSON lines are written; SQLite makes files where it reads, too.
 */
void address_files_allow(landlock *l, const char *to, bool writes);

/* Is it a server, which is connected to? NULL is none. */
bool address_files_connects(const char *to);

#endif
