#include "auth/logins.h"

#include "auth/login.h"
#include "http/http_error.h"
#include "pacing/rate_headers.h"

#include <stdlib.h>
#include <string.h>

#define MOST 64
#define MARGIN INT64_C(60000000) /* us: a token is renewed so long before it ends, or a tenth of its time */
#define MOMENT INT64_C(1000000)  /* us: a token that lasts no longer is used once, by those that waited for it */

typedef struct login {
  logins *of;
  bytes text;
  grant granted;
  http_exchange *x;   /* under way, or NULL */
  bytes token;        /* empty: none */
  int64_t number;     /* of the token, above 0 */
  int64_t renew_at;   /* us */
  bool momentary;     /* it is for those alone that waited for it */
  int64_t attempts;   /* the number of the latest */
  int64_t not_before; /* ticks: until then the server wants no other attempt */
  bool changed;       /* its refresh token, and nobody was told yet */
  login_failure failure;
  struct login *next;
} login;

struct logins {
  http *http;
  scheduler *scheduler;
  const timeline *time;
  secrets *store;
  login *list;
  size_t count;
  void (*changed)(void *user, const char *handle);
  void (*tell)(void *user, const char *words);
  void *user;
};

void logins_watch(logins *l, void (*changed)(void *user, const char *handle),
                  void (*tell)(void *user, const char *words), void *user) {
  l->changed = changed;
  l->tell = tell;
  l->user = user;
}

logins *logins_new(http *h, scheduler *s, const timeline *time, secrets *store) {
  logins *l = calloc(1, sizeof *l);
  if (l) *l = (logins){.http = h, .scheduler = s, .time = time, .store = store};
  return l;
}

/* Its response holds a token. */
static void end_exchange(http_exchange *x) {
  if (x) bytes_wipe(&x->body);
  http_free_exchange(x);
}

void logins_free(logins *l) {
  if (!l) return;
  for (login *one = l->list, *next; one; one = next) {
    next = one->next;
    end_exchange(one->x);
    bytes_free(&one->text);
    bytes_wipe(&one->token);
    free(one);
  }
  free(l);
}

/* ---- one login */

/* A token lasts for a time that the server counts from when it made it. */
static void take(login *l, login_answer *answer) {
  int64_t now = timeline_now(l->of->time), margin = answer->lasts / 10 < MARGIN ? answer->lasts / 10 : MARGIN;
  bytes_wipe(&l->token);
  l->token = answer->token;
  answer->token = (bytes){0};
  l->number++;
  l->renew_at = answer->lasts == INT64_MAX ? INT64_MAX : now + answer->lasts - margin;
  l->momentary = answer->lasts < MOMENT;
}

/* A refresh token that came takes the place of the one that was sent, which may have been the last time. */
static bool replace_refresh(login *l, const bytes *refresh, bytes *handle) {
  secrets *store = l->of->store;
  if (!refresh->length || !login_refresh_handle(&l->text, handle)) return !refresh->length;
  const char *present = secrets_value(store, handle->data);
  bool same = !present || (strlen(present) == refresh->length && memcmp(present, refresh->data, refresh->length) == 0);
  l->changed = !same && secrets_replace(store, handle->data, refresh->data, refresh->length);
  return same || l->changed;
}

static void tell_changed(login *l) {
  bytes handle = {0};
  bool known = l->changed && login_refresh_handle(&l->text, &handle);
  l->changed = false;
  if (known && l->of->changed) l->of->changed(l->of->user, handle.data);
  bytes_free(&handle);
}

static void tell(const login *l, const http_exchange *x, const char *did, const char *then, int64_t seconds) {
  bytes words = {0};
  bool ok =
      l->of->tell && bytes_printf(&words, "%s %.*s", did, (int)strcspn(x->request_url.data, "?#"), x->request_url.data);
  if (ok && then) ok = bytes_printf(&words, "; %s in %lld s", then, (long long)seconds);
  if (ok) l->of->tell(l->of->user, words.data);
  bytes_free(&words);
}

static void tell_wait(http_exchange *x, int64_t until) {
  const login *l = x->owner;
  tell(l, x, "a limit holds for the login at", "it is made", (until - timeline_ticks(l->of->time) + 999) / 1000);
}

/* A server that is in trouble, or limits logins, may say when the next one is to come. */
static void note_wait(login *l, http_exchange *x) {
  rate_limits said = rate_headers_read(NULL, x, timeline_now(l->of->time));
  if (l->failure.code != HTTP_LOGIN_BUSY || said.retry_after <= 0) return;
  l->not_before = timeline_ticks(l->of->time) + said.retry_after;
  if (said.retry_after >= SCHEDULER_LONG_WAIT) tell_wait(x, l->not_before);
}

