// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The bytes of deliveries that all connections have not taken, as far as is known, and what each may have of them.
///
/// A connection may have a sixteenth of what is left for all, and so less the more the others have: those who do not
/// read fill the limit slowly, and never quite. Below `least` it does not fall, so that one who reads goes on being
/// served whatever the others leave. All of them together exceed the limit by `least` and one message each at most.
struct DeliveryBudget {
    /// Bytes that a connection may have untaken however little is left.
    static let least = 16 << 10

    /// Bytes that one connection may have untaken while there is room.
    private let most: Int
    /// Bytes that one step hands out, but for the last message.
    static let stepBytes = 8 << 20

    /// Bytes for all connections together.
    private let total: Int
    /// Bytes that are not known to be taken.
    private(set) var untaken = 0
    /// Bytes that were handed out since all connections were asked last what they have taken.
    private var unasked = 0
    /// Bytes that this step has handed out.
    private var inStep = 0

    /// Makes a budget of so many bytes for one connection, and for all.
    init(most: Int, total: Int) {
        self.most = most
        self.total = total
    }

    /// Bytes that a connection may have untaken now; one that has more gets nothing.
    var allowance: Int { min(most, max(Self.least, (total - untaken) / 16)) }

    /// Whether so little is left that it counts what each connection has taken, be it much or little.
    var isScarce: Bool { untaken > total / 2 }

    /// Counts bytes that are handed to a connection.
    mutating func handOut(_ bytes: Int) {
        inStep += bytes
        untaken += bytes
        unasked += bytes
    }

    /// Whether the step has handed out so much that the rest comes in the next one.
    var isStepFull: Bool { inStep >= Self.stepBytes }

    /// A step begins.
    mutating func beginStep() {
        inStep = 0
    }

    /// Counts bytes that a connection has taken, or never will.
    mutating func giveBack(_ bytes: Int) {
        untaken -= bytes
    }

    /// Whether all connections should be asked now what they have taken; true once for an eighth of the limit.
    mutating func asksAll() -> Bool {
        guard isScarce, unasked > total / 8 else { return false }
        unasked = 0
        return true
    }
}
