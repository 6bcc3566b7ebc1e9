/* perigee as its main.c has it, run once for each input: services and a Lua state of its own, a clock that waiting
 * moves. */
#ifndef PERIGEE_FUZZ_PROCESS_H
#define PERIGEE_FUZZ_PROCESS_H

#include "input.h"
#include "lua/task.h"

#include <stdbool.h>

/* Reads the words of a command line, which stay and end with NULL. */
void process_words(options *o, char **words);

/* Once: has standard output lead to a file, unless it is NULL, and nothing depend on the environment. */
void process_prepare(const input_file *output);

/* The services, of a process that gives up no rights. What our scripts were compiled to is kept from one to the next.
 */
void process_begin(runtime *r, const options *o);
void process_end(runtime *r);

/* loop_run, with `step` called all the time: no wait takes any. */
bool process_loop(runtime *r, task *until, void (*step)(void));

#endif
