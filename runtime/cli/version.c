#include "cli/version.h"

#include <stdio.h>

bool version_print(void) {
  int printed = version_commit[0] ? printf("perigee " PERIGEE_VERSION " (%s)\n", version_commit)
                                  : puts("perigee " PERIGEE_VERSION);
  return printed >= 0;
}
