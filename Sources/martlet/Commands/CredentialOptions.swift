// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import MartletClient
import MartletModel

/// What a client command shows of itself, and whom it trusts when it speaks TLS.
struct CredentialOptions: ParsableArguments {
    @Option(
        name: .customLong("token-file"),
        help: ArgumentHelp(
            "The file with the token to show (default: $MARTLET_TOKEN_FILE, else $MARTLET_TOKEN is the token).",
            valueName: "path"),
        completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "Trust the authorities in this PEM file, not those of this machine (default: $MARTLET_CA).",
            valueName: "path"))
    var ca: String?

    @Option(
        help: ArgumentHelp(
            "Show the broker the certificate in this PEM file (default: $MARTLET_CERTIFICATE).", valueName: "path"))
    var certificate: String?

    @Option(
        help: ArgumentHelp("The key of --certificate, a PEM file (default: $MARTLET_KEY).", valueName: "path"))
    var certificateKey: String?

    /// The token to show: the first line of the file, which the option or the environment names, else the
    /// environment's; never an argument, which others could see.
    func token(environment: [String: String]) throws(CommandFailure) -> String? {
        guard let path = value(tokenFile, "MARTLET_TOKEN_FILE", environment) else {
            return value(nil, "MARTLET_TOKEN", environment)
        }
        let place = tokenFile == nil ? "MARTLET_TOKEN_FILE" : "--token-file"
        guard let text = try? String(contentsOf: URL(filePath: path), encoding: .utf8) else {
            throw CommandFailure(.usage, "\(place): cannot read '\(path)'")
        }
        guard let line = text.split(whereSeparator: \.isNewline).first, line.utf8.count <= Limits.client else {
            throw CommandFailure(.usage, "\(place): expected a token of at most \(Limits.client) bytes in '\(path)'")
        }
        return String(line)
    }

    /// How a connection is secured; nil when it is not.
    func tls(isSecure: Bool, environment: [String: String]) throws(CommandFailure) -> ClientConfiguration.TLS? {
        guard isSecure else {
            // What the environment says may be meant for other addresses.
            guard let word = security.first else { return nil }
            throw CommandFailure(.usage, "\(word) is of use with TLS only; name the broker as martlets://host:port")
        }
        let ca = value(ca, "MARTLET_CA", environment)
        return ClientConfiguration.TLS(
            trust: ca.map { .file($0) } ?? .system, certificate: value(certificate, "MARTLET_CERTIFICATE", environment),
            key: value(certificateKey, "MARTLET_KEY", environment))
    }

    /// The options that were given, as they are written.
    var words: [String] { (tokenFile.map { ["--token-file", $0] } ?? []) + security }

    /// Those of TLS.
    private var security: [String] {
        [("--ca", ca), ("--certificate", certificate), ("--certificate-key", certificateKey)].flatMap { name, value in
            value.map { [name, $0] } ?? []
        }
    }

    /// The same for a command that is run by this one, which may do so in another folder; what the environment says
    /// besides goes on to it anyway.
    var variables: [(String, [UInt8])] {
        [
            ("MARTLET_TOKEN_FILE", tokenFile), ("MARTLET_CA", ca), ("MARTLET_CERTIFICATE", certificate),
            ("MARTLET_KEY", certificateKey),
        ].compactMap { name, value in
            value.map { (name, Array(URL(filePath: $0).path.utf8)) }
        }
    }

    private func value(_ option: String?, _ name: String, _ environment: [String: String]) -> String? {
        if let option { return option }
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }
}
