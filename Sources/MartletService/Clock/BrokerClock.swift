// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker

/// The clock that a broker is given.
package struct BrokerClock: Sendable {
    /// What time it says.
    let read: @Sendable () -> Moment
    /// Whether it goes on while the broker cannot run, so that pauses have to be taken off.
    let runsThroughPauses: Bool

    /// The machine's clocks.
    package static let machine = BrokerClock(read: SystemClock.now, runsThroughPauses: true)

    /// A clock that is moved by hand and stands still otherwise.
    package static func manual(_ read: @escaping @Sendable () -> Moment) -> BrokerClock {
        BrokerClock(read: read, runsThroughPauses: false)
    }
}
