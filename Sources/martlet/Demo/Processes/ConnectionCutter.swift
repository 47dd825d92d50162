// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletLock
import NIOCore

/// Cuts the connection of a client when it is told to, as a network does.
final class ConnectionCutter: Sendable {
    private let channel = Lock<(any Channel)?>(nil)

    /// A client of a broker on this machine that comes back quickly, and whose connection this can cut.
    func client(name: String, port: Int) -> ClientConfiguration {
        var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)], name: name)
        configuration.backoff = .init(least: .milliseconds(20), most: .milliseconds(200))
        configuration.connectTimeout = .seconds(2)
        configuration.onConnect = { [self] channel in self.channel.withLock { $0 = channel } }
        return configuration
    }

    /// Cuts the connection that there is.
    func cut() {
        channel.withLock { $0 }?.close(promise: nil)
    }
}
