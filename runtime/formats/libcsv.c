#include "formats/libcsv.h"

#include "base/library.h"

static const library_function functions[] = {
    {"csv_init", offsetof(libcsv, init)},
    {"csv_fini", offsetof(libcsv, end)},
    {"csv_free", offsetof(libcsv, free)},
    {"csv_error", offsetof(libcsv, error)},
    {"csv_parse", offsetof(libcsv, parse)},
    {"csv_set_delim", offsetof(libcsv, set_delimiter)},
    {"csv_set_space_func", offsetof(libcsv, set_space)},
};

const libcsv *libcsv_load(void) {
  static libcsv all;
  static bool loaded;
  if (!loaded) loaded = library_load("libcsv.so.3", functions, sizeof functions / sizeof *functions, &all);
  return loaded ? &all : NULL;
}
