// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import MartletAdmin
import MartletModel
import MartletServer
import MartletService
import ServiceLifecycle
import UnixSignals

/// `martlet serve`: runs the broker.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the broker.",
        discussion: """
            Without options it listens on 127.0.0.1:7250 and keeps its data in ./data.
            Ctrl-C and SIGTERM stop it in good order, SIGHUP has it read its users and its
            certificates again; a crash loses nothing that was confirmed.

            Every setting is in config/martlet.yaml with its default. A setting is taken
            from the command line, else from the environment (server.port is
            MARTLET_SERVER_PORT), else from the file of --config, else it is the default.
            --check-config shows all of them and where each comes from.

            Under systemd it tells when it is ready, that it is alive, and that it stops
            (Type=notify, WatchdogSec).
            """)

    @Option(help: ArgumentHelp("Read settings from this YAML file.", valueName: "path"))
    var config: String?

    @Option(help: ArgumentHelp("The folder for the data (default: data).", valueName: "folder"))
    var data: String?

    @Option(help: ArgumentHelp("The port to listen on; 0 takes any free one (default: 7250).", valueName: "port"))
    var port: String?

    @Option(help: ArgumentHelp("The address to listen on (default: 127.0.0.1).", valueName: "address"))
    var host: String?

    @Flag(help: "Show the settings it would run with and end; nothing is opened.")
    var checkConfig = false
    @Option(
        help: ArgumentHelp(
            "The port for HTTP; 0 takes any free one, off none (default: the one after --port).", valueName: "port"))
    var adminPort: String?

    func run() async throws {
        do {
            let environment = ProcessInfo.processInfo.environment
            if checkConfig { return try StandardOutput.write(try settings(environment: environment)) }
            try await serve(try configuration(environment: environment), environment)
        } catch let failure as CommandFailure {
            throw failure.reported()
        }
    }

    /// The settings from all sources.
    func configuration(environment: [String: String]) throws(CommandFailure) -> ServeConfiguration {
        var places: [String: String] = [:]
        return try configuration(environment, places: &places)
    }

    /// The settings as a table, with the place that each comes from, after the checks of a start.
    func settings(environment: [String: String]) throws(CommandFailure) -> String {
        var places: [String: String] = [:]
        let configuration = try configuration(environment, places: &places)
        try check(configuration)
        let rows = ConfigurationKey.all.map { [$0.name, $0.text(in: configuration), places[$0.name] ?? "default"] }
        return TextTable.columns([["SETTING", "VALUE", "FROM"]] + rows, rightAligned: false)
            + "\nA broker would start with these settings.\n"
    }

    /// Checks what the settings mean on this machine.
    ///
    /// - Returns: the address to listen on, in digits.
    @discardableResult
    private func check(_ configuration: ServeConfiguration) throws(CommandFailure) -> String {
        let hasUsers = !(try configuration.users()).isEmpty
        let admin = configuration.admin.configuration
        guard admin.isLocal || hasUsers || configuration.server.allowAnonymous || configuration.admin.port == .off
        else {
            throw CommandFailure(
                .usage,
                "admin.host: '\(admin.host)' can be reached from other machines, and anyone on them could read and "
                    + "change; name users in access.users or access.users-file, or set access.allow-anonymous to true "
                    + "if that is what you want")
        }
        let rule = ListenRule(configuration.server, hasUsers: hasUsers, hasTLS: configuration.server.hasTLS)
        let address = try ListenAddress(configuration.server.host, rule: rule)
        do {
            try configuration.server.checkCertificates()
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        try AddressSpace.check(mapSize: configuration.server.mapSize)
        return address.numeric
    }

    private func configuration(
        _ environment: [String: String], places: inout [String: String]
    ) throws(CommandFailure) -> ServeConfiguration {
        var file: ConfigurationFile?
        if let config { file = try ConfigurationFile(path: config) }
        var flags: [String: (flag: String, value: String)] = [:]
        if let data { flags["storage.data"] = ("--data", data) }
        if let port { flags["server.port"] = ("--port", port) }
        if let host { flags["server.host"] = ("--host", host) }
        if let adminPort { flags["admin.port"] = ("--admin-port", adminPort) }
        return try ServeConfiguration(file: file, environment: environment, flags: flags, places: &places)
    }

    /// The users that the settings name now.
    private func readUsers() throws -> [User] {
        try configuration(environment: ProcessInfo.processInfo.environment).users()
    }

    /// Whom a token names at the administration.
    private static func authenticate(_ users: UserDirectory) -> Authenticate {
        { token, service in
            users.user(token: token).map { access in
                Caller(name: access.user) { try await service.ask($0, as: access) }
            }
        }
    }

    /// An administration with as many connections as there are descriptors for.
    private static func fitting(_ settings: AdminConfiguration) -> AdminConfiguration {
        guard let limit = DescriptorLimit.current else { return settings }
        var settings = settings
        settings.maxConnections = min(settings.maxConnections, DescriptorLimit.room(in: limit).administration)
        return settings
    }

    private func serve(_ configuration: ServeConfiguration, _ environment: [String: String]) async throws {
        var configuration = configuration
        let greeter = Greeter(host: configuration.server.host)
        configuration.server.host = try check(configuration)
        let users = configuration.server.users
        users.replace(try configuration.users())
        let (format, level) = (configuration.logFormat, configuration.logLevel)
        LoggingSystem.bootstrap { format.handler(label: $0, level: level) }
        let logger = Logger(label: "martlet")
        LastWords.prepare(dataFolder: configuration.server.dataFolder)
        DescriptorLimit.raise()
        let supervision = SupervisorWatch(SupervisorSocket(environment: environment))
        let watch = SignalWatch(logger: logger)
        watch.onReload(UserReload(of: users, logger: logger) { try self.readUsers() }.run)
        let admin = configuration.admin.configuration(besidePort: configuration.server.port).map { settings in
            let settings = Self.fitting(settings)
            return AdminService(
                configuration: settings, version: Server.version, logger: logger,
                authenticate: Self.authenticate(users), hasUsers: { !users.isEmpty }
            ) { port in
                greeter.greet(consoleHost: settings.host, port: port)
            }
        }
        let server = Server(configuration: configuration.server, logger: logger) { started in
            watch.onReload(started.reload)
            supervision.begin(started)
            greeter.started = started
            if let admin { admin.begin(started.service) } else { greeter.greet() }
        }
        // The group's own messages are of no use at a terminal; errors are thrown.
        var quiet = logger
        quiet.logLevel = max(level, .error)
        // When the store fails too the administration ends in order: one that is cut off while it starts complains.
        let broker = ServiceGroupConfiguration.ServiceConfiguration(
            service: server, successTerminationBehavior: .gracefullyShutdownGroup,
            failureTerminationBehavior: .gracefullyShutdownGroup)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [broker]
                    + (admin.map { [.init(service: $0, successTerminationBehavior: .ignore)] } ?? [])
                    + [
                        .init(service: watch, successTerminationBehavior: .ignore),
                        .init(service: supervision, successTerminationBehavior: .ignore),
                    ],
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
