#include "cli/editor.h"

#include "base/printable.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#define REMEMBERED 1000 /* lines */

#ifdef PERIGEE_SANITIZED
/* libedit never frees the name of a function that was added to it, nor its help: it copies both by wcsdup. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:wcsdup\n";
}
#endif

struct editor {
  EditLine *line;
  History *history;
  char *file;
  struct timespec changed; /* the file, when it was read or written here */
  const char *prompt;
  editor_complete complete;
  void *user;
  bool stopped; /* a signal ended the line */
};

static editor *editor_of(EditLine *line) {
  void *e = NULL;
  el_get(line, EL_CLIENTDATA, &e);
  return e;
}

static char *prompt_of(EditLine *line) {
  return (char *)editor_of(line)->prompt;
}

/* True: a byte can be read. libedit's own reading would not see a signal that came just before it. */
static bool wait_for_key(editor *e) {
  struct pollfd from[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals_descriptor(), .events = POLLIN}};
  for (;;) {
    if (signals_pending()) e->stopped = true;
    if (e->stopped) return false;
    int ready = poll(from, 2, -1);
    if (ready > 0 && from[0].revents && !from[1].revents) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

static int read_key(EditLine *line, wchar_t *key) {
  editor *e = editor_of(line);
  mbstate_t state = {0};
  while (wait_for_key(e)) {
    char byte;
    ssize_t n = read(STDIN_FILENO, &byte, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return (int)n;
    size_t length = mbrtowc(key, &byte, 1, &state);
    if (length == (size_t)-1) state = (mbstate_t){0}; /* no text: dropped */
    if (length <= 1) return 1;
  }
  return -1;
}

static unsigned char complete_line(EditLine *line, int key) {
  (void)key;
  editor *e = editor_of(line);
  const LineInfo *at = el_line(line);
  bytes insert = {0}, show = {0};
  unsigned char then = CC_REFRESH;
  if (e->complete) e->complete(e->user, at->buffer, (size_t)(at->cursor - at->buffer), &insert, &show);
  bool inserted = insert.length && el_insertstr(line, insert.data) == 0;
  if (show.length) {
    fputc('\n', stdout);
    printable_line(stdout, show.data);
    fflush(stdout);
    then = CC_REDISPLAY;
  } else if (!inserted) {
    then = CC_REFRESH_BEEP;
  }
  bytes_free(&insert);
  bytes_free(&show);
  return then;
}

/* Notes when the file was changed last; returns whether it has been since the last note. */
static bool note_change(editor *e) {
  struct stat s;
  if (!e->file || stat(e->file, &s) < 0 || s.st_size == 0) return false;
  bool changed = s.st_mtim.tv_sec != e->changed.tv_sec || s.st_mtim.tv_nsec != e->changed.tv_nsec;
  e->changed = s.st_mtim;
  return changed;
}

/* Reads what another prompt has added to the file. */
static void load_changes(editor *e) {
  HistEvent event;
  if (!note_change(e)) return;
  history(e->history, &event, H_CLEAR);
  history(e->history, &event, H_LOAD, e->file);
}

static bool open_history(editor *e, const char *file) {
  HistEvent event;
  e->history = history_init();
  if (!e->history) return false;
  history(e->history, &event, H_SETSIZE, REMEMBERED);
  history(e->history, &event, H_SETUNIQUE, 1);
  if (!file) return true;
  e->file = strdup(file);
  if (e->file && note_change(e)) history(e->history, &event, H_LOAD, e->file); /* the first session has none */
  return e->file != NULL;
}

/* Home, End and Delete as terminals send them: xterm in both of its modes, the console, tmux and screen, rxvt. */
static void bind_keys(EditLine *line) {
  static const struct {
    const char *keys, *command;
  } bound[] = {{"\\e[H", "ed-move-to-beg"},  {"\\eOH", "ed-move-to-beg"},  {"\\e[1~", "ed-move-to-beg"},
               {"\\e[7~", "ed-move-to-beg"}, {"\\e[F", "ed-move-to-end"},  {"\\eOF", "ed-move-to-end"},
               {"\\e[4~", "ed-move-to-end"}, {"\\e[8~", "ed-move-to-end"}, {"\\e[3~", "ed-delete-next-char"}};
  for (size_t i = 0; i < sizeof bound / sizeof *bound; i++)
    el_set(line, EL_BIND, bound[i].keys, bound[i].command, NULL);
}

static bool open_line(editor *e) {
  e->line = el_init("perigee", stdin, stdout, stderr);
  if (!e->line) return false;
  el_set(e->line, EL_CLIENTDATA, e);
  el_set(e->line, EL_PROMPT, prompt_of);
  el_set(e->line, EL_GETCFN, read_key);
  el_set(e->line, EL_EDITOR, "emacs");
  el_set(e->line, EL_HIST, history, e->history);
  el_set(e->line, EL_ADDFN, "perigee-complete", "Complete what stands before the cursor", complete_line);
  el_set(e->line, EL_BIND, "^I", "perigee-complete", NULL);
  el_set(e->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
  bind_keys(e->line);
  el_source(e->line, NULL); /* ~/.editrc, a person's own keys */
  return true;
}

editor *editor_new(const char *history_file) {
  editor *e = calloc(1, sizeof *e);
  if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8");
  if (e && open_history(e, history_file) && open_line(e)) return e;
  editor_free(e);
  return NULL;
}

void editor_free(editor *e) {
  if (!e) return;
  if (e->line) el_end(e->line);
  if (e->history) history_end(e->history);
  free(e->file);
  free(e);
}

editor_code editor_line(editor *e, const char *prompt, editor_complete complete, void *user, bytes *line) {
  int length = 0;
  e->prompt = prompt;
  e->complete = complete;
  e->user = user;
  e->stopped = false;
  load_changes(e);
  el_resize(e->line);               /* the window may have another size by now */
  el_set(e->line, EL_PREP_TERM, 1); /* before the prompt is seen: keys typed from then on are ours */
  const char *text = el_gets(e->line, &length);
  if (e->stopped && signals_take(SIGINT)) {
    const LineInfo *typed = el_line(e->line);
    bool kept = bytes_append(line, typed->buffer, (size_t)(typed->lastchar - typed->buffer));
    el_reset(e->line);
    return kept ? EDITOR_INTERRUPTED : EDITOR_END;
  }
  if (e->stopped || !text || length <= 0) return EDITOR_END;
  size_t used = strlen(text); /* an entry of the history may have several lines */
  if (used && text[used - 1] == '\n') used--;
  return bytes_append(line, text, used) ? EDITOR_LINE : EDITOR_END;
}

void editor_remember(editor *e, const char *line) {
  HistEvent event;
  int file = e->file ? open(e->file, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  bool locked = file >= 0 && flock(file, LOCK_EX) == 0; /* two prompts share it */
  if (locked) load_changes(e);
  history(e->history, &event, H_ENTER, line);
  if (locked && history(e->history, &event, H_SAVE, e->file) >= 0)
    note_change(e); /* each time: a session may be killed */
  if (file >= 0) close(file);
}

/* ---- where the history is */

static bool make_folder(const char *path) {
  return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* Makes each folder of the path. */
static bool make_folders(bytes *path) {
  for (size_t i = 1; i < path->length; i++) {
    if (path->data[i] != '/') continue;
    path->data[i] = 0;
    bool made = make_folder(path->data);
    path->data[i] = '/';
    if (!made) return false;
  }
  return make_folder(path->data);
}

bool editor_history_file(bytes *path) {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  bool named = state && *state == '/' ? bytes_printf(path, "%s/perigee", state)
                                      : home && *home == '/' && bytes_printf(path, "%s/.local/state/perigee", home);
  return named && make_folders(path) && bytes_text(path, "/history");
}
