// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// An answer that may be long, on its way: it is written over several steps, so that none is held up by it.
protocol LongAnswer: AnyObject {
    /// Writes as much as the step has room for.
    ///
    /// - Returns: what is answered; nil when there is more to come, or the step is not one for it.
    func goOn(in broker: Broker, for connection: Connection) throws -> Reply?
}
