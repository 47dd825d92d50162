// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import MartletClient
import MartletModel

/// What every client command takes.
struct ClientOptions: ParsableArguments {
    @Option(
        name: .customLong("server"),
        help: ArgumentHelp(
            "The broker's address (default: $MARTLET_ADDRESS, else 127.0.0.1:7250).", valueName: "host:port"))
    var server: String?

    @Option(
        name: .customLong("token-file"),
        help: ArgumentHelp(
            "The file with the token to show to the broker (default: $MARTLET_TOKEN).", valueName: "path"),
        completion: .file())
    var tokenFile: String?

    func validate() throws {
        if let server, BrokerAddress.parse(server) == nil {
            throw ValidationError("--server '\(server)' is not an address; \(BrokerAddress.expectation)")
        }
    }

    /// The address asked for: the option, else the environment, else the default.
    func address(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ClientConfiguration.Address {
        if let server, let address = BrokerAddress.parse(server) { return address }
        guard let text = environment["MARTLET_ADDRESS"], !text.isEmpty else { return BrokerAddress.usual }
        guard let address = BrokerAddress.parse(text) else {
            throw CommandFailure(
                .usage, "MARTLET_ADDRESS '\(text)' is not an address; \(BrokerAddress.expectation)")
        }
        return address
    }

    /// The token to show: the first line of the file, else the environment's; never an argument, which others could
    /// see.
    func token(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> String? {
        guard let tokenFile else { return environment["MARTLET_TOKEN"].flatMap { $0.isEmpty ? nil : $0 } }
        guard let text = try? String(contentsOf: URL(filePath: tokenFile), encoding: .utf8) else {
            throw CommandFailure(.usage, "--token-file: cannot read '\(tokenFile)'")
        }
        guard let line = text.split(whereSeparator: \.isNewline).first, line.utf8.count <= Limits.client else {
            throw CommandFailure(
                .usage, "--token-file: expected a token of at most \(Limits.client) bytes in '\(tokenFile)'")
        }
        return String(line)
    }

    /// Connects to an address.
    static func connect(
        _ address: ClientConfiguration.Address, token: String?
    ) throws(ClientError) -> BlockingConnection {
        var configuration = ClientConfiguration(addresses: [address], name: "martlet-cli")
        configuration.token = token
        return try BlockingConnection(configuration)
    }

    /// Connects, hands the connection to the body and says goodbye; failures are told and become the exit code.
    func withConnection(_ body: (BlockingConnection, ClientConfiguration.Address) throws -> Void) throws {
        try CommandFailure.reporting {
            let (address, token) = (try address(), try token())
            do {
                let connection = try Self.connect(address, token: token)
                try body(connection, address)
                connection.close()
            } catch let error as ClientError {
                throw CommandFailure(error, address: address)
            }
        }
    }

    /// Checks that a name can be sent, those of the broker included, and answers it as it is.
    static func checkedName(_ name: String, what: String) throws -> String {
        guard Name.isReadable(name) else {
            // What a shell leaves of a name whose '$' it took for a variable.
            let hint =
                name.isEmpty || name.hasPrefix(".")
                ? "; in a shell, quote a name that starts with '$', such as '$dead.orders.billing'" : ""
            throw ValidationError(
                "the \(what) '\(name)' is not a name; expected at most \(Limits.name) letters, digits, '_' or '-', in "
                    + "parts separated by dots, such as orders.created\(hint)")
        }
        return name
    }
}
