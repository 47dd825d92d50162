// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Why the broker cannot start or go on: what its store says.
package struct BrokerFailure: Error, CustomStringConvertible, Sendable {
    /// What was being done and why it failed.
    package let description: String

    init(_ error: StoreError) {
        description = error.description
    }
}
