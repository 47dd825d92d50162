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
            "The broker's address, with TLS as martlets://host:port (default: $MARTLET_ADDRESS, else 127.0.0.1:7250).",
            valueName: "host:port"))
    var server: String?

    @OptionGroup var credentials: CredentialOptions

    func validate() throws {
        if let server, BrokerAddress(server) == nil {
            throw ValidationError("--server '\(server)' is not an address; \(BrokerAddress.expectation)")
        }
    }

    /// The address asked for: the option, else the environment, else the default.
    func address(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> BrokerAddress {
        if let server, let address = BrokerAddress(server) { return address }
        guard let text = environment["MARTLET_ADDRESS"], !text.isEmpty else { return BrokerAddress.usual }
        guard let address = BrokerAddress(text) else {
            throw CommandFailure(
                .usage, "MARTLET_ADDRESS '\(text)' is not an address; \(BrokerAddress.expectation)")
        }
        return address
    }

    /// How the broker is reached, and what it is shown.
    func configuration(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ClientConfiguration {
        let address = try address(environment: environment)
        var configuration = ClientConfiguration(addresses: [address.address], name: "martlet-cli")
        configuration.token = try credentials.token(environment: environment)
        configuration.tls = try credentials.tls(isSecure: address.isSecure, environment: environment)
        return configuration
    }

    /// What names the same broker in a command that is suggested.
    var suggestion: Suggestion { Suggestion(options: (server.map { ["--server", $0] } ?? []) + credentials.words) }

    /// Connects, hands the connection to the body and says goodbye; failures are told and become the exit code.
    func withConnection(_ body: (BlockingConnection, ClientConfiguration.Address) throws -> Void) throws {
        try CommandFailure.reporting {
            let configuration = try configuration()
            let address = configuration.addresses[0]
            do {
                let connection = try BlockingConnection(configuration)
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
