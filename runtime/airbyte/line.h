/*
 * The fixed pieces of the protocol's lines. The writer (airbyte.c) and the reader of a child's lines (relay.c) share
 * them, so that the relay knows a line that the writer changes.
 */
#ifndef PERIGEE_LINE_H
#define PERIGEE_LINE_H

#include "base/bytes.h"

/* RECORD: line_stream.record, the data, these two around a number. */
#define LINE_RECORD_TIME ",\"emitted_at\":"
#define LINE_RECORD_END "}}"

#define LINE_STATE "{\"type\":\"STATE\",\"state\":{\"type\":\"STREAM\",\"stream\":{\"stream_descriptor\":"
#define LINE_STATE_DATA ",\"stream_state\":"
#define LINE_STATE_COUNT "},\"sourceStats\":{\"recordCount\":"
#define LINE_STATE_END ".0}}}" /* "should always have a decimal point" (airbyte_protocol.yaml) */

#define LINE_TRACE "{\"type\":\"TRACE\",\"trace\":{\"type\":\""
#define LINE_TRACE_TIME "\",\"emitted_at\":"
#define LINE_TRACE_DATA ".0," /* a double by the protocol; some readers insist on the point */
#define LINE_TRACE_END "}}}"

#define LINE_STATUS "STREAM_STATUS"
#define LINE_STATUS_STREAM "\"stream_status\":{\"stream_descriptor\":"
#define LINE_STATUS_WORD ",\"status\":\""
#define LINE_STATUS_RUNNING "RUNNING"
#define LINE_STATUS_DONE "\""
#define LINE_LIMITED ",\"reasons\":[{\"type\":\"RATE_LIMITED\",\"rate_limited\":{\"quota_reset\":"
#define LINE_LIMITED_END "}}]"

/* ESTIMATE: name and namespace stand in it as in the descriptor, which has no further member. */
#define LINE_ESTIMATE "ESTIMATE"
#define LINE_ESTIMATE_STREAM "\"estimate\":"
#define LINE_ESTIMATE_ROWS ",\"type\":\"STREAM\",\"row_estimate\":"

#define LINE_LOG "{\"type\":\"LOG\",\"log\":{\"level\":\""
#define LINE_LOG_MESSAGE "\",\"message\":"
#define LINE_LOG_END "}}"

/* From a child to its parent alone: no messages of the protocol. */
#define LINE_SUMMARY "{\"type\":\"SUMMARY\",\"stream_descriptor\":"
#define LINE_SUMMARY_ENDED ",\"ended\":"
#define LINE_SUMMARY_END "}"
#define LINE_OBSERVATION "{\"type\":\"OBSERVATION\",\"stream_descriptor\":"
#define LINE_OBSERVATION_DATA ",\"data\":"
#define LINE_OBSERVATION_END "}"

/* The pieces that all lines of a stream share. */
typedef struct line_stream {
  bytes descriptor; /* {"name":…,"namespace":…} */
  bytes record;     /* a RECORD line up to its data */
} line_stream;

/* `name_space` may be NULL: then no line names one. False: memory is short; it is to be freed all the same. */
bool line_stream_make(line_stream *l, const char *name, const char *name_space);
void line_stream_free(line_stream *l);

#endif
