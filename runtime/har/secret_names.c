#include "har/secret_names.h"

#include <string.h>
#include <strings.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define LONGEST 128 /* of a name, from its end */

static const char *const ends[] = {
    "token",         "secret",          "password",    "passwd",     "passphrase",   "apikey", "secretkey",
    "accesskey",     "privatekey",      "cookie",      "cookies",    "sessionid",    "sessid", "sessionkey",
    "authorization", "authkey",         "credentials", "credential", "passcode",     "jwt",    "pwd",
    "assertion",     "subscriptionkey", "signingkey",  "sharedkey",  "encryptionkey"};

static const char *const parameters[] = {"key",  "otp",       "sid", "session", "connectsid",    "pwd",
                                         "pass", "signature", "sig", "auth",    "xamzsignature", "xamzcredential"};

static const char *const paging[] = {"page", "next",  "prev", "cursor", "continu",
                                     "sync", "start", "skip", "delta",  "scroll"};

/* The name in lower case without its signs, ended by a zero byte. */
static size_t simplify(const char *name, size_t length, char *plain) {
  size_t count = 0;
  if (length > LONGEST) name += length - LONGEST, length = LONGEST;
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    if (c == '-' || c == '_' || c == '.' || c == ':') continue;
    plain[count++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  plain[count] = '\0';
  return count;
}

static bool turns_pages(const char *plain, const char *end) {
  if (strcmp(end, "token") != 0 && strcmp(end, "key") != 0) return false;
  for (size_t i = 0; i < COUNT(paging); i++)
    if (strstr(plain, paging[i])) return true;
  return false;
}

bool secret_names_member(const char *name, size_t length) {
  char plain[LONGEST + 1];
  size_t count = simplify(name, length, plain);
  for (size_t i = 0; i < COUNT(ends); i++) {
    size_t size = strlen(ends[i]);
    if (count >= size && strcmp(plain + count - size, ends[i]) == 0) return !turns_pages(plain, ends[i]);
  }
  return false;
}

bool secret_names_parameter(const char *name, size_t length) {
  char plain[LONGEST + 1];
  simplify(name, length, plain);
  for (size_t i = 0; i < COUNT(parameters); i++)
    if (strcmp(plain, parameters[i]) == 0) return true;
  return secret_names_member(name, length);
}

bool secret_names_header(const char *name, size_t length) {
  char plain[LONGEST + 1];
  simplify(name, length, plain);
  bool is_key = length > 4 && strncasecmp(name + length - 4, "-key", 4) == 0 && !turns_pages(plain, "key");
  return is_key || strstr(plain, "csrf") || strstr(plain, "xsrf") || secret_names_parameter(name, length);
}
