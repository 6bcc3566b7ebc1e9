#include "cli/usage.h"

#include "cli/description.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "har/fault.h"

static bool usage_of_faults(bytes *out) {
  return bytes_printf(out, "\n%s\n  ", description_fault) && har_fault_kinds(out, 8) && bytes_text(out, "\n");
}

static bool usage_of_terms(const char *title, const term_description *terms, int width, bytes *out) {
  bool ok = bytes_printf(out, "\n%s:\n", title);
  for (; ok && terms->name; terms++) ok = bytes_printf(out, "  %-*s %s\n", width, terms->name, terms->help);
  return ok;
}

bool usage_whole(bytes *out) {
  return verbs_list(out) && bytes_text(out, "\noptions, in any order, also as --name=value:\n") &&
         options_list(NULL, out) && usage_of_faults(out) &&
         usage_of_terms("exit status", description_statuses, 1, out) &&
         usage_of_terms("environment", description_environment, 24, out) &&
         bytes_text(
             out,
             "\nIt may set limits, too: PERIGEE_CONNECT_TIMEOUT=5. Without --config, `try`, `repl` and `sync` take\n"
             "variables, and name those that are missing. perigee VERB --help tells of that verb alone.\n");
}

bool usage_of_verb(const char *verb, bytes *out) {
  return verbs_usage(verb, out) && bytes_text(out, "\noptions:\n") && options_list(verb, out) &&
         bytes_text(out, "\nperigee --help tells the rest: all verbs, faults, exit status and environment.\n");
}

bool usage_of_verbs(bytes *out) {
  return verbs_list(out) && bytes_text(out, "\nperigee --help lists the options.\n");
}
