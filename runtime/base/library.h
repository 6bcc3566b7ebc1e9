/* A shared library that is loaded when it is needed, and its functions in a struct of pointers. */
#ifndef PERIGEE_LIBRARY_H
#define PERIGEE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct library_function {
  const char *name;
  size_t place; /* offsetof its pointer in the struct */
} library_function;

/* Loads it, and fills all pointers of the struct at `out`. False: it is not there, or lacks a function. */
bool library_load(const char *file, const library_function *functions, size_t count, void *out);

#endif
