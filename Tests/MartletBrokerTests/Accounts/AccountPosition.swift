// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A place in a topic, chosen when it is needed.
enum AccountPosition: Equatable {
    case earliest
    case new
    /// An offset up to two behind the end.
    case offset(Int)
    /// So many milliseconds ago.
    case ago(Int)
}
