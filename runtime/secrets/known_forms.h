/* Texts that are masked as they are, and in no other form, each as the secret of a name. */
#ifndef PERIGEE_KNOWN_FORMS_H
#define PERIGEE_KNOWN_FORMS_H

#include "base/bytes.h"
#include "secrets/masked_values.h"

typedef struct known_form {
  bytes handle, form;
} known_form;

typedef struct known_forms {
  known_form *items;
  size_t count;
} known_forms;

/* False: memory is short. */
bool known_forms_add(known_forms *k, const char *name, const char *form, size_t length);

/* Adds them all, numbered from `first` on. False: memory is short. */
bool known_forms_list(const known_forms *k, masked_values *to, uint32_t first);

void known_forms_free(known_forms *k);

#endif
