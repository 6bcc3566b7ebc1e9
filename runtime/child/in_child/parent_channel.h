/*
 * In the child: the way to its parent. The child has no network of its own: the parent makes its requests and knows
 * which it may make. A parent that is gone ends this process.
 */
#ifndef PERIGEE_PARENT_CHANNEL_H
#define PERIGEE_PARENT_CHANNEL_H

#include "base/digest.h"
#include "base/timeline.h"
#include "base/watch.h"
#include "child/message.h"
#include "http/http.h"
#include "pacing/rate_headers.h"

typedef struct parent_channel parent_channel;

/*
 * Has the parent make the exchanges of `h`; its clock, where that stands still, moves `time`; secrets that it
 * tells go into `store`. NULL: memory is short. Lives as long as the process.
 */
parent_channel *parent_channel_new(int channel, http *h, watch **watches, timeline *time, secrets *store);

/* Sends the hosts that the script names (each with a zero byte behind it). */
void parent_channel_grant(parent_channel *c, const bytes *hosts);

/* Sends the names of a host's rate-limit headers (rate_headers.h); NULL: it has none of that kind. */
void parent_channel_limits(parent_channel *c, const char *url, const char *const names[RATE_HEADERS]);

/* Has the methods count by which the script says that it changes things at the configured host. */
void parent_channel_allow(parent_channel *c, const bytes *methods);

/* What scheduler_slots says in the parent, as of the endpoint's last response, less the requests since. */
unsigned parent_channel_slots(const parent_channel *c, const char *method, const char *endpoint, unsigned *max);

/* Waits for the fields of the first message (MESSAGE_BEGIN), which are appended; then for the first job's texts, which
 * take the place of these. */
void parent_channel_begin(parent_channel *c, bytes *fields);
void parent_channel_take_job(parent_channel *c, bytes *script, bytes *beside, bytes *text);

/*
 * Between two jobs of a process that is used again: says that it is ready, and waits for the next one's texts, which
 * take the place of these. What the last one knew of endpoints is forgotten; its requests must be gone.
 */
void parent_channel_next_job(parent_channel *c, bytes *script, bytes *beside, bytes *text);
bool parent_channel_idle(const parent_channel *c); /* Are they? */

/*
 * Sends what message_begin started in parent_channel_out, and waits for the answer, a message of this type: its fields
 * are appended to `fields`, or nothing where memory is short. What else comes meanwhile is taken as ever.
 */
void parent_channel_ask(parent_channel *c, message_writer *w, message_type type, bytes *fields);

/* The HMAC-SHA-256 of a text by a secret's value, which the parent alone has. False: there is no secret of this handle.
 */
bool parent_channel_hmac(parent_channel *c, const char *handle, const char *text, size_t length,
                         unsigned char digest[DIGEST_SHA256_SIZE]);

/* Sends what message_begin started in parent_channel_out. */
bytes *parent_channel_out(parent_channel *c);
void parent_channel_send(parent_channel *c, message_writer *w);

#endif
