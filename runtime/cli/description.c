#include "cli/description.h"

#include "cli/option_values.h"

#define AT(field) offsetof(options, field)
#define ASKING "check discover read sync init streams try repl test "
#define SOURCE "check discover read sync init streams try repl "
/* An option that means another thing to one verb has a row for that, too: the first of a name is the one that counts,
 * each of them is told of by its help. */
const option_description description_options[] = {
    {"config", OPTION_TEXT, false, AT(config), "check discover read sync streams try repl test ", "FILE", ARGUMENT_FILE,
     "the connector's configuration, as `spec` describes it"},
    {"config", OPTION_TEXT, true, AT(config), "init ", "FILE", ARGUMENT_FILE, "the file to write (config.json)"},
    {"catalog", OPTION_TEXT, false, AT(catalog), "read sync compare ", "FILE", ARGUMENT_FILE,
     "the configured catalog: which streams to read, and how"},
    {"state", OPTION_TEXT, false, AT(state), "read try repl ", "FILE", ARGUMENT_FILE,
     "the states that an earlier read printed"},
    {"shard", OPTION_TEXT, true, AT(shard), "read sync ", "I/N", ARGUMENT_WORD,
     "be this one, from 0, of N that share the work"},
    {"until", OPTION_TEXT, true, AT(until_time), "read sync ", "TIME", ARGUMENT_WORD,
     "up to when all shards read; the same for all"},
    {"own-limits", OPTION_FLAG, true, AT(own_limits), "read sync ", "", ARGUMENT_NONE,
     "each shard has its own token: divide no limits"},
    {"missing", OPTION_TEXT, true, AT(missing), "state ", "gaps", ARGUMENT_WORD,
     "leave what missing shards were to read to the next read"},
    {"scripts", OPTION_LIST, false, AT(scripts), SOURCE "new compare ", "DIR", ARGUMENT_FOLDER,
     "a folder with streams of your own; may be repeated"},
    {"record", OPTION_TEXT, false, AT(record), SOURCE, "FILE", ARGUMENT_FILE,
     "write all exchanges to this HTTP Archive, secrets masked"},
    {"replay", OPTION_TEXT, false, AT(replay), SOURCE, "FILE", ARGUMENT_FILE,
     "take all responses from this HTTP Archive; no network"},
    {"fault", OPTION_LIST, false, AT(fault), ASKING, "STREAM:page=N:KIND", ARGUMENT_FAULT,
     "put a fault into a replay; may be repeated"},
    {"to", OPTION_TEXT, true, AT(to), "sync status ", "WHERE", ARGUMENT_PLACE,
     "a SQLite file, FOLDER/ or postgresql://HOST/NAME"},
    {"schema", OPTION_TEXT, true, AT(schema), "sync status ", "NAME", ARGUMENT_WORD,
     "of PostgreSQL: where the tables are"},
    {"from", OPTION_TEXT, true, AT(from), "new ", "FILE", ARGUMENT_FILE,
     "make it of this OpenAPI document (JSON) or recording (HAR)"},
    {"streams", OPTION_TEXT, true, AT(streams), "check discover sync ", "NAMES", ARGUMENT_STREAMS,
     "names, or `suggested`, or `all`"},
    {"exclude", OPTION_TEXT, true, AT(exclude), "sync ", "NAMES", ARGUMENT_STREAMS, "leave these out"},
    {"full", OPTION_LIST, true, AT(full), "sync ", "STREAM", ARGUMENT_STREAM,
     "read this one anew, and replace its rows; may be repeated"},
    {"freeze", OPTION_FLAG, true, AT(freeze), "sync ", "", ARGUMENT_NONE,
     "take no new column, and no other kind of value in one"},
    {"gzip", OPTION_FLAG, true, AT(gzip), "sync ", "", ARGUMENT_NONE, "compress files of JSON lines"},
    {"dry-run", OPTION_FLAG, true, AT(dry_run), "sync ", "", ARGUMENT_NONE,
     "say what would be done, and write nothing"},
    {"quiet", OPTION_FLAG, true, AT(quiet), "sync ", "", ARGUMENT_NONE, "print nothing but errors and warnings"},
    {"hostname", OPTION_TEXT, true, AT(hostname), "init ", "HOST", ARGUMENT_WORD,
     "the server; without it, the hosted one"},
    {"organization", OPTION_TEXT, true, AT(organization), "init ", "SLUG", ARGUMENT_WORD,
     "the organization, where there are several"},
    {"project", OPTION_ANY_TEXT, true, AT(project), "init ", "SLUGS", ARGUMENT_WORD,
     "the project; several with commas, a pattern, or '' for all"},
    {"strict", OPTION_FLAG, true, AT(strict), "check ", "", ARGUMENT_NONE,
     "exit with 1 where the check FAILED, in place of 0"},
    {"json", OPTION_FLAG, true, AT(json), "check discover sync status streams compare try ", "", ARGUMENT_NONE, "JSON"},
    {"names", OPTION_FLAG, true, AT(names), "discover ", "", ARGUMENT_NONE, "print the names alone, one a line"},
    {"observe", OPTION_FLAG, true, AT(observe), "discover ", "", ARGUMENT_NONE,
     "add the fields of a sample of records to the schemas"},
    {"limit", OPTION_NUMBER, true, AT(limit), "try ", "N", ARGUMENT_WORD,
     "how many records to read, about (5; --infer: 100)"},
    {"plan", OPTION_FLAG, true, AT(plan), "try ", "", ARGUMENT_NONE,
     "show what would be asked, and how long it would take"},
    {"infer", OPTION_FLAG, true, AT(infer), "try ", "", ARGUMENT_NONE, "print a JSON Schema of the records read"},
    {"why", OPTION_TEXT, true, AT(why), "try ", "ID", ARGUMENT_WORD,
     "show where this record came from, and why it goes out"},
    {"update", OPTION_FLAG, true, AT(update), "test ", "", ARGUMENT_NONE,
     "write what is expected; with --config, missing recordings too"},
    {"debug", OPTION_FLAG, false, AT(debug), NULL, "", ARGUMENT_NONE, "log each request"},
    {"help", OPTION_FLAG, false, AT(help), NULL, "", ARGUMENT_NONE, "print this; after a verb, what that verb takes"},
    {"version", OPTION_FLAG, false, AT(version), NULL, "", ARGUMENT_NONE, "print the version"},
    {"connect-timeout", OPTION_SECONDS, false, AT(connect_timeout), ASKING, "S", ARGUMENT_WORD,
     "time to connect, name lookup and TLS included (10)"},
    {"first-byte-timeout", OPTION_SECONDS, false, AT(first_byte_timeout), ASKING, "S", ARGUMENT_WORD,
     "time until a response begins (60)"},
    {"stall-timeout", OPTION_SECONDS, false, AT(stall_timeout), ASKING, "S", ARGUMENT_WORD,
     "time for each further KiB of a body (30)"},
    {"check-budget", OPTION_SECONDS, false, AT(check_budget), "check ", "S", ARGUMENT_WORD,
     "time until the next response; three times that in all (10)"},
    {"max-body", OPTION_BYTES, false, AT(max_body), ASKING, "BYTES", ARGUMENT_WORD,
     "largest size of a response, inflated (64 MiB)"},
    {"retry-base", OPTION_SECONDS, false, AT(retry_base), ASKING, "S", ARGUMENT_WORD,
     "wait before the first retry; it doubles each time (1)"},
    {"retry-attempts", OPTION_NUMBER, false, AT(retry_attempts), ASKING, "N", ARGUMENT_WORD,
     "how often to ask for one thing before giving up (6)"},
    {"checkpoint-records", OPTION_NUMBER, false, AT(checkpoint_records), "read sync ", "N", ARGUMENT_WORD,
     "records of a stream between two states, about (1000)"},
    {"ledger", OPTION_TEXT, false, AT(ledger), "read ", "DIR", ARGUMENT_FOLDER,
     "a folder where it is noted what was sent, for `refresh`"},
    {"script-time", OPTION_SECONDS, false, AT(script_time), ASKING, "S", ARGUMENT_WORD,
     "processor time for one call of your own script (10)"},
    {"script-memory", OPTION_BYTES, false, AT(script_memory), ASKING, "BYTES", ARGUMENT_WORD,
     "memory of a script of your own (64 MiB)"},
    {"rate-limit-patience", OPTION_SECONDS, false, AT(rate_limit_patience), ASKING, "S", ARGUMENT_WORD,
     "wait beyond the end that a rate limit tells (600)"},
    {"outage-patience", OPTION_SECONDS, false, AT(outage_patience), ASKING, "S", ARGUMENT_WORD,
     "how long a server may fail that has answered well before (180)"},
    {0},
};
_Static_assert(sizeof description_options / sizeof description_options[0] <= DESCRIPTION_MAX,
               "options.given has a bit for each");

