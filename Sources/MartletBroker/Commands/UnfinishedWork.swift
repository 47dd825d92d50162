// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Work that a step left for the next one.
enum UnfinishedWork {
    /// Commands of a connection.
    case commands(Connection)
    /// Failures of a consumer that has left.
    case leases(LeavingLeases)
}
