/*
 * Which endpoints count together in one limit. What is told of an origin is where they begin; responses say the rest:
 * a server that counted fewer requests than we sent counts some of them elsewhere, and one that counted more than we
 * sent to an endpoint may count those of another.
 */
#ifndef PERIGEE_SHARING_H
#define PERIGEE_SHARING_H

#include "pacing/endpoint.h"

/* Puts a new endpoint, whose name begins with origin and method, where it is told to count. False: no memory. */
bool sharing_place(endpoint *e, const char *origin, const char *method, const char *name);

/* The limits of this origin that it has, or a new entry. NULL: no memory. */
told_limits *sharing_told(governor *g, const char *origin);
void sharing_free(governor *g);

/* Before and after an endpoint's bucket learns from a response to a request sent at tick `sent`: it may be moved. */
void sharing_refute(endpoint *e, const limit_reading *r, int64_t sent, int64_t now);
void sharing_suspect(endpoint *e, const limit_reading *r, int64_t sent, int64_t now);

#endif
