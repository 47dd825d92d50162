// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletLock
import MartletServer

/// Says that the broker is up, once everything that belongs to it is.
final class Greeter: Sendable {
    private let broker = Lock<Server.Started?>(nil)

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
        try? StandardOutput.write(Self.greeting(started, console: console, program: program))
    }

    /// What is said.
    static func greeting(
        _ started: Server.Started, console: ClientConfiguration.Address?, program: String
    ) -> String {
        let address = ClientConfiguration.Address(host: started.host, port: started.port)
        let shown = started.isSecure ? "martlets://\(address)" : "\(address)"
        let isUsual = started.port == BrokerAddress.usual.address.port && !started.isSecure
        let option = isUsual ? "" : " --server \(shown)"
        let page = console.map { "\n  console     http://\($0)/" } ?? ""
        return """
            Martlet \(Martlet.version) is up.
              address     \(shown)\(page)
              data        \(started.dataFolder) (opened in \(started.recoveryMilliseconds) ms)
              durability  what is confirmed is on disk: OK is sent after the flush that covers the message
              try         echo hello | \(program) pub\(option) greetings
                          \(program) sub\(option) greetings me --from earliest --count 1
              stop        Ctrl-C

            """
    }
}
