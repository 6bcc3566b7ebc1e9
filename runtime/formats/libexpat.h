/* Expat, loaded when the first XML is read: who has none needs no library. Part of its ABI since version 2. */
#ifndef PERIGEE_LIBEXPAT_H
#define PERIGEE_LIBEXPAT_H

typedef struct XML_ParserStruct *libexpat_parser;

enum { LIBEXPAT_OK = 1 };

/* An encoding of one byte a character. */
typedef struct libexpat_encoding {
  int map[256];
  void *data;
  int (*convert)(void *data, const char *text);
  void (*release)(void *data);
} libexpat_encoding;

typedef struct libexpat {
  libexpat_parser (*create)(const char *encoding);
  void (*free)(libexpat_parser p);
  void (*set_with)(libexpat_parser p, void *with);
  void (*set_elements)(libexpat_parser p, void (*start)(void *, const char *, const char **),
                       void (*end)(void *, const char *));
  void (*set_text)(libexpat_parser p, void (*text)(void *, const char *, int));
  void (*set_entities)(libexpat_parser p, void (*entity)(void *, const char *, int, const char *, int, const char *,
                                                         const char *, const char *, const char *));
  void (*set_skipped)(libexpat_parser p, void (*skipped)(void *, const char *, int));
  void (*set_encodings)(libexpat_parser p, int (*encoding)(void *, const char *, libexpat_encoding *), void *with);
  int (*parse)(libexpat_parser p, const char *text, int length, int is_final);
  int (*stop)(libexpat_parser p, unsigned char resumable);
  int (*error)(libexpat_parser p);
  const char *(*error_text)(int error);
  long (*offset)(libexpat_parser p);
} libexpat;

/* The library, loaded at the first call. NULL: it is not there. */
const libexpat *libexpat_load(void);

#endif
