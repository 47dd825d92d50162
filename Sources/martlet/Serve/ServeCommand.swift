// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import MartletAdmin
import MartletServer
import ServiceLifecycle
import UnixSignals

/// `martlet serve`: runs the broker.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the broker.",
        discussion: """
            Without options it listens on 127.0.0.1:7250 and keeps its data in ./data.
            Ctrl-C and SIGTERM stop it in good order, SIGHUP does nothing; a crash loses
            nothing that was confirmed.

            Every setting is in config/martlet.yaml with its default. A setting is taken
            from the command line, else from the environment (server.port is
            MARTLET_SERVER_PORT), else from the file of --config, else it is the default.
            """)

    @Option(help: ArgumentHelp("Read settings from this YAML file.", valueName: "path"))
    var config: String?

    @Option(help: ArgumentHelp("The folder for the data (default: data).", valueName: "folder"))
    var data: String?

    @Option(help: ArgumentHelp("The port to listen on; 0 takes any free one (default: 7250).", valueName: "port"))
    var port: String?

    @Option(help: ArgumentHelp("The address to listen on (default: 127.0.0.1).", valueName: "address"))
    var host: String?

    @Option(
        help: ArgumentHelp(
            "The port for HTTP; 0 takes any free one, off none (default: the one after --port).", valueName: "port"))
    var adminPort: String?

    func run() async throws {
        do {
            let configuration = try configuration(environment: ProcessInfo.processInfo.environment)
            try await serve(configuration)
        } catch let failure as CommandFailure {
            throw failure.reported()
        }
    }

    /// The settings from all sources.
    func configuration(environment: [String: String]) throws(CommandFailure) -> ServeConfiguration {
        var file: ConfigurationFile?
        if let config { file = try ConfigurationFile(path: config) }
        var flags: [String: (flag: String, value: String)] = [:]
        if let data { flags["storage.data"] = ("--data", data) }
        if let port { flags["server.port"] = ("--port", port) }
        if let host { flags["server.host"] = ("--host", host) }
        if let adminPort { flags["admin.port"] = ("--admin-port", adminPort) }
        return try ServeConfiguration(file: file, environment: environment, flags: flags)
    }

    private func serve(_ configuration: ServeConfiguration) async throws {
        var configuration = configuration
        configuration.server.host = try ListenAddress(configuration.server).numeric
        try AddressSpace.check(mapSize: configuration.server.mapSize)
        let level = configuration.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "martlet")
        LastWords.prepare(dataFolder: configuration.server.dataFolder)
        DescriptorLimit.raise()
        let greeter = Greeter()
        let admin = configuration.admin.configuration(besidePort: configuration.server.port).map { settings in
            AdminService(configuration: settings, version: Server.version, logger: logger) { port in
                greeter.greet(consoleHost: settings.host, port: port)
            }
        }
        let server = Server(configuration: configuration.server, logger: logger) { started in
            greeter.started = started
            if let admin { admin.begin(started.service) } else { greeter.greet() }
        }
        let watch = SignalWatch(logger: logger)
        // The group's own messages are of no use at a terminal; errors are thrown.
        var quiet = logger
        quiet.logLevel = max(level, .error)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)]
                    + (admin.map { [.init(service: $0, successTerminationBehavior: .ignore)] } ?? [])
                    + [.init(service: watch, successTerminationBehavior: .ignore)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet))
        do {
            try await group.run()
            watch.tellEnd(grace: .milliseconds(configuration.server.shutdownGrace))
        } catch let error as ServerError {
            throw CommandFailure(error.code == .configuration ? .usage : .refused, "\(error)")
        } catch let error as AdminError {
            throw CommandFailure(.refused, "\(error)")
        } catch {
            throw CommandFailure(.refused, "the broker failed: \(error)")
        }
    }
}
