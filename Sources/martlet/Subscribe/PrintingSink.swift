// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MartletClient
import MartletModel

/// Prints messages, and has each acknowledged once it has left this process for good.
///
/// In a file that is when it is written. In a pipe it is when the reader has taken its last byte: a reader that ends
/// early, as `head` does, leaves the rest there, and what it left was not read.
final class PrintingSink: MessageSink {
    /// Looks at the pipe in a row before the pauses begin: most readers are quick.
    private static let looks = 8
    /// The longest pause, in milliseconds; a pipe does not tell by `poll` that it was emptied.
    private static let longestPause = 50

    private let printer: MessagePrinter
    private var outlet: Outlet
    /// What is printed and not yet taken, with the place behind each.
    private var printed: ArraySlice<(tag: UInt64, offset: Int, end: Int)> = []
    /// The offsets of those in it whose leases are gone; the broker hands them out again.
    private var lost: Set<Int> = []
    private var patience = 1

    init(_ printer: MessagePrinter, to outlet: Outlet = Outlet()) {
        self.printer = printer
        self.outlet = outlet
    }

    func take(_ message: IncomingMessage) {
        patience = 1
        // While it still waits for the reader, who is to see it once, it is not printed again.
        if lost.remove(message.offset) != nil,
            let place = printed.firstIndex(where: { $0.offset == message.offset })
        {
            printed[place].tag = UInt64(message.tag)
            return
        }
        outlet.append(printer.line(message))
        printed.append((UInt64(message.tag), message.offset, outlet.end))
    }

    func advance() throws -> [Settling] {
        try outlet.write()
        var settlings = taken()
        for _ in 1...Self.looks where settlings.isEmpty && patience == 1 && !printed.isEmpty && !isGone {
            usleep(20)
            settlings = taken()
        }
        patience = settlings.isEmpty ? min(2 * patience, Self.longestPause) : 1
        return settlings
    }

    private func taken() -> [Settling] {
        guard !printed.isEmpty else { return [] }
        let place = outlet.taken()
        let count = printed.prefix { $0.end <= place }.count
        defer { printed.removeFirst(count) }
        return printed.prefix(count).map { Settling(tag: $0.tag, verb: .ack) }
    }

    func stop() {}

    func lose(_ tags: [ClosedRange<UInt64>]) -> Int {
        for message in printed where tags.contains(where: { $0.contains(message.tag) }) { lost.insert(message.offset) }
        // What is printed cannot be taken back.
        return 0
    }

    func abandon() throws {
        try outlet.write()
        printed = []
        lost = []
    }

    var isBusy: Bool { false }
    var isEmpty: Bool { printed.isEmpty }
    var isGone: Bool { outlet.isAbandoned }
    var readable: [Int32] { outlet.watched }
    var writable: [Int32] { outlet.blocked }

    var pause: Int? {
        printed.isEmpty ? outlet.pause : patience
    }
}
