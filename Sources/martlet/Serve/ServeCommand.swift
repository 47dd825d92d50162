// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import MartletClient
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
            Ctrl-C and SIGTERM stop it in good order, SIGHUP has it read its certificates
            again; a crash loses nothing that was confirmed.

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
        let watch = SignalWatch(logger: logger)
        let server = Server(configuration: configuration.server, logger: logger) { started in
            if started.isSecure { watch.onReload(started.reload) }
            // A broker whose standard output is closed serves as well.
            try? StandardOutput.write(Self.greeting(started, program: CommandLine.arguments.first ?? "martlet"))
        }
        // The group's own messages are of no use at a terminal; errors are thrown.
        var quiet = logger
        quiet.logLevel = max(level, .error)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: watch, successTerminationBehavior: .ignore),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet))
        do {
            try await group.run()
            watch.tellEnd(grace: .milliseconds(configuration.server.shutdownGrace))
        } catch let error as ServerError {
            throw CommandFailure(error.code == .configuration ? .usage : .refused, "\(error)")
        } catch {
            throw CommandFailure(.refused, "the broker failed: \(error)")
        }
    }

    /// What is said when the broker is up.
    static func greeting(_ started: Server.Started, program: String) -> String {
        let address = ClientConfiguration.Address(host: started.host, port: started.port)
        let shown = started.isSecure ? "martlets://\(address)" : "\(address)"
        let isUsual = started.port == BrokerAddress.usual.address.port && !started.isSecure
        let option = isUsual ? "" : " --server \(shown)"
        return """
            Martlet \(Martlet.version) is up.
              address     \(shown)
              data        \(started.dataFolder) (opened in \(started.recoveryMilliseconds) ms)
              durability  what is confirmed is on disk: OK is sent after the flush that covers the message
              try         echo hello | \(program) pub\(option) greetings
                          \(program) sub\(option) greetings me --from earliest --count 1
              stop        Ctrl-C

            """
    }
}
