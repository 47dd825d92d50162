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
    /// What is not answered, in its order: the size of a publish's body, or less than 0 a number of other commands.
    private var sizes: [Int] = []
    /// How many of them are answered.
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
        if let last = sizes.last, last < 0 { sizes[sizes.count - 1] = last - 1 } else { sizes.append(-1) }
    }

    /// A question was read, which counts as so many.
    mutating func tookQuestion(weight: Int) {
        tookCommand()
        questions += weight
    }

    /// The oldest commands were answered, whatever they were.
    mutating func answered(_ count: Int) {
        var left = count
        while left > 0, answered < sizes.count {
            let size = sizes[answered]
            if size < 0, left < -size {
                sizes[answered] = size + left
                commands -= left
                break
            }
            let done = size < 0 ? -size : 1
            if size >= 0 {
                publishes -= 1
                bytes -= size
            }
            commands -= done
            left -= done
            answered += 1
        }
        if answered == sizes.count {
            sizes.removeAll(keepingCapacity: true)
            answered = 0
            // At the limit nothing more is read, so sooner or later everything is answered.
            questions = 0
        } else if answered > 4_096 {
            sizes.removeFirst(answered)
            answered = 0
        }
    }
}
