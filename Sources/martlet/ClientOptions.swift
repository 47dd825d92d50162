// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import MartletClient

/// Where a broker listens.
struct ServerAddress: Equatable, CustomStringConvertible {
    var host = "127.0.0.1"
    var port = 7250

    init() {}

    /// Reads `host`, `host:port` or `[ipv6]:port`; nil when it is none of them.
    init?(_ text: String) {
        var host = text[...]
        var portText: Substring?
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, !host.contains(" ") else { return nil }
        self.host = String(host)
        if let portText {
            guard let port = Int(portText), (1...65_535).contains(port) else { return nil }
            self.port = port
        }
    }

    var description: String { Self.description(host: host, port: port) }

    /// An address as it can be given to `--server`.
    static func description(host: String, port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// What every client command takes.
struct ClientOptions: ParsableArguments {
    @Option(
        name: .customLong("server"),
        help: ArgumentHelp(
            "The broker's address (default: $MARTLET_SERVER, else 127.0.0.1:7250).", valueName: "host:port"))
    var server: String?

    func validate() throws {
        if let server, ServerAddress(server) == nil {
            throw ValidationError("--server '\(server)' is not an address; expected host:port, such as 127.0.0.1:7250")
        }
    }

    /// The address asked for: the option, else the environment, else the default.
    func address(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> ServerAddress {
        if let server, let address = ServerAddress(server) { return address }
        guard let text = environment["MARTLET_SERVER"], !text.isEmpty else { return ServerAddress() }
        guard let address = ServerAddress(text) else {
            throw CommandFailure(
                .usage, "MARTLET_SERVER '\(text)' is not an address; expected host:port, such as 127.0.0.1:7250")
        }
        return address
    }

    /// Connects, hands the connection to the body and says goodbye; failures are told and become the exit code.
    func withConnection(_ body: (LineConnection) throws -> Void) throws {
        try CommandFailure.reporting {
            let address = try address()
            do {
                let connection = try LineConnection(host: address.host, port: address.port, name: "martlet-cli")
                try body(connection)
                connection.close()
            } catch let error as ClientError {
                throw CommandFailure(error, address: address)
            }
        }
    }
}

/// Checks that a name can be sent and answers it as it is.
func checkedName(_ name: String, what: String) throws -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let plain = parts.allSatisfy { part in
        !part.isEmpty && part.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: "$") }
    }
    guard plain, name.utf8.count <= 200 else {
        throw ValidationError(
            "the \(what) '\(name)' is not a name; expected at most 200 letters, digits, '_' or '-', in parts "
                + "separated by dots, such as orders.created")
    }
    return name
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
    default: false
    }
}
