// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The topics of one run, with names that no other run has.
struct Topics: Sendable {
    /// The subscription that every topic has when messages have to wait or to be delivered.
    static let subscription = "bench"
    let names: [String]

    init(count: Int) {
        let run = String(SteadyClock.now(), radix: 36)
        let width = "\(count - 1)".count
        names = (0..<count).map { index in
            let digits = "\(index)"
            return "bench-\(run)." + String(repeating: "0", count: width - digits.count) + digits
        }
    }

    /// The topics that one of several connections publishes to.
    func share(of connection: Int, among connections: Int) -> [String] {
        if names.count < connections { return [names[connection % names.count]] }
        return stride(from: connection, to: names.count, by: connections).map { names[$0] }
    }

    /// Lets every message wait for a consumer from now on.
    ///
    /// - Parameter settings: of the subscriptions, as in the command.
    func createSubscriptions(_ settings: String = "", through connection: LoadConnection) throws {
        for name in names {
            try connection.request(
                "CREATE subscription \(name) \(Self.subscription) from=earliest"
                    + (settings.isEmpty ? "" : " \(settings)"))
        }
    }

    /// Removes everything.
    func delete(through connection: LoadConnection) throws {
        for name in names { try connection.request("DELETE topic \(name)") }
    }
}
