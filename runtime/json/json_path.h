/*
 * Paths into JSON: names joined by dots. A name that holds a dot stands in brackets and quotes:
 * data["@odata.nextLink"]; so does one that is a * alone, which else means each element of an array or each value of an
 * object.
 */
#ifndef PERIGEE_JSON_PATH_H
#define PERIGEE_JSON_PATH_H

#include "json/json.h"

typedef struct json_step {
  const char *name; /* points into the path */
  size_t length;
  bool any; /* a * */
} json_step;

/* The path's first step; `*path` moves behind it. False: there is none left. */
bool json_path_step(const char **path, json_step *step);

/* Has each step a name, and is no bracket left open? */
bool json_path_valid(const char *path);

/* The value along a path, in which a * is a name like others; "" is the value itself. Absent: it is not there. */
json_slice json_path(const char *text, json_slice value, const char *path);

#endif
