// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker

/// The far end of a connection as the broker's replies reach it, whatever protocol it speaks.
///
/// A peer lives on the event loop of its registry and is called on that loop only.
protocol BrokerPeer: AnyObject {
    /// Writes what the broker says.
    func deliver(_ outbox: Outbox)
    /// Closes behind everything that was said.
    func end()
    /// Closes at once.
    func abort()
}
