#include "base/input.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

input_state input_read(int descriptor, size_t most, bytes *to) {
  if (most > SIZE_MAX - to->length || !bytes_reserve(to, to->length + most)) {
    errno = ENOMEM;
    return INPUT_FAILED;
  }
  ssize_t n = read(descriptor, to->data + to->length, most);
  if (n == 0) return INPUT_ENDED;
  if (n < 0) return errno == EAGAIN || errno == EINTR ? INPUT_MORE : INPUT_FAILED;
  bytes_added(to, (size_t)n);
  return INPUT_MORE;
}
