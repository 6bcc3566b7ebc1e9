/*
 * In a child process: the way to its parent. It has no network of its own; the parent asks for it, and knows what the
 * child may ask. A parent that is gone ends this process.
 */
#ifndef PERIGEE_REMOTE_H
#define PERIGEE_REMOTE_H

#include "frame.h"
#include "http.h"
#include "quota.h"
#include "timeline.h"
#include "watch.h"

typedef struct remote remote;

/*
 * Makes the parent answer the exchanges of `h`; its clock, where that stands still, moves `time`. NULL: memory is
 * short. Lives as long as the process.
 */
remote *remote_new(int channel, http *h, watch **watches, timeline *time);

/* Tells the parent what hosts the script names (each with a zero byte behind it). */
void remote_grant(remote *r, const bytes *hosts);
void remote_limits(remote *r, const char *url, const char *const names[QUOTA_HEADERS]);

/* What pace_room says in the parent, as far as answers have told. */
unsigned remote_room(remote *r, const char *name, unsigned *most);

/* Sends what frame_begin started in remote_out. */
bytes *remote_out(remote *r);
void remote_send(remote *r, frame_writer *w);

#endif
