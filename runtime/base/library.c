#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_load(const char *file, const library_function *functions, size_t count, void *out) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  for (size_t i = 0; i < count; i++) {
    void *found = dlsym(library, functions[i].name);
    if (!found) return dlclose(library), false;
    memcpy((char *)out + functions[i].place, &found, sizeof found);
  }
  return true;
}
