/*
 * The logins of a run: each is made when a request first needs its token, is shared by all that describe it alike, and
 * made again before the token ends, or after a 401. Tokens are no Lua values: they go from here into headers.
 */
#ifndef PERIGEE_LOGINS_H
#define PERIGEE_LOGINS_H

#include "auth/auth_places.h"
#include "base/timeline.h"
#include "pacing/scheduler.h"
#include "secrets/secrets.h"

typedef struct logins logins;

/*
 * Its requests are queued by `s` like all others. All that is given outlives it, but for `s`, which may be freed before
 * it. NULL: memory is short.
 */
logins *logins_new(http *h, scheduler *s, const timeline *time, secrets *store);

/*
 * `changed` is called when a server has given another value for a secret (its handle), which the store then has; `tell`
 * with words for people, when a login is made for the first time, or has to wait. Either may be NULL.
 */
void logins_watch(logins *l, void (*changed)(void *user, const char *handle),
                  void (*tell)(void *user, const char *words), void *user);
void logins_free(logins *l); /* NULL is allowed */

/*
 * Has a request, which has not started, wait for its login's token, and carry it when it starts. `text` is valid
 * (auth_places.h) and has a login; `granted` is for the login's host. False: memory is short.
 */
bool logins_use(logins *l, http_exchange *x, const bytes *text, grant granted);

/* A response came: where it is a 401, the token that the request carried is not used again. */
void logins_note(const http_exchange *x);

#endif
