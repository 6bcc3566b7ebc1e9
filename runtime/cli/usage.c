#include "cli/usage.h"

#include "cli/options.h"
#include "cli/verbs.h"
#include "har/fault.h"

static bool usage_of_faults(bytes *out) {
  return bytes_text(out, "\nA fault takes the place of the N-th page of a stream (*: of each) in a replay, once; with\n"
                         "times=N, so often. KIND is one of:\n  ") &&
         har_fault_kinds(out, 8) && bytes_text(out, "\n");
}

bool usage_whole(bytes *out) {
  return verbs_list(out) && bytes_text(out, "\noptions, in any order, also as --name=value:\n") &&
         options_list(NULL, out) && usage_of_faults(out) &&
         bytes_text(out,
                    "\nperigee VERB --help lists the options of that verb alone.\n"
                    "The exit status is 0; 1 where something failed, or where `compare` finds that records differ;\n"
                    "2 where the command line makes no sense, or where nothing could be compared.\n"
                    "The environment may set limits, too: PERIGEE_CONNECT_TIMEOUT=5.\n"
                    "PERIGEE_SCRIPTS=DIR:DIR names folders as --scripts does, PERIGEE_TO=PATH what --to does.\n"
                    "Without --config, `try`, `repl` and `sync` take variables, and name those that are missing.\n"
                    "PERIGEE_CUSTOM_STREAMS=off turns off all streams of your own.\n");
}

bool usage_of_verb(const char *verb, bytes *out) {
  return verbs_usage(verb, out) && bytes_text(out, "\noptions:\n") && options_list(verb, out) &&
         bytes_text(out, "\nperigee --help tells the rest: all verbs, faults, exit status and environment.\n");
}

bool usage_of_verbs(bytes *out) {
  return verbs_list(out) && bytes_text(out, "\nperigee --help lists the options.\n");
}
