// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The broker that is measured: one of our own, or one that runs already and shows only its port.
struct BrokerUnderLoad {
    let address: ServerAddress
    let process: BrokerProcess?

    /// Hands the broker at an address to the body, or one that is started for it and ends with it.
    static func with<Result>(_ server: ServerAddress?, _ body: (BrokerUnderLoad) throws -> Result) throws -> Result {
        if let server { return try body(BrokerUnderLoad(address: server, process: nil)) }
        return try BrokerProcess.with { try body(BrokerUnderLoad(address: $0.address, process: $0)) }
    }

    /// The same for a body that waits.
    static func during<Result>(
        _ server: ServerAddress?, _ body: (BrokerUnderLoad) async throws -> Result
    ) async throws -> Result {
        if let server { return try await body(BrokerUnderLoad(address: server, process: nil)) }
        return try await BrokerProcess.during { try await body(BrokerUnderLoad(address: $0.address, process: $0)) }
    }
}

/// What a stretch of time has cost the broker.
struct Measurement {
    private let broker: BrokerUnderLoad
    private let start: UInt64
    private let before: ProcessFigures?

    private(set) var seconds = 0.0
    private(set) var cpuSeconds: Double?
    private(set) var writtenBytes: Int?
    private(set) var anonymousBytes: Int?

    /// Starts now.
    init(of broker: BrokerUnderLoad) {
        self.broker = broker
        before = broker.process?.figures
        start = SteadyClock.now()
    }

    /// Ends now; the time runs between moments of the steady clock, where they are given.
    mutating func finish(from first: UInt64? = nil, at last: UInt64? = nil) {
        seconds = Double((last ?? SteadyClock.now()) - (first ?? start)) / 1_000_000_000
        guard let before, let after = broker.process?.figures else { return }
        cpuSeconds = after.cpuSeconds - before.cpuSeconds
        writtenBytes = after.writtenBytes - before.writtenBytes
        anonymousBytes = after.anonymousBytes
    }
}
