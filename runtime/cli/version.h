/* Which perigee this is. */
#ifndef PERIGEE_VERSION_H
#define PERIGEE_VERSION_H

#include <stdbool.h>

/* The first digits of the commit that was built; empty where that is not known. In a file that each build writes. */
extern const char version_commit[];

/* Prints the version, and the commit where that is known: "perigee 0.2.0 (1a2b3c4d5e6f)". False: that failed. */
bool version_print(void);

#endif
