#include "auth/logins.h"

#include "auth/login.h"
#include "http/http_error.h"

#include <stdlib.h>
#include <string.h>

#define MOST 64
#define MARGIN INT64_C(60000000) /* us: a token is renewed so long before it ends, or a tenth of its time */

typedef struct login {
  logins *of;
  bytes text;
  grant granted;
  http_exchange *x; /* under way, or NULL */
  bytes token;      /* empty: none */
  int64_t number;   /* of the token, above 0 */
  int64_t renew_at; /* us */
  bool fresh;       /* it has just come, for those that wait for it, however short its time is */
  bool changed;     /* its refresh token, and nobody was told yet */
  login_failure failure;
  struct login *next;
} login;

struct logins {
  http *http;
  const timeline *time;
  secrets *store;
  login *list;
  size_t count;
  void (*changed)(void *user, const char *handle);
  void (*made)(void *user, const char *words);
  void *user;
};

void logins_watch(logins *l, void (*changed)(void *user, const char *handle),
                  void (*made)(void *user, const char *words), void *user) {
  l->changed = changed;
  l->made = made;
  l->user = user;
}

logins *logins_new(http *h, const timeline *time, secrets *store) {
  logins *l = calloc(1, sizeof *l);
  if (l) *l = (logins){.http = h, .time = time, .store = store};
  return l;
}

void logins_free(logins *l) {
  if (!l) return;
  for (login *one = l->list, *next; one; one = next) {
    next = one->next;
    http_free_exchange(one->x);
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
  l->fresh = true;
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
  }
  login_answer_free(&answer);
}

static void tell_made(const login *l, const http_exchange *x) {
  int64_t lasts = (l->renew_at - timeline_now(l->of->time)) / 1000000;
  bytes words = {0};
  if (l->number != 1 || !l->fresh || !l->of->made) return;
  bool ok = bytes_printf(&words, "logged in at %.*s", (int)strcspn(x->request_url.data, "?#"), x->request_url.data);
  if (ok && l->renew_at != INT64_MAX) ok = bytes_printf(&words, "; again in %lld s", (long long)lasts);
  if (ok) l->of->made(l->of->user, words.data);
  bytes_free(&words);
}

/* A login that was refused is so for the run: servers lock accounts that try again and again. */
static void done(http_exchange *x) {
  login *l = x->owner;
  tell_made(l, x);
  l->x = NULL;
  http_free_exchange(x);
  tell_changed(l); /* before it is used: what is lost now cannot be had again */
  http_release(l->of->http, l);
  l->fresh = false;
  if (l->failure.code != HTTP_LOGIN) l->failure.code = HTTP_OK;
}

static bool start(login *l) {
  http_exchange *x = l->x = login_request(l->of->http, &l->text);
  if (!x) return false;
  x->owner = l;
  x->granted = l->granted;
  x->arrived = arrived;
  x->on_done = done;
  http_start(x);
  return true;
}

static bool has_token(const login *l) {
  return l->token.length && (l->fresh || timeline_now(l->of->time) < l->renew_at);
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
  if (has_token(l)) {
    add_token(x, l);
    x->token = l->number;
  } else if (l->failure.code != HTTP_OK) {
    http_fail(x, l->failure.code, "%s", l->failure.message);
  } else if (l->x || start(l)) {
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
  x->prepare = prepare;
  return true;
}

void logins_note(const http_exchange *x) {
  login *l = x->login;
  if (l && x->code == HTTP_OK && x->status == 401 && x->token == l->number) bytes_wipe(&l->token);
}
