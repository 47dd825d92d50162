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
            "The broker's address (default: $MARTLET_SERVER, else 127.0.0.1:7250).", valueName: "host:port"))
    var server: String?

    /// Where a broker listens that was not told anything else.
    static let usualAddress = ClientConfiguration.Address(host: "127.0.0.1")

    func validate() throws {
        if let server, ClientConfiguration.Address(server) == nil {
            throw ValidationError("--server '\(server)' is not an address; expected host:port, such as 127.0.0.1:7250")
        }
    }

    /// The address asked for: the option, else the environment, else the default.
    func address(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ClientConfiguration.Address {
        if let server, let address = ClientConfiguration.Address(server) { return address }
        guard let text = environment["MARTLET_SERVER"], !text.isEmpty else { return Self.usualAddress }
        guard let address = ClientConfiguration.Address(text) else {
            throw CommandFailure(
                .usage, "MARTLET_SERVER '\(text)' is not an address; expected host:port, such as 127.0.0.1:7250")
        }
        return address
    }

    /// Connects, hands the connection to the body and says goodbye; failures are told and become the exit code.
    func withConnection(_ body: (BlockingConnection) throws -> Void) throws {
        try CommandFailure.reporting {
            let address = try address()
            do {
                let connection = try BlockingConnection(
                    ClientConfiguration(addresses: [address], name: "martlet-cli"))
                try body(connection)
                connection.close()
            } catch let error as ClientError {
                throw CommandFailure(error, address: address)
            }
        }
    }

    /// Checks that a name can be sent, those of the broker included, and answers it as it is.
    static func checkedName(_ name: String, what: String) throws -> String {
        guard Name.isReadable(name) else {
            throw ValidationError(
                "the \(what) '\(name)' is not a name; expected at most \(Limits.name) letters, digits, '_' or '-', in "
                    + "parts separated by dots, such as orders.created")
        }
        return name
    }
}
