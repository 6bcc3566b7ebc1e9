/* What a comparison came to, as lines of JSON. */
#ifndef PERIGEE_COMPARE_REPORT_H
#define PERIGEE_COMPARE_REPORT_H

#include "compare/compare.h"

/*
 * Appends a line for each stream, then one for each file: objects (docs/api/comparison.d.lua has their members). False:
 * c->failure says why not.
 */
bool compare_report_write(comparison *c, bytes *json);

#endif