/* Each is a script of the same name in scripts/. */
const verb_description description_verbs[] = {
    {"spec", NULL, ARGUMENT_NONE, VERB_RUNS_NO_STREAM, "", "print what the configuration may hold",
     "It is a JSON Schema, in a SPEC message."},
    {"check", NULL, ARGUMENT_NONE, VERB_NEEDS_CONFIG | VERB_PRINTS_TABLE, "--config FILE [--streams NAMES] [--strict]",
     "find out whether each stream can be read",
     "Each stream is requested once; of the others it says which ones the token's scopes do not allow.\n"
     "It prints a table at a terminal, else a CONNECTION_STATUS message.\n"
     "Where that is FAILED, the exit status is 0 all the same, unless --strict is given."},
    {"discover", NULL, ARGUMENT_NONE, VERB_PRINTS_TABLE, "[--config FILE] [--observe]", "list the streams",
     "It prints a table at a terminal, else a CATALOG message. With --config it lists the streams of the\n"
     "configuration, too, and asks the server what depends on its version."},
    {"read", NULL, ARGUMENT_NONE, VERB_NEEDS_CONFIG | VERB_NEEDS_CATALOG | VERB_SHOWS_PROGRESS,
     "--config FILE --catalog FILE [--state FILE]", "read the configured streams",
     "It prints records and states as messages of the Airbyte protocol. A state goes out only after the\n"
     "records that it covers: with --state and that output, the next read goes on where this one stopped."},
    {"sync", NULL, ARGUMENT_NONE, VERB_FOR_PEOPLE | VERB_SHOWS_PROGRESS | VERB_NEEDS_TO, "--to PATH [--config FILE]",
     "keep streams in SQLite, PostgreSQL or JSON lines",
     "Records and state are committed together. The next sync brings what is new, and one that was cut\n"
     "goes on where it stopped."},
    {"status", NULL, ARGUMENT_NONE, VERB_FOR_PEOPLE | VERB_NEEDS_TO | VERB_RUNS_NO_STREAM, "--to PATH",
     "tell what the latest syncs came to", NULL},
    {"streams", NULL, ARGUMENT_NONE, VERB_FOR_PEOPLE, "[--config FILE]", "list what each stream asks, needs and costs",
     "With --config it says which ones the token may read, and by about how many requests: it asks each list for\n"
     "its first page, and reckons from that what hangs on the list's records."},
    {"state", "merge FILE...", ARGUMENT_FILE, VERB_FOR_PEOPLE | VERB_TAKES_WORDS | VERB_RUNS_NO_STREAM,
     "[--missing gaps]", "join the states of all shards into one",
     "Each FILE is what a shard's read printed, or the states of it. What is printed goes into a file that\n"
     "`read --state` takes. Shards that are missing are named; --missing gaps leaves their part to that read."},
    {"compare", "A B", ARGUMENT_FILE, VERB_FOR_PEOPLE, "[--catalog FILE]", "compare what two connectors printed",
     "Records are compared by their keys. The exit status is 1 where they differ."},
    {"init", NULL, ARGUMENT_NONE, VERB_FOR_PEOPLE, "[--config FILE]", "write a configuration of what it asks for",
     "The file holds the token, so only its owner may read it."},
    {"try", "STREAM", ARGUMENT_STREAM, VERB_FOR_PEOPLE, "[--limit N] [--plan]",
     "read a little of a stream, and show how", NULL},
    {"repl", NULL, ARGUMENT_NONE, VERB_FOR_PEOPLE, "[--replay FILE]", "open a Lua prompt with all streams at hand",
     NULL},
    {"new", "STREAM", ARGUMENT_WORD, VERB_FOR_PEOPLE | VERB_WORDS_BY_FROM, "[--from FILE [PATH]] [--scripts DIR]",
     "write a stream of your own to begin with",
     "With --from, it is made of what a document of OpenAPI or a recording says of PATH. Without PATH, all paths are "
     "listed,\n"
     "and without STREAM, it is called as the path is."},
    {"test", "DIR", ARGUMENT_FOLDER, VERB_FOR_PEOPLE | VERB_WORD_IS_SCRIPTS | VERB_HAS_RECORDINGS,
     "[--update [--config FILE]]", "test streams against recordings, offline",
     "The exit status is 1 where a test failed, and where nothing was tested."},
    {0},
};
_Static_assert(sizeof description_verbs / sizeof description_verbs[0] <= DESCRIPTION_MAX,
               "suggestions have room for each");

