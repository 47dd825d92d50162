// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What every line says of itself.
struct LineKind: Decodable {
    var type: String
}
