// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MartletAdmin
import MartletLock
import MartletServer
import MartletService
import ServiceLifecycle
import Testing

/// A broker with its administration, both on ports of their own, for one test.
struct AdminBed: Sendable {
    /// The port of the administration.
    let port: Int
    /// The port of the broker.
    let brokerPort: Int
    /// The broker.
    let service: BrokerService

    /// Runs both while `body` runs.
    static func run(
        _ configuration: AdminConfiguration = AdminConfiguration(), authenticate: Authenticate? = nil,
        adjusting adjust: (inout ServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (AdminBed) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("admin-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var settings = ServerConfiguration()
        settings.port = 0
        settings.dataFolder = folder
        settings.mapSize = 1 << 30
        settings.reserveMinimum = 1 << 20
        adjust(&settings)
        var configuration = configuration
        configuration.port = 0
        var logger = Logger(label: "admin-test")
        logger.logLevel = .error
        let (ports, started) = AsyncStream.makeStream(of: AdminBed.self)
        let known = Lock<Server.Started?>(nil)
        let admin = AdminService(
            configuration: configuration, version: "0.0.0", logger: logger, authenticate: authenticate
        ) { port in
            guard let broker = known.withLock({ $0 }) else { return }
            started.yield(AdminBed(port: port, brokerPort: broker.port, service: broker.service))
        }
        let server = Server(configuration: settings, logger: logger) { broker in
            known.withLock { $0 = broker }
            admin.begin(broker.service)
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: admin, successTerminationBehavior: .ignore),
                ], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                do {
                    try await group.run()
                } catch {
                    started.finish()
                    throw error
                }
                started.finish()
            }
            for await bed in ports {
                do {
                    try await body(bed)
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Sends a request and gives the answer.
    func ask(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String: String?] = [:]
    ) async throws -> HTTPAnswer {
        var fields: [String: String?] = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
        if method != "GET", method != "HEAD" {
            fields["Content-Type"] = "application/json"
            fields["Content-Length"] = "\((body ?? "").utf8.count)"
        }
        fields.merge(headers) { $1 }
        var text = "\(method) \(path) HTTP/1.1\r\n"
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if let value { text += "\(name): \(value)\r\n" }
        }
        return try await HTTPAnswer.of(text + "\r\n" + (body ?? ""), port: port)
    }

    func get(_ path: String, headers: [String: String?] = [:]) async throws -> HTTPAnswer {
        try await ask("GET", path, headers: headers)
    }
}
