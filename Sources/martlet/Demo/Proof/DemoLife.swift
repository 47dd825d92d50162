// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a request went through.
struct DemoLife: Sendable, Equatable {
    /// How often one of its messages was handed out again.
    var redeliveries = 0
    /// Calls of the model for it that failed, and that took longer than a lease.
    var failures = 0
    var slowCalls = 0
    /// The faults that struck while it was worked on.
    var faults: [DemoPlan.Fault] = []
    /// Whether it waited for a person.
    var waited = false
    /// What `why` said of it when its time was over; nil when it was answered in time.
    var escalation: String?

    /// How hard it was, to be compared with others.
    var hardship: Int {
        redeliveries + failures + slowCalls + 3 * faults.count + (waited ? 2 : 0) + (escalation == nil ? 0 : 3)
    }

    /// What it went through, in words.
    var text: String {
        var parts: [String] = []
        if failures > 0 { parts.append("the model failed \(Self.times(failures))") }
        if slowCalls > 0 { parts.append("the model was slow \(Self.times(slowCalls))") }
        parts += faults.map { fault in
            if fault.isKill { return "its worker was killed" }
            return fault == .freezeInStep ? "its worker was frozen" : "its worker's connection was cut"
        }
        if redeliveries > 0 { parts.append("it was handed out again \(Self.times(redeliveries))") }
        if waited { parts.append("it waited for a person") }
        if escalation != nil { parts.append("its time was over and a colleague was called") }
        return parts.isEmpty ? "nothing happened to it" : parts.joined(separator: ", ")
    }

    private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
}
