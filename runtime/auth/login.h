/*
 * A login as a script describes it: {"url", "form" or "json", "basic", "headers", "token", "expires", "refresh",
 * "header", "prefix"}. This makes its request, and reads what came of it (RFC 6749, sections 4.4, 5 and 6).
 */
#ifndef PERIGEE_LOGIN_H
#define PERIGEE_LOGIN_H

#include "http/http.h"

/* A new exchange of a POST, not started. NULL: memory is short. Where a secret may not go there, it has failed. */
http_exchange *login_request(http *h, const bytes *text);

/* What a good response brings. Each is empty where it is not there. */
typedef struct login_answer {
  bytes token, refresh;
  int64_t lasts; /* microseconds from `now` on; INT64_MAX: it is not said */
} login_answer;

void login_answer_free(login_answer *a); /* overwrites them */

/* Why it brought none. */
typedef struct login_failure {
  http_code code; /* HTTP_LOGIN: refused; HTTP_LOGIN_BUSY: another attempt may succeed; else as the exchange has it */
  char message[CURL_ERROR_SIZE + 256];
} login_failure;

/* `now`: microseconds since 1970. False: `failure` says why. */
bool login_read(const http_exchange *x, const bytes *text, int64_t now, login_answer *answer, login_failure *failure);

/* A text of the description, appended with a zero byte behind it; `other` where it is not there. False: memory is
 * short. */
bool login_text(const bytes *text, const char *name, const char *other, bytes *out);

/* The handle that stands for the refresh token in form or JSON, appended with a zero byte; else it stays empty. */
bool login_refresh_handle(const bytes *text, bytes *out);

#endif
