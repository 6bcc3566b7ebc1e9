/* What scripts have in a secret's place: `<secret:NAME>`. */
#ifndef PERIGEE_SECRET_HANDLE_H
#define PERIGEE_SECRET_HANDLE_H

#define SECRET_HANDLE "<secret:" /* its beginning; the name and a > follow */

#endif
