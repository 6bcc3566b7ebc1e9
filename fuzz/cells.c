/* Lua's small objects in cells, as without sanitizers: `answers` makes millions, and none of their bytes is a server's.
 */
#undef PERIGEE_SANITIZED
#define cells_resize __wrap_cells_resize
#define cells_free __wrap_cells_free
#include "../runtime/lua/cells.c"
