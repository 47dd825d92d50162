// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One process of the straight-line script: it takes every call at once, as a webhook does, and works on all it has.
struct LinearProcess: Sendable {
    let name: String
    let plan: DemoPlan
    let folder: String
    let journal: LineLog
    let mails: LineLog
    let accepted: LineLog
    private let sent = RunNumbers()

    init(name: String, plan: DemoPlan, folder: String, journal: LineLog, mails: LineLog, accepted: LineLog) {
        self.name = name
        self.plan = plan
        self.folder = folder
        self.journal = journal
        self.mails = mails
        self.accepted = accepted
    }

    /// A call as it lies in a process's inbox.
    struct Call: Sendable, Equatable {
        /// Which call it is.
        var number: Int
        /// What it asks.
        var request: Int

        /// A call.
        init(number: Int, request: Int) {
            self.number = number
            self.request = request
        }

        /// Reads a line of an inbox; nil when it is none.
        init?(line: String) {
            let fields = line.split(separator: " ").compactMap { Int($0) }
            guard fields.count == 2 else { return nil }
            self.init(number: fields[0], request: fields[1])
        }

        /// A line of an inbox.
        var line: String { "\(number) \(request)" }
    }

    /// Where the calls for a process lie.
    static func inbox(of name: String, in folder: String) -> String { "\(folder)/inbox-\(name)" }

    /// Works until it is cancelled or killed.
    func work() async throws {
        var inbox = LineTail(path: Self.inbox(of: name, in: folder))
        defer { inbox.end() }
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                for call in inbox.lines().compactMap({ Call(line: $0) }) {
                    tell(.begun, call)
                    accepted.append("\(call.number)")
                    group.addTask {
                        defer { tell(.ended, call) }
                        try await script(call).answer(call.request)
                    }
                }
                try await DemoClock.wait(milliseconds: 5)
            }
        }
    }

    private func script(_ call: Call) -> LinearScript {
        let striker = FaultStriker(plan: plan, folder: folder)
        return LinearScript(
            seed: plan.seed,
            surroundings: LinearScript.Surroundings(
                wait: { try await DemoClock.wait(milliseconds: $0) },
                mail: { request, label in
                    // A script that has forgotten what it did cannot say that it does it again.
                    mails.append(Mail(key: "\(name)-\(sent.next())", request: request, label: label).line)
                },
                tell: { tell($0, call) },
                strike: { request, points in striker.strike(request, at: points) { tell(.fault, call, $0) } }))
    }

    private func tell(_ kind: DemoEvent.Kind, _ call: Call, _ fault: DemoPlan.Fault? = nil) {
        let event = DemoEvent(
            kind, run: "\(name)-\(call.number)", step: "script", offset: UInt64(call.number), request: call.request,
            fault: fault)
        journal.append(event.line)
    }
}
