/* What a stream's JSON Schema says of its records' fields: which there are, in its order, and of what kinds. */
#ifndef PERIGEE_SCHEMA_H
#define PERIGEE_SCHEMA_H

#include "destination/destination.h"

/* {0} is empty and valid. The names are its own. */
typedef struct schema {
  destination_field *fields;
  size_t count;
} schema;

/* Reads `properties` of accepted text; what it does not understand may be anything. False: memory is short. */
bool schema_read(schema *s, const char *json, size_t length);
void schema_free(schema *s);

#endif
