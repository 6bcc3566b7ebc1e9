/* Documents of XML: what is taken becomes JSON. */
#include "formats/xml_document.h"

#include "input.h"
#include "other_json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes text, json;
  char why[XML_WHY] = "";
  other_json *read;
  input_rest(data, size, &text);
  bytes_clear(&json);
  if (xml_document(&text, &json, why)) {
    MUST(other_json_read(json.data, json.length, &read) == IS_JSON && other_json_is_object(read));
    other_json_free(read);
  } else {
    MUST(strnlen(why, XML_WHY) > 0 && strnlen(why, XML_WHY) < XML_WHY);
  }
  return 0;
}
