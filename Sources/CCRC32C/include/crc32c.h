// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#ifndef MARTLET_CRC32C_H
#define MARTLET_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, with the processor's own instruction where there is one.
///
/// Start with `crc` 0; the result of one call is the `crc` of the next, so
/// `martlet_crc32c(martlet_crc32c(0, a, n), b, m)` is the checksum of `a` followed by `b`.
/// `data` may be null when `length` is 0.
uint32_t martlet_crc32c(uint32_t crc, const void *data, size_t length);

/// The same checksum computed with tables alone; exported so that tests can compare the two.
uint32_t martlet_crc32c_portable(uint32_t crc, const void *data, size_t length);

#endif
