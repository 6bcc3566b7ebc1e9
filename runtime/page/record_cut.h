/* A copy of accepted text under way that leaves members of objects out, each with the comma that joined it to what
 * stays. */
#ifndef PERIGEE_RECORD_CUT_H
#define PERIGEE_RECORD_CUT_H

#include "base/bytes.h"
#include "json/json_value.h"

typedef struct record_cut {
  const char *text;
  bytes *out;
  size_t copied; /* up to here the text is written, or left out */
  size_t member; /* of the object under way, the end of the last member that stays; 0: none does yet */
  bool left_out; /* the last one seen, and no member before it stays */
  bool ok;       /* false: memory is short */
} record_cut;

/* Begins an object; its members follow, each left out or not. */
void record_cut_open(record_cut *c);
void record_cut_leave_out(record_cut *c, const json_iterator *member);
void record_cut_stay(record_cut *c, const json_iterator *member);

/* Goes on in the object around the one under way, as it was when that began. */
void record_cut_close(record_cut *c, const record_cut *outer);

/* Copies what is not written yet before `end`. */
void record_cut_to(record_cut *c, size_t end);

#endif
