// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

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
        /// Questions whose answers may take 64 KiB; one whose answer may take more counts as all of them.
        static let questions = 64
    }

    private(set) var publishes = 0
    private(set) var commands = 0
    /// Questions that were read since everything had been answered.
    private var questions = 0
    private var sizes: [Int] = []
    private var answered = 0
    private var bytes = 0

    func allowsReading(_ limits: Limits) -> Bool {
        publishes < limits.publishes && commands < limits.commands && bytes < limits.bytes
            && questions < Limits.questions
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

    mutating func tookQuestion(weight: Int) {
        commands += 1
        questions += weight
    }

    mutating func answered(commands count: Int) {
        commands -= count
        // At the limit nothing more is read, so that all questions are answered when nothing is left.
        if commands == 0 { questions = 0 }
    }
}
