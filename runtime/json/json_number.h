/* Numbers of JSON text, without loss: which of them a machine's kinds hold exactly, and which of two is larger. */
#ifndef PERIGEE_JSON_NUMBER_H
#define PERIGEE_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Has it neither fraction nor exponent? */
bool json_number_is_whole(const char *p, size_t length);

/* A whole number that 64 bits hold. "-0" is no such: its sign would be lost. */
bool json_read_integer(const char *p, size_t length, int64_t *out);

/* A number of which nothing is lost in a double: printed with as many digits, that says the same. */
bool json_read_double(const char *p, size_t length, double *out);

/* The shortest decimal that reads back as the same finite double. Returns its length. */
#define JSON_FLOAT_SIZE 40
size_t json_print_float(double number, char text[JSON_FLOAT_SIZE]);

/* Below 0: the first one is smaller; 0: they are equal; above 0: it is larger. */
int json_compare_numbers(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
