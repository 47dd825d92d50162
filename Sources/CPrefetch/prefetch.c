// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The header holds all there is; a target wants a source.
#include "prefetch.h"
