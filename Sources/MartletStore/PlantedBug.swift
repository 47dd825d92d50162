// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A mistake that can be switched on in debug builds, so that the crash tests can show that they would find it.
///
/// A checker that has never caught anything proves nothing.
package enum PlantedBug: String {
    /// Publishes are confirmed before they are committed.
    case confirmBeforeCommit = "confirm-before-commit"
    /// Acks are confirmed before they are committed.
    case ackBeforeCommit = "ack-before-commit"
    /// What the journal takes is confirmed, and flushed before the next one only.
    case flushLate = "flush-late"
    /// What the journal takes is never flushed.
    case flushNever = "flush-never"
    /// The journal forgets what the tree has committed before that is durable, and goes on.
    case trimEarly = "trim-early"
    /// The journal goes on behind a large batch in the tree that is not durable.
    case appendEarly = "append-early"

    #if DEBUG
    /// The bug that the environment asks for.
    package static let current = getenv("MARTLET_PLANTED_BUG").flatMap { PlantedBug(rawValue: String(cString: $0)) }
    #else
    package static let current: PlantedBug? = nil
    #endif

    /// The most bytes of a segment of the journal, if the environment asks for smaller ones: so a short test fills all
    /// of them, and uses them again.
    static var segmentLimit: Int? {
        #if DEBUG
        getenv("MARTLET_SEGMENT_LIMIT").flatMap { Int(String(cString: $0)) }
        #else
        nil
        #endif
    }
}
