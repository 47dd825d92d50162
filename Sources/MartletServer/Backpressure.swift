// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a connection has asked and not been answered yet; past the limits its socket is not read.
struct Backpressure {
    /// The limits of one connection.
    struct Limits: Sendable {
        /// Publishes.
        var publishes: Int
        /// Commands of any kind.
        var commands = 4_096
        /// Bytes of publishes; one larger than this still passes when it is alone.
        var bytes = 4 << 20
    }

    private(set) var publishes = 0
    private(set) var commands = 0
    /// Questions whose answers may be large: one at a time.
    private var questions = 0
    private var sizes: [Int] = []
    private var answered = 0
    private var bytes = 0

    func allowsReading(_ limits: Limits) -> Bool {
        publishes < limits.publishes && commands < limits.commands && bytes < limits.bytes && questions == 0
    }

    /// Whether every command has been answered.
    var isIdle: Bool { commands == 0 }

    mutating func took(publishOf size: Int) {
        commands += 1
        publishes += 1
        bytes += size
        sizes.append(size)
    }

    mutating func tookCommand() {
        commands += 1
    }

    mutating func answered(publishes count: Int) {
        commands -= count
        publishes -= count
        for size in sizes[answered..<(answered + count)] { bytes -= size }
        answered += count
        if answered == sizes.count {
            sizes.removeAll(keepingCapacity: true)
            answered = 0
        } else if answered > 4_096 {
            sizes.removeFirst(answered)
            answered = 0
        }
    }

    mutating func tookQuestion() {
        commands += 1
        questions += 1
    }

    mutating func answered(commands count: Int) {
        commands -= count
        // A question is the last command that was read, so it is answered when nothing is left.
        if commands == 0 { questions = 0 }
    }
}
