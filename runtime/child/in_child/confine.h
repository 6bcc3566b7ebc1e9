/* In the child, right after the fork: what it gives up for good. */
#ifndef PERIGEE_CONFINE_H
#define PERIGEE_CONFINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Closes all descriptors but standard error and these two, which get other numbers; ends with the parent; limits the
 * time without a wait (ms), the memory (bytes above those of now), files, processes and privileges. Ends the process
 * where that fails.
 */
void confine(pid_t parent, int *channel, int *lines, int64_t time, size_t memory);

/*
 * Bytes of addresses that this process has now; 0: the system does not limit them. Found by trying limits, as a
 * container may have no /proc; so no other thread may allocate meanwhile.
 */
size_t confine_present_size(void);

#endif
