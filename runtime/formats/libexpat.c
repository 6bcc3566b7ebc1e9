#include "formats/libexpat.h"

#include "base/library.h"

#include <stddef.h>

static const library_function functions[] = {
    {"XML_ParserCreate", offsetof(libexpat, create)},
    {"XML_ParserFree", offsetof(libexpat, free)},
    {"XML_SetUserData", offsetof(libexpat, set_with)},
    {"XML_SetElementHandler", offsetof(libexpat, set_elements)},
    {"XML_SetCharacterDataHandler", offsetof(libexpat, set_text)},
    {"XML_SetEntityDeclHandler", offsetof(libexpat, set_entities)},
    {"XML_SetSkippedEntityHandler", offsetof(libexpat, set_skipped)},
    {"XML_SetUnknownEncodingHandler", offsetof(libexpat, set_encodings)},
    {"XML_Parse", offsetof(libexpat, parse)},
    {"XML_StopParser", offsetof(libexpat, stop)},
    {"XML_GetErrorCode", offsetof(libexpat, error)},
    {"XML_ErrorString", offsetof(libexpat, error_text)},
    {"XML_GetCurrentByteIndex", offsetof(libexpat, offset)},
};

const libexpat *libexpat_load(void) {
  static libexpat all;
  static bool loaded;
  if (!loaded) loaded = library_load("libexpat.so.1", functions, sizeof functions / sizeof *functions, &all);
  return loaded ? &all : NULL;
}
