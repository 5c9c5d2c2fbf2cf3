// Conversions many elements at a time.
#pragma once
#include "elements.h"

/// Converts the first elements of `count`, when the processor has instructions for the two types, and adds what was
/// lost to `report`; returns how many elements that were, and leaves the others to the caller.
size_t cast_lanes(bytes_element from, const void *source, bytes_element to, void *target, size_t count,
                  bytes_cast_report *report);
