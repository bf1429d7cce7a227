/*
 * plain_test.c: tests that are the same for root and an ordinary user.
 *
 * Most parts are tables: a row is an input and the expected output.
 */
#include "tests/unit/tap.h"

const struct part tap_parts[] = {{"aside", aside_part},
    {"entry", entry_part}, {"fate", fate_part}, {"fields", fields_part},
    {"frame", frame_part}, {"number", number_part}, {"reader", reader_part},
    {"sentence", sentence_part},
    {"shell_line", shell_line_part}, {"slot", slot_part},
    {"template", template_part}, {"text", text_part}, {"way", way_part},
    {"words", words_part}, {"identity", identity_part}, {0}};
