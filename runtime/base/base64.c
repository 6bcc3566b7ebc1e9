#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_three(const unsigned char *in, size_t available, char out[4]) {
  uint32_t group = (uint32_t)in[0] << 16;
  if (available > 1) group |= (uint32_t)in[1] << 8;
  if (available > 2) group |= in[2];
  out[0] = alphabet[group >> 18];
  out[1] = alphabet[group >> 12 & 63];
  out[2] = '=';
  out[3] = '=';
  if (available > 1) out[2] = alphabet[group >> 6 & 63];
  if (available > 2) out[3] = alphabet[group & 63];
}

bool base64_encode(const char *data, size_t length, bytes *out) {
  if (length > SIZE_MAX / 2 || !bytes_reserve(out, out->length + length / 3 * 4 + 4)) return false;
  for (size_t i = 0; i < length; i += 3) {
    char group[4];
    encode_three((const unsigned char *)data + i, length - i, group);
    if (!bytes_append(out, group, sizeof group)) return false;
  }
  return true;
}

static int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

/* The `count` characters of a group hold count - 1 bytes. */
static bool append_group(uint32_t group, size_t count, bytes *out) {
  group <<= 6 * (4 - count);
  char three[3] = {(char)(group >> 16 & 255), (char)(group >> 8 & 255), (char)(group & 255)};
  return bytes_append(out, three, count - 1);
}

bool base64_decode(const char *text, size_t length, bytes *out) {
  uint32_t group = 0;
  size_t count = 0, padding = 0;
  if (length > SIZE_MAX / 2 || !bytes_reserve(out, out->length + length / 4 * 3 + 3)) return false;
  for (size_t i = 0; i < length; i++) {
    int value = value_of(text[i]);
    if (text[i] == '\r' || text[i] == '\n') continue;
    if (text[i] == '=' && count + ++padding <= 4) continue;
    if (value < 0 || padding) return false;
    group = group << 6 | (uint32_t)value;
    if (++count < 4) continue;
    if (!append_group(group, count, out)) return false;
    group = 0;
    count = 0;
  }
  if (!count) return !padding;
  return count > 1 && count + padding == 4 && append_group(group, count, out);
}
