#include "lua/script_file.h"

#include "base/files.h"
#include "child/in_child/parent_channel.h"
#include "cli/stream_files.h"

#include <string.h>

#define SCRIPT_LIMIT ((size_t)1 << 20)
#define FILE_LIMIT ((size_t)64 << 20)

static script_found read_path(const bytes *path, size_t limit, const script_text *out) {
  const char *why = files_read(out->text, path->data, limit);
  if (!why) return SCRIPT_FOUND;
  bytes_clear(out->why);
  return bytes_text(out->why, why) ? SCRIPT_UNREADABLE : SCRIPT_MISSING;
}

/* As NAME.lua or, for a folder that is one module, NAME/init.lua. What is said of the first is what counts. */
static script_found read_ours(const runtime *r, const char *name, const script_text *out) {
  static const char *const tails[] = {".lua", "/init.lua"};
  bytes first = {0};
  script_found found = SCRIPT_MISSING;
  for (size_t i = 0; found != SCRIPT_FOUND && i < sizeof tails / sizeof *tails; i++) {
    bytes_clear(out->path);
    if (!paths_join(&r->paths->scripts, name, out->path) || !bytes_text(out->path, tails[i])) break;
    found = read_path(out->path, SCRIPT_LIMIT, out);
    if (i == 0) bytes_append(&first, out->why->data, out->why->length);
  }
  bytes_clear(out->why);
  if (found == SCRIPT_UNREADABLE) bytes_append(out->why, first.data, first.length);
  bytes_free(&first);
  return found;
}

static script_found read_stream(const runtime *r, const char *stream, script_text *out) {
  if (!stream_files_find(r->paths, r->options, stream, out->path, &out->custom)) return SCRIPT_MISSING;
  return read_path(out->path, SCRIPT_LIMIT, out);
}

static script_found read_module(const runtime *r, const script_file *wanted, const script_text *out) {
  bytes folder = {0};
  bool custom;
  bool ok = stream_files_find(r->paths, r->options, wanted->stream, &folder, &custom) && custom;
  if (ok) *strrchr(folder.data, '/') = 0;
  bytes_clear(out->path);
  ok = ok && paths_join(&folder, wanted->name, out->path) && bytes_text(out->path, ".lua");
  bytes_free(&folder);
  return ok ? read_path(out->path, SCRIPT_LIMIT, out) : SCRIPT_MISSING;
}

static script_found read_here(const runtime *r, const script_file *wanted, script_text *out) {
  bytes_clear(out->path);
  switch (wanted->kind) {
  case SCRIPT_FILE_OURS: return read_ours(r, wanted->name, out);
  case SCRIPT_FILE_STREAM: return read_stream(r, wanted->stream, out);
  case SCRIPT_FILE_MODULE: return read_module(r, wanted, out);
  case SCRIPT_FILE_BESIDE:
    if (!stream_files_beside(r->paths, r->options, wanted->stream, wanted->name, out->path)) return SCRIPT_MISSING;
    return read_path(out->path, FILE_LIMIT, out);
  case SCRIPT_FILE_SCHEMA:
    if (!paths_join(&r->paths->schemas, wanted->name, out->path)) return SCRIPT_MISSING;
    return read_path(out->path, FILE_LIMIT, out);
  }
  return SCRIPT_MISSING;
}

/* ---- between a child and its parent */

static script_found take_answer(message_reader *m, script_text *out) {
  size_t length;
  int64_t found = message_take_number(m);
  out->custom = message_take_number(m);
  bool ok = message_take_text(m, out->path) && message_take_text(m, out->why);
  const char *text = message_take_data(m, &length);
  if (ok && m->ok && bytes_append(out->text, text, length)) return (script_found)found;
  bytes_clear(out->why);
  return bytes_text(out->why, "out of memory") ? SCRIPT_UNREADABLE : SCRIPT_MISSING;
}

static script_found read_by_parent(const runtime *r, const script_file *wanted, script_text *out) {
  bytes fields = {0};
  message_writer w = message_begin(parent_channel_out(r->parent), MESSAGE_FILE);
  message_number(&w, wanted->kind);
  message_data(&w, wanted->name, strlen(wanted->name));
  message_data(&w, wanted->stream, strlen(wanted->stream));
  parent_channel_ask(r->parent, &w, MESSAGE_CONTENT, &fields);
  message_reader m = {.at = fields.data, .end = fields.data ? fields.data + fields.length : NULL, .ok = true};
  bytes_clear(out->path);
  bytes_clear(out->text);
  bytes_clear(out->why);
  script_found found = take_answer(&m, out);
  bytes_free(&fields);
  return found;
}

script_found script_file_read(const runtime *r, const script_file *wanted, script_text *out) {
  return r->parent ? read_by_parent(r, wanted, out) : read_here(r, wanted, out);
}

static bool answer_file(const runtime *r, const script_file *wanted, message_writer *answer) {
  bytes path = {0}, text = {0}, why = {0};
  script_text out = {.path = &path, .text = &text, .why = &why};
  script_found found = read_here(r, wanted, &out);
  message_number(answer, found);
  message_number(answer, out.custom);
  message_bytes(answer, &path);
  message_bytes(answer, &why);
  message_data(answer, text.data, found == SCRIPT_FOUND ? text.length : 0);
  bytes_free(&path);
  bytes_free(&text);
  bytes_free(&why);
  return true;
}

bool script_file_answer(const runtime *r, const char *beside, message_reader *wanted, message_writer *answer) {
  bytes name = {0}, stream = {0};
  script_file file = {.kind = (script_file_kind)message_take_number(wanted)};
  bool ok = message_take_text(wanted, &name) && message_take_text(wanted, &stream) && bytes_text(&name, "") &&
            bytes_text(&stream, "");
  file.name = name.data;
  file.stream = stream.data;
  ok = ok && (file.kind != SCRIPT_FILE_BESIDE || strcmp(file.stream, beside) == 0) && answer_file(r, &file, answer);
  bytes_free(&name);
  bytes_free(&stream);
  return ok;
}
