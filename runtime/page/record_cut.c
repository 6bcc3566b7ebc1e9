#include "page/record_cut.h"

void record_cut_open(record_cut *c) {
  c->member = 0;
  c->left_out = false;
}

void record_cut_close(record_cut *c, const record_cut *outer) {
  c->member = outer->member;
  c->left_out = outer->left_out;
}

void record_cut_to(record_cut *c, size_t end) {
  if (end > c->copied) c->ok = c->ok && bytes_append(c->out, c->text + c->copied, end - c->copied);
  if (end > c->copied) c->copied = end;
}

void record_cut_leave_out(record_cut *c, const json_iterator *member) {
  if (c->member) {
    record_cut_to(c, c->member);
  } else if (!c->left_out) {
    record_cut_to(c, member->key.start);
  }
  c->left_out = !c->member;
  c->copied = member->value.start + member->value.length;
}

void record_cut_stay(record_cut *c, const json_iterator *member) {
  if (c->left_out) c->copied = member->key.start;
  c->left_out = false;
  c->member = member->value.start + member->value.length;
}
