/* In the child, before its script runs: the system calls that it can still make. */
#ifndef PERIGEE_ALLOWED_CALLS_H
#define PERIGEE_ALLOWED_CALLS_H

/*
 * From now on it can read, write, wait, allocate, look at clocks and end. Files cannot be opened (EPERM), nor anything
 * else be done; and what only code does that has broken out of Lua ends the process by SIGSYS: sockets, other programs
 * and processes, pages that may be executed. What libraries open late is to be open already. 0, or an errno: nothing
 * is refused; ENOSYS in a build with the address sanitizer, too, which needs more calls.
 */
int allowed_calls_install(void);

#endif