const char description_fault[] =
    "A fault takes the place of the N-th page of a stream (*: of each) in a replay, once; with\n"
    "times=N, so often. KIND is one of:";

/* Besides those of the options that are numbers, and of the API, whose scripts know them. */
const term_description description_environment[] = {
    {"PERIGEE_TO", "a place, as --to names one"},
    {"PERIGEE_SCRIPTS", "more folders with streams of your own: DIR:DIR"},
    {"PERIGEE_CUSTOM_STREAMS", "`off` turns off all streams of your own"},
    {"PERIGEE_HARDENING", "`off`: the process gives up no rights that it does not need"},
    {"SSL_CERT_FILE", "the certificate authorities to trust; CURL_CA_BUNDLE goes before it"},
    {"SSL_CERT_DIR", "a folder with such"},
    {"https_proxy", "a proxy; all_proxy, http_proxy and no_proxy are heeded as curl does"},
    {"NO_COLOR", "no colours on a terminal"},
    {"XDG_STATE_HOME", "where `repl` keeps its history, in perigee/ (~/.local/state)"},
    {"DEPLOYMENT_MODE", "`CLOUD` keeps streams of your own from private networks"},
    {0},
};

const term_description description_statuses[] = {
    {"0", "all went well"},
    {"1", "something failed, or `compare` finds that records differ"},
    {"2", "the command line makes no sense, or nothing could be compared"},
    {0},
};
