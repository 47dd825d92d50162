// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a worker did, as it tells the demonstration.
struct DemoEvent: Sendable, Equatable {
    /// What it was.
    enum Kind: String, Sendable {
        case begun, ended, lost, failed, slow, waiting
        case knownByState = "known-by-state"
        case knownByReceipt = "known-by-receipt"
        case fault
    }

    /// What it was.
    var kind: Kind
    /// Which run of a handler it was: the worker's name, a dash and a number.
    var run: String
    /// The subscription.
    var step: String
    /// The message's place in its topic.
    var offset: UInt64
    /// Which delivery it was.
    var attempt: Int
    /// Which request it was about.
    var request: Int
    /// The fault, if it was one.
    var fault: DemoPlan.Fault?

    /// The worker.
    var worker: Substring { run.prefix { $0 != "-" } }

    /// A line of the journal.
    var line: String {
        "\(kind.rawValue) \(run) \(step) \(offset) \(attempt) \(request) \(fault?.rawValue ?? "none")"
    }

    /// An event.
    init(
        _ kind: Kind, run: String, step: String, offset: UInt64, attempt: Int = 1, request: Int,
        fault: DemoPlan.Fault? = nil
    ) {
        self.kind = kind
        self.run = run
        self.step = step
        self.offset = offset
        self.attempt = attempt
        self.request = request
        self.fault = fault
    }

    /// Reads a line of the journal; nil when it is none.
    init?(line: String) {
        let fields = line.split(separator: " ").map { String($0) }
        guard fields.count == 7, let kind = Kind(rawValue: fields[0]), let offset = UInt64(fields[3]),
            let attempt = Int(fields[4]), let request = Int(fields[5])
        else { return nil }
        self.init(
            kind, run: fields[1], step: fields[2], offset: offset, attempt: attempt, request: request,
            fault: DemoPlan.Fault(rawValue: fields[6]))
    }
}
