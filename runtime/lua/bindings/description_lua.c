#include "lua/bindings/description_lua.h"

#include "cli/description.h"
#include "har/fault.h"
#include "lua/glue.h"

#include <string.h>

static const char *const argument_names[] = {
    [ARGUMENT_WORD] = "word",   [ARGUMENT_FILE] = "file",     [ARGUMENT_FOLDER] = "folder",
    [ARGUMENT_PLACE] = "place", [ARGUMENT_STREAM] = "stream", [ARGUMENT_STREAMS] = "streams",
    [ARGUMENT_FAULT] = "fault", [ARGUMENT_NONE] = NULL};

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

/* A list of the words that have a blank between them. */
static void set_words(lua_State *L, const char *name, const char *words) {
  lua_newtable(L);
  for (lua_Integer n = 1; *words; n++) {
    size_t length = strcspn(words, " ");
    lua_pushlstring(L, words, length);
    lua_rawseti(L, -2, n);
    words += length + (words[length] == ' ');
  }
  lua_setfield(L, -2, name);
}

static void push_option(lua_State *L, const option_description *opt) {
  lua_newtable(L);
  set_text(L, "name", opt->name);
  set_text(L, "value", *opt->value ? opt->value : NULL);
  set_text(L, "argument", argument_names[opt->argument]);
  set_text(L, "help", opt->help);
  lua_pushboolean(L, opt->kind == OPTION_LIST);
  lua_setfield(L, -2, "repeats");
  lua_pushboolean(L, opt->kind >= OPTION_SECONDS);
  lua_setfield(L, -2, "number");
  lua_pushboolean(L, opt->only);
  lua_setfield(L, -2, "only");
  if (opt->verbs) set_words(L, "verbs", opt->verbs);
}

static void push_verb(lua_State *L, const verb_description *v) {
  lua_newtable(L);
  set_text(L, "name", v->name);
  set_words(L, "words", v->word ? v->word : "");
  set_text(L, "argument", argument_names[v->argument]);
  set_text(L, "usage", v->options);
  set_text(L, "help", v->help);
  set_text(L, "more", v->more);
}

static void set_terms(lua_State *L, const char *name, const term_description *terms) {
  lua_newtable(L);
  for (lua_Integer n = 1; terms->name; terms++, n++) {
    lua_newtable(L);
    set_text(L, "name", terms->name);
    set_text(L, "help", terms->help);
    lua_rawseti(L, -2, n);
  }
  lua_setfield(L, -2, name);
}

static void set_faults(lua_State *L) {
  bytes *kinds = glue_bytes(L);
  glue_need(L, har_fault_kinds(kinds, 0));
  lua_pushlstring(L, kinds->data, kinds->length);
  lua_setfield(L, -3, "faults");
  lua_pop(L, 1);
}

int open_description(lua_State *L) {
  lua_newtable(L);
  set_text(L, "version", PERIGEE_VERSION);
  lua_newtable(L);
  for (lua_Integer i = 0; description_options[i].name; i++) {
    push_option(L, &description_options[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "options");
  lua_newtable(L);
  for (lua_Integer i = 0; description_verbs[i].name; i++) {
    push_verb(L, &description_verbs[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "verbs");
  set_terms(L, "environment", description_environment);
  set_terms(L, "statuses", description_statuses);
  set_text(L, "fault", description_fault);
  set_faults(L);
  return 1;
}
