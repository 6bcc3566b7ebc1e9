/* The system's own files that libraries open late: rules for Landlock. */
#ifndef PERIGEE_SYSTEM_FILES_H
#define PERIGEE_SYSTEM_FILES_H

#include "hardening/landlock.h"

/* To read: libraries, characters' encodings, locales, time zones, OpenSSL's settings, the system's certificates. */
void system_files_allow(landlock *l);

/* To read: what a lookup of a host's name opens. A resolver's file that takes the place of this one later is not
 * noticed where it could not be read. */
void system_files_allow_resolver(landlock *l);

/* The folder in which SQLite makes its temporary files. */
void system_files_allow_temporary(landlock *l);

/* The file or folder that a variable of the environment names, if it does. */
void system_files_allow_variable(landlock *l, const char *variable, unsigned access);

#endif
