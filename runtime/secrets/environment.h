/* Environment variables with a configuration in them: read, and removed. */
#ifndef PERIGEE_ENVIRONMENT_H
#define PERIGEE_ENVIRONMENT_H

#include "base/bytes.h"

/*
 * Adds a variable's value to the JSON object in `object` (empty: `{}`) as the member `field`, unless it is unset or
 * empty, and takes it out of the environment. False: memory is short; the variable is gone all the same.
 */
bool environment_take(bytes *object, const char *field, const char *variable);

#endif
