// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#ifndef MARTLET_CLMDB_SHIM_H
#define MARTLET_CLMDB_SHIM_H

#include <lmdb.h>

#endif
