// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0
