/*
 * rights_test.c: tests of files and processes, where root may do more.
 *
 * as: both (root is denied nothing, and makes what is somebody else's)
 */
#include "tests/unit/tap.h"

const struct part tap_parts[] = {{"elf", elf_part}, {"info", info_part},
    {"look", look_part}, {"mapping", mapping_part}, {"owner", owner_part},
    {"path", path_part}, {"root", root_part}, {0}};
