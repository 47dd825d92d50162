// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletClient
import MartletLock
import MartletServer

/// Says that the broker is up, once everything that belongs to it is.
final class Greeter: Sendable {
    /// The host as the settings name it, which a certificate may name too.
    private let host: String
    private let broker = Lock<Server.Started?>(nil)

    init(host: String) {
        self.host = host
    }

    /// What is known of the broker once it is up.
    var started: Server.Started? {
        get { broker.withLock { $0 } }
        set { broker.withLock { $0 = newValue } }
    }

    /// Says it, with the address of the console where there is one.
    func greet(consoleHost: String? = nil, port: Int = 0) {
        guard let started else { return }
        let console = consoleHost.map { ClientConfiguration.Address(host: $0, port: port) }
        let program = CommandLine.arguments.first ?? "martlet"
        // A broker whose standard output is closed serves as well.
        try? StandardOutput.write(Self.greeting(started, host: host, console: console, program: program))
    }

    /// The addresses that stand for all of a machine, where nothing can be reached, and what is reached instead.
    private static let wildcards = ["0.0.0.0": "127.0.0.1", "::": "::1"]

    /// What is said.
    ///
    /// - Parameters:
    ///   - host: the host as the settings name it.
    ///   - machine: the name of this machine, under which others may reach it.
    static func greeting(
        _ started: Server.Started, host: String, console: ClientConfiguration.Address?, program: String,
        machine: String = ProcessInfo.processInfo.hostName
    ) -> String {
        let own = wildcards[started.host]
        let isNamed = !host.isEmpty && !host.hasPrefix("[") && wildcards[host] == nil
        // A certificate names the machine rather than a number.
        let reached = own.map { started.isSecure && !machine.isEmpty ? machine : $0 } ?? (isNamed ? host : started.host)
        let address = ClientConfiguration.Address(host: reached, port: started.port)
        let shown = started.isSecure ? "martlets://\(address)" : "\(address)"
        let isUsual = address == BrokerAddress.usual.address && !started.isSecure
        let option = isUsual ? "" : " --server \(shown)"
        let listening = own == nil ? "" : " (it listens on \(started.host), all addresses of this machine)"
        let page = console.map { console in
            let seen = ClientConfiguration.Address(host: wildcards[console.host] ?? console.host, port: console.port)
            return "\n  console     http://\(seen)/"
        }
        return """
            Martlet \(Martlet.version) is up.
              address     \(shown)\(listening)\(page ?? "")
              data        \(started.dataFolder) (opened in \(started.recoveryMilliseconds) ms)
              durability  what is confirmed is on disk: OK is sent after the flush that covers the message
              try         echo hello | \(program) pub\(option) greetings
                          \(program) sub\(option) greetings me --from earliest --count 1
              stop        Ctrl-C

            """
    }
}
