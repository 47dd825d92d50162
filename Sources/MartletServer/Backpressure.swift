// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What a connection has sent that is not answered yet; at a limit its socket is no longer read.
struct Backpressure {
    /// The limits of one connection.
    struct Limits: Sendable {
        /// Publishes.
        var publishes: Int
        /// Commands of any kind.
        var commands = 4_096
        /// Bytes of bodies; a larger one is still taken, and then nothing until it is answered.
        var bytes = 4 << 20
        /// Questions whose answers take up to 64 KiB; one whose answer can be larger counts as all of them.
        static let questions = 64
    }

    private(set) var publishes = 0
    private(set) var commands = 0
    /// Questions read since everything was last answered.
    private var questions = 0
    private var sizes: [Int] = []
    private var answered = 0
    private var bytes = 0

    /// Whether more may be read.
    func allowsReading(_ limits: Limits) -> Bool {
        publishes < limits.publishes && commands < limits.commands && bytes < limits.bytes
            && questions < Limits.questions
    }

    /// Whether every command has been answered.
    var isIdle: Bool { commands == 0 }

    /// A publish was read whose body has that size.
    mutating func took(publishOf size: Int) {
        commands += 1
        publishes += 1
        bytes += size
        sizes.append(size)
    }

    /// A command was read that is neither a publish nor a question.
    mutating func tookCommand() {
        commands += 1
    }

    /// The oldest publishes were answered.
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

    /// A question was read, which counts as so many.
    mutating func tookQuestion(weight: Int) {
        commands += 1
        questions += weight
    }

    /// Commands other than publishes were answered.
    mutating func answered(commands count: Int) {
        commands -= count
        // At the limit nothing more is read, so sooner or later everything is answered.
        if commands == 0 { questions = 0 }
    }
}
