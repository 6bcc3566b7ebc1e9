#include "destination/libpq.h"

#include "base/library.h"

static const library_function functions[] = {{"PQconninfoParse", offsetof(libpq, parse)},
                                             {"PQconninfoFree", offsetof(libpq, free_options)},
                                             {"PQconnectdbParams", offsetof(libpq, connect)},
                                             {"PQstatus", offsetof(libpq, status)},
                                             {"PQerrorMessage", offsetof(libpq, message)},
                                             {"PQhost", offsetof(libpq, host)},
                                             {"PQuser", offsetof(libpq, user)},
                                             {"PQconnectionNeedsPassword", offsetof(libpq, needs_password)},
                                             {"PQconnectionUsedPassword", offsetof(libpq, used_password)},
                                             {"PQserverVersion", offsetof(libpq, version)},
                                             {"PQparameterStatus", offsetof(libpq, parameter)},
                                             {"PQsetNoticeProcessor", offsetof(libpq, set_notices)},
                                             {"PQfinish", offsetof(libpq, finish)},
                                             {"PQsetnonblocking", offsetof(libpq, set_nonblocking)},
                                             {"PQsocket", offsetof(libpq, socket)},
                                             {"PQsendQueryParams", offsetof(libpq, start)},
                                             {"PQflush", offsetof(libpq, flush)},
                                             {"PQconsumeInput", offsetof(libpq, consume)},
                                             {"PQisBusy", offsetof(libpq, is_busy)},
                                             {"PQgetCancel", offsetof(libpq, cancellation)},
                                             {"PQcancel", offsetof(libpq, cancel)},
                                             {"PQfreeCancel", offsetof(libpq, free_cancellation)},
                                             {"PQresultStatus", offsetof(libpq, result)},
                                             {"PQresultErrorField", offsetof(libpq, field)},
                                             {"PQntuples", offsetof(libpq, rows)},
                                             {"PQgetvalue", offsetof(libpq, value)},
                                             {"PQgetisnull", offsetof(libpq, is_null)},
                                             {"PQclear", offsetof(libpq, clear)},
                                             {"PQputCopyData", offsetof(libpq, put)},
                                             {"PQputCopyEnd", offsetof(libpq, put_end)},
                                             {"PQgetResult", offsetof(libpq, next_result)}};

const libpq *libpq_load(void) {
  static libpq all;
  static bool loaded;
  if (!loaded) loaded = library_load("libpq.so.5", functions, sizeof functions / sizeof *functions, &all);
  return loaded ? &all : NULL;
}
