/* Base64 (RFC 4648, section 4, with padding). */
#ifndef PERIGEE_BASE64_H
#define PERIGEE_BASE64_H

#include "base/bytes.h"

/* Appends the encoded text. Pieces of a multiple of 3 bytes may be encoded one by one. False: memory is short. */
bool base64_encode(const char *data, size_t length, bytes *out);

/* Appends the decoded bytes; line breaks are passed over. False: not base64, or memory is short. */
bool base64_decode(const char *text, size_t length, bytes *out);

#endif
