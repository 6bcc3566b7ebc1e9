/*
 * A document of XML as JSON: {"root": …}. An element is an object of its attributes ("@name"), of the elements in it, a
 * list where several have one name, and of its text ("#text", without blanks around it); one that has text alone is
 * that text, one that has nothing is null. Names are as they are written. Declared entities are refused, what lies
 * elsewhere is never read.
 */
#ifndef PERIGEE_XML_DOCUMENT_H
#define PERIGEE_XML_DOCUMENT_H

#include "base/bytes.h"

#define XML_WHY 200
#define XML_DEEPEST 256     /* elements in elements */
#define XML_MOST_NAMES 1000 /* of elements in one element */
#define XML_MOST 1000000    /* elements beside one another, in all that are open */

/* Appends it. False: `why` (XML_WHY bytes) says what is wrong, and at which byte. */
bool xml_document(const bytes *text, bytes *json, char *why);

#endif
