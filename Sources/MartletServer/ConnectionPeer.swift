// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletService

/// A broker's peer that is a connection, and shares memory with the others.
protocol ConnectionPeer: BrokerPeer {
    /// Asks the socket what it has not taken; gives what is held for it.
    func look() -> UntakenMemory
    /// There is room for the large frame that was not read on.
    func granted()
    /// Others wait for the room of its large frame, of which too little comes.
    func frameIsLate()
    /// The broker has room for commands again.
    func uncrowded()
    /// The users were replaced: closes when its own is gone or has other rights, behind what is to be answered.
    func reviewAccess()
    /// Closes at once, for a reason.
    func giveUp(_ reason: CloseReason)
}
