#include "airbyte/line.h"

#include "json/json_value.h"

#include <string.h>

static bool add_names(bytes *to, const char *name, const char *name_space) {
  return json_quote(to, name, strlen(name)) &&
         (!name_space || (bytes_text(to, ",\"namespace\":") && json_quote(to, name_space, strlen(name_space))));
}

bool line_stream_make(line_stream *l, const char *name, const char *name_space) {
  *l = (line_stream){0};
  return bytes_text(&l->descriptor, "{\"name\":") && add_names(&l->descriptor, name, name_space) &&
         bytes_text(&l->descriptor, "}") && bytes_text(&l->record, "{\"type\":\"RECORD\",\"record\":{\"stream\":") &&
         add_names(&l->record, name, name_space) && bytes_text(&l->record, ",\"data\":");
}

void line_stream_free(line_stream *l) {
  bytes_free(&l->descriptor);
  bytes_free(&l->record);
}