/* Before anybody else sees the response: what it holds is then known as a secret. */
static void arrived(http_exchange *x) {
  login *l = x->owner;
  login_answer answer;
  l->failure = (login_failure){0};
  if (login_read(x, &l->text, timeline_now(l->of->time), &answer, &l->failure)) {
    bool learned =
        secrets_learn(l->of->store, "login", answer.token.data, answer.token.length) &&
        (!answer.refresh.length || secrets_learn(l->of->store, "login", answer.refresh.data, answer.refresh.length));
    bytes handle = {0};
    learned = learned && replace_refresh(l, &answer.refresh, &handle);
    bytes_free(&handle);
    if (learned) take(l, &answer);
    if (!learned) l->failure = (login_failure){HTTP_FAILED, "memory is short"};
  } else {
    note_wait(l, x);
  }
  login_answer_free(&answer);
}

static void tell_made(const login *l, const http_exchange *x) {
  if (l->number != 1 || l->failure.code != HTTP_OK) return;
  bool ends = l->renew_at != INT64_MAX;
  tell(l, x, "logged in at", ends ? "again" : NULL, (l->renew_at - timeline_now(l->of->time)) / 1000000);
}

static void done(http_exchange *x) {
  login *l = x->owner;
  tell_made(l, x);
  l->x = NULL;
  end_exchange(x);
  tell_changed(l); /* before it is used: what is lost now cannot be had again */
  http_release(l->of->http, l);
}

/* Queued like all others, so that it counts in its endpoint's limits. `waiting` is what needs its token. */
static bool start(login *l, http_exchange *waiting) {
  http_exchange *x = l->x = login_request(l->of->http, &l->text);
  if (!x) return false;
  x->owner = l;
  x->granted = l->granted;
  x->arrived = arrived;
  x->on_done = done;
  l->attempts++;
  waiting->logins++;
  if (x->code != HTTP_OK || !scheduler_start(l->of->scheduler, x, x->request_url.data, tell_wait)) http_start(x);
  return true;
}

static bool has_token(const login *l, const http_exchange *x) {
  bool waited_for = l->momentary && x->attempt == l->attempts;
  return l->token.length && (waited_for || timeline_now(l->of->time) < l->renew_at);
}

/* A login that was refused is so for the run: servers lock accounts that try again and again. */
static bool has_failed(const login *l, const http_exchange *x) {
  return l->failure.code == HTTP_LOGIN || (l->failure.code != HTTP_OK && x->attempt == l->attempts);
}

/* False: memory is short. */
static bool wait_for(login *l, http_exchange *x) {
  if (!l->x && !start(l, x)) return false;
  x->attempt = l->attempts;
  return true;
}

static int64_t awaits(http_exchange *x, int64_t now) {
  login *l = x->login;
  if (has_token(l, x) || (!l->x && has_failed(l, x))) return 0;
  if (!l->x && now < l->not_before) return l->not_before;
  return wait_for(l, x) ? INT64_MAX : 0;
}

static void add_token(http_exchange *x, const login *l) {
  bytes name = {0}, value = {0};
  bool made =
      login_text(&l->text, "header", "Authorization", &name) && login_text(&l->text, "prefix", "Bearer ", &value);
  if (made) value.length--; /* the zero byte */
  made = made && bytes_append(&value, l->token.data, l->token.length) && bytes_append(&value, "", 1);
  if (!made) http_fail(x, HTTP_FAILED, "memory is short");
  if (made) http_add_plain_header(x, name.data, value.data);
  bytes_free(&name);
  bytes_wipe(&value);
}

/* Called when the request starts, and again when its login has ended. */
static const void *prepare(http_exchange *x) {
  login *l = x->login;
  if (has_token(l, x)) {
    add_token(x, l);
    x->token = l->number;
  } else if (!l->x && has_failed(l, x)) {
    http_fail(x, l->failure.code, "%s", l->failure.message);
  } else if (wait_for(l, x)) {
    return l;
  } else {
    http_fail(x, HTTP_FAILED, "memory is short");
  }
  return NULL;
}

/* ---- all of them */

static login *find(const logins *l, const char *text, size_t length) {
  for (login *one = l->list; one; one = one->next)
    if (one->text.length == length && memcmp(one->text.data, text, length) == 0) return one;
  return NULL;
}

static login *add(logins *l, const char *text, size_t length, grant granted) {
  login *one = l->count < MOST ? calloc(1, sizeof *one) : NULL;
  if (!one || !bytes_append(&one->text, text, length)) {
    free(one);
    return NULL;
  }
  one->of = l;
  one->granted = granted;
  one->next = l->list;
  l->list = one;
  l->count++;
  return one;
}

bool logins_use(logins *l, http_exchange *x, const bytes *text, grant granted) {
  json_slice found = auth_login(text);
  login *one = find(l, text->data + found.start, found.length);
  if (!one) one = add(l, text->data + found.start, found.length, granted);
  if (!one) return false;
  x->login = one;
  x->awaits = awaits;
  x->prepare = prepare;
  return true;
}

void logins_note(const http_exchange *x) {
  login *l = x->login;
  if (l && x->code == HTTP_OK && x->status == 401 && x->token == l->number) bytes_wipe(&l->token);
}
