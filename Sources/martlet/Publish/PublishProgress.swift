// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How far a long publication is, told on standard error once a second.
struct PublishProgress {
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now
    private var isShown = false
    private var calls = 0

    /// Tells the numbers if the last time was long enough ago.
    mutating func show(sent: Int, confirmed: Int) {
        // Reading the clock for every message would cost more than sending it.
        calls += 1
        guard calls % 256 == 0 || sent == confirmed || calls < 256 else { return }
        let now = ContinuousClock.now
        guard now - start > .seconds(2), now - last > .seconds(1) else { return }
        last = now
        isShown = true
        StandardError.write(
            StandardError.isTerminal
                ? "\r\(confirmed) of \(sent) confirmed" : "\(confirmed) of \(sent) confirmed\n")
    }

    /// Leaves the line of the numbers.
    mutating func end() {
        if isShown, StandardError.isTerminal { StandardError.write("\n") }
        isShown = false
    }
}
