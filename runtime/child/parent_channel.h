/*
 * In a child process: the way to its parent. It has no network of its own; the parent asks for it, and knows what the
 * child may ask. A parent that is gone ends this process.
 */
#ifndef PERIGEE_PARENT_CHANNEL_H
#define PERIGEE_PARENT_CHANNEL_H

#include "base/timeline.h"
#include "base/watch.h"
#include "child/message.h"
#include "http/http.h"
#include "pacing/rate_headers.h"

typedef struct parent_channel parent_channel;

/*
 * Makes the parent answer the exchanges of `h`; its clock, where that stands still, moves `time`. NULL: memory is
 * short. Lives as long as the process.
 */
parent_channel *parent_channel_new(int channel, http *h, watch **watches, timeline *time);

/* Tells the parent what hosts the script names (each with a zero byte behind it). */
void parent_channel_grant(parent_channel *r, const bytes *hosts);
void parent_channel_limits(parent_channel *r, const char *url, const char *const names[RATE_HEADERS]);

/* What scheduler_slots says in the parent, as far as answers have told. */
unsigned parent_channel_slots(parent_channel *r, const char *name, unsigned *most);

/* Sends what message_begin started in parent_channel_out. */
bytes *parent_channel_out(parent_channel *r);
void parent_channel_send(parent_channel *r, message_writer *w);

#endif
