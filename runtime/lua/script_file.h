/*
 * The files that a Lua state may read by their names: scripts of ours and of streams, what is beside those, and
 * schemas. A child process opens none: it asks its parent, which knows what it may have.
 */
#ifndef PERIGEE_SCRIPT_FILE_H
#define PERIGEE_SCRIPT_FILE_H

#include "child/message.h"
#include "lua/runtime.h"

typedef enum script_file_kind {
  SCRIPT_FILE_OURS = 'o',   /* the script `name` of ours, such as "stream/loader" */
  SCRIPT_FILE_STREAM = 's', /* that which defines `stream` */
  SCRIPT_FILE_MODULE = 'm', /* the script `name` beside that of `stream`, which is a user's own */
  SCRIPT_FILE_BESIDE = 'b', /* the file `name` there, of any stream */
  SCRIPT_FILE_SCHEMA = 'j'  /* `name` among the schemas */
} script_file_kind;

typedef struct script_file {
  script_file_kind kind;
  const char *name, *stream; /* "": none */
} script_file;

typedef enum script_found { SCRIPT_FOUND, SCRIPT_MISSING, SCRIPT_UNREADABLE } script_found;

/* What came of it: the caller's, appended to. UNREADABLE: `why` says it. */
typedef struct script_text {
  bytes *path, *text, *why;
  bool custom; /* of SCRIPT_FILE_STREAM: it is a user's own */
} script_text;

/* Reads one. MISSING: there is none, or it may not have that name. */
script_found script_file_read(const runtime *r, const script_file *wanted, script_text *out);

/*
 * In the parent: reads what a child asks for (MESSAGE_FILE), and writes the fields of MESSAGE_CONTENT. `beside`: the
 * one stream beside whose script it may read any file; "": none. False: it asked for what it may not have, or what
 * cannot be understood.
 */
bool script_file_answer(const runtime *r, const char *beside, message_reader *wanted, message_writer *answer);

#endif
