/* libcsv, loaded when the first file of CSV is read: who has none needs no library. Part of its ABI since version 3. */
#ifndef PERIGEE_LIBCSV_H
#define PERIGEE_LIBCSV_H

#include <stddef.h>

/* Its parser's memory, which is its caller's: libcsv's own type has 136 bytes. */
typedef struct libcsv_parser {
  _Alignas(max_align_t) char bytes[512];
} libcsv_parser;

enum { LIBCSV_STRICT = 1, LIBCSV_STRICT_END = 4 };
enum { LIBCSV_NO_MEMORY = 2 };

typedef struct libcsv {
  int (*init)(libcsv_parser *p, unsigned char options);
  int (*end)(libcsv_parser *p, void (*field)(void *, size_t, void *), void (*row)(int, void *), void *with);
  void (*free)(libcsv_parser *p);
  int (*error)(const libcsv_parser *p);
  size_t (*parse)(libcsv_parser *p, const void *text, size_t length, void (*field)(void *, size_t, void *),
                  void (*row)(int, void *), void *with);
  void (*set_delimiter)(libcsv_parser *p, unsigned char delimiter);
  void (*set_space)(libcsv_parser *p, int (*is_space)(unsigned char c));
} libcsv;

/* The library, loaded at the first call. NULL: it is not there. */
const libcsv *libcsv_load(void);

#endif
