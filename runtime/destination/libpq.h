/*
 * PostgreSQL's client library, loaded when the first address of PostgreSQL is opened: who has none needs no library.
 * What is declared here is part of its ABI since version 9.
 */
#ifndef PERIGEE_LIBPQ_H
#define PERIGEE_LIBPQ_H

typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
typedef struct pg_cancel libpq_cancel;

typedef enum libpq_status { LIBPQ_CONNECTED, LIBPQ_BROKEN } libpq_status;

/* Of results; others are failures. */
enum { LIBPQ_COMMAND_OK = 1, LIBPQ_ROWS = 2, LIBPQ_COPY_IN = 4 };

enum { LIBPQ_SQLSTATE = 'C', LIBPQ_PRIMARY = 'M', LIBPQ_HINT = 'H', LIBPQ_SEVERITY = 'V' };

typedef struct libpq_option {
  char *keyword, *environment, *compiled, *value, *label, *mark;
  int size;
} libpq_option;

typedef struct libpq {
  libpq_option *(*parse)(const char *text, char **wrong);
  void (*free_options)(libpq_option *list);
  PGconn *(*connect)(const char *const *keywords, const char *const *values, int expand);
  libpq_status (*status)(const PGconn *c);
  char *(*message)(const PGconn *c);
  char *(*host)(const PGconn *c);
  char *(*user)(const PGconn *c);
  int (*needs_password)(const PGconn *c);
  int (*used_password)(const PGconn *c);
  int (*version)(const PGconn *c);
  const char *(*parameter)(const PGconn *c, const char *name);
  void *(*set_notices)(PGconn *c, void (*take)(void *, const char *), void *with);
  void (*finish)(PGconn *c);
  int (*set_nonblocking)(PGconn *c, int is);
  int (*socket)(const PGconn *c);
  int (*start)(PGconn *c, const char *sql, int count, const unsigned *types, const char *const *values,
               const int *lengths, const int *formats, int result_format);
  int (*flush)(PGconn *c);
  int (*consume)(PGconn *c);
  int (*is_busy)(PGconn *c);
  libpq_cancel *(*cancellation)(PGconn *c);
  int (*cancel)(libpq_cancel *what, char *words, int size);
  void (*free_cancellation)(libpq_cancel *what);
  int (*result)(const PGresult *r);
  char *(*field)(const PGresult *r, int which);
  int (*rows)(const PGresult *r);
  char *(*value)(const PGresult *r, int row, int column);
  int (*is_null)(const PGresult *r, int row, int column);
  void (*clear)(PGresult *r);
  int (*put)(PGconn *c, const char *data, int length);
  int (*put_end)(PGconn *c, const char *why);
  PGresult *(*next_result)(PGconn *c);
} libpq;

/* NULL: the library is not there, or is none that we know. */
const libpq *libpq_load(void);

#endif
