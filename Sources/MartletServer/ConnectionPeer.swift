// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletService

/// A broker's peer that is a connection, and shares memory with the others.
protocol ConnectionPeer: BrokerPeer {
    /// Asks the socket what it has not taken; gives the bytes of memory that are held for it.
    func look() -> Int
    /// There is room for the large frame that was not read on.
    func granted()
    /// The broker has room for commands again.
    func uncrowded()
    /// Closes at once, for a reason.
    func giveUp(_ reason: CloseReason)
}
