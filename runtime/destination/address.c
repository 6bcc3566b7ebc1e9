#include "destination/address.h"

#include "destination/lines.h"
#include "destination/sqlite.h"

#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *address) {
  struct stat is;
  size_t length = strlen(address);
  return (length && address[length - 1] == '/') || (stat(address, &is) == 0 && S_ISDIR(is.st_mode));
}

static bool refuse(const char *address, bytes *why) {
  const char *scheme = strstr(address, "://");
  if (scheme)
    bytes_printf(why, "there is no destination %.*s; name a SQLite file, or a folder for JSON lines",
                 (int)(scheme - address), address);
  else if (strcmp(address, "-") == 0)
    bytes_text(why, "standard output is where `perigee read` writes; name a SQLite file, or a folder for JSON lines");
  return why->length > 0;
}

destination *address_open(const char *address, bytes *why, destination_code *code) {
  *code = DESTINATION_FOREIGN;
  if (refuse(address, why)) return NULL;
  return is_folder(address) ? lines_open(address, why, code) : sqlite_open(address, why, code);
}

bool address_runs(const char *address, int most, bytes *json, bytes *why) {
  if (refuse(address, why)) return false;
  return is_folder(address) ? lines_runs(address, most, json, why) : sqlite_runs(address, most, json, why);
}

bool address_peek(const char *address, const char *stream, const char *place, bytes *state, bytes *why) {
  if (refuse(address, why)) return false;
  return is_folder(address) ? lines_peek(address, stream, place, state, why)
                            : sqlite_peek(address, stream, place, state, why);
}
