// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker

/// The far end of a connection as the broker's replies reach it, whatever protocol it speaks.
///
/// A peer lives where its route delivers, an event loop say, and is called there only.
package protocol BrokerPeer: AnyObject {
    /// Writes what the broker says.
    func deliver(_ outbox: Outbox)
    /// Closes behind everything that was said.
    func end()
    /// Closes at once.
    func abort()
}
