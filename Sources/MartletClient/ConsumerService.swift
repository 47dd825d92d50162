// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import ServiceLifecycle

/// A consumer as a service: it handles messages until its group shuts down, and then drains.
///
/// Put it behind its client in a `ServiceGroup`, which ends its services from the last to the first.
public struct ConsumerService: Service {
    private let consume: @Sendable () async throws -> Void

    init(_ consume: @escaping @Sendable () async throws -> Void) {
        self.consume = consume
    }

    /// Handles messages until a graceful shutdown.
    ///
    /// - Throws: as `Client.consume` does.
    public func run() async throws { try await consume() }
}
