// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// Where the administration listens for HTTP.
package struct AdminConfiguration: Sendable {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port to listen on.
    package var port = 7251

    /// The defaults.
    package init() {}
}
