#include "json/json_path.h"

#include "json/json_value.h"

#include <string.h>

static bool is_quoted(const char *p) {
  return p[0] == '[' && (p[1] == '"' || p[1] == '\'');
}

/* The end of a name in brackets, at its second quote; NULL: there is none. */
static const char *quoted_end(const char *p) {
  const char end[] = {p[1], ']', '\0'};
  return strstr(p + 2, end);
}

static const char *plain_end(const char *p) {
  while (*p && *p != '.' && !is_quoted(p)) p++;
  return p;
}

bool json_path_step(const char **path, json_step *step) {
  const char *p = *path, *end = is_quoted(p) ? quoted_end(p) : NULL, *after = end ? end + 2 : NULL;
  if (!*p) return false;
  const char *name = end ? p + 2 : p;
  if (!end) end = after = plain_end(is_quoted(p) ? p + 1 : p);
  *step = (json_step){.name = name, .length = (size_t)(end - name)};
  step->any = name == p && step->length == 1 && *name == '*';
  *path = *after == '.' ? after + 1 : after;
  return true;
}

bool json_path_valid(const char *path) {
  json_step step;
  for (const char *at = path; *at;) {
    if (is_quoted(at) && !quoted_end(at)) return false;
    json_path_step(&at, &step);
    if (!step.length || (!*at && at[-1] == '.')) return false;
  }
  return *path;
}

json_slice json_path(const char *text, json_slice value, const char *path) {
  json_step step;
  while (value.length && json_path_step(&path, &step)) value = json_find_member(text, value, step.name, step.length);
  return value;
}
