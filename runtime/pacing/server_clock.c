#include "pacing/server_clock.h"

#define APART 2000 /* ms: a Date is cut to seconds and takes a while to come; what differs by more is another clock */
#define CONVINCED                                                                                                      \
  3 /* answers in a row that show the same other clock: the server's was set, or the first was wrong                   \
     */

static bool near(int64_t a, int64_t b) {
  return a - b <= APART && b - a <= APART;
}

/* True once so many answers in a row have said the same that it must be right. */
static bool convinces(server_clock *c, int64_t lead) {
  bool again = c->met > 0 && near(lead, c->stranger);
  c->met = again ? c->met + 1 : 1;
  if (!again || lead > c->stranger) c->stranger = lead;
  return c->met >= CONVINCED;
}

/*
 * The server's clock shows at least its Date, so the most that any answer showed is soon right to a few milliseconds,
 * and a window's end is never taken too early. But a Date in the future, once, must not make the clock run ahead.
 */
void server_clock_note(server_clock *c, int64_t date, int64_t now) {
  int64_t lead = date - now;
  if (c->known && !near(lead, c->lead)) {
    if (!convinces(c, lead)) return;
    c->lead = c->stranger;
  } else if (!c->known || lead > c->lead) {
    c->lead = lead;
  }
  c->known = true;
  c->met = 0;
}
