// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#ifndef MARTLET_PREFETCH_H
#define MARTLET_PREFETCH_H

/// Asks the processor to bring the memory at `address` nearer, and does not wait for it.
///
/// Swift has no word for that. Any address may be given: one that cannot be read is ignored.
static inline void martlet_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

#endif
