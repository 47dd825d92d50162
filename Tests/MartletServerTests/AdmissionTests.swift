// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletBroker
@testable import MartletServer

/// What a connection may say before its user is known: nothing but `HELLO`.
struct AdmissionTests {
    private static var settings: ServerConfiguration {
        var settings = ServerConfiguration()
        settings.users = UserDirectory([
            User(Access(user: "a"), tokens: [TokenDigest(of: "a1")], certificates: ["a.example"])
        ])
        return settings
    }

    /// A command of each word, with the data of those that have some.
    private static let commands = [
        "PUB t 1\r\nx\r\n", "SUB 1 t s from=new\r\n", "ACK 1 1\r\n", "NACK 1 1\r\n", "RELEASE 1 1\r\n",
        "REJECT 1 1\r\n",
        "PARK 1 1\r\n", "TOUCH 1 1\r\n", "WINDOW 1 1\r\n", "UNSUB 1\r\n", "BEGIN\r\n", "COMMIT\r\n", "ABORT\r\n",
        "CHECK s k version=0\r\n", "OUTCOME t\r\n", "GET s k\r\n", "SET s k 1 version=any\r\nx\r\n",
        "UNSET s k version=1\r\n", "LIST s\r\n", "CREATE topic t\r\n", "CREATE subscription t s from=new\r\n",
        "DELETE topic t\r\n", "DELETE subscription t s\r\n", "ALTER topic t max-age=1d\r\n",
        "ALTER subscription t s lease=1m\r\n", "PAUSE t s\r\n", "RESUME t s\r\n", "SEEK t s earliest\r\n",
        "PURGE t\r\n",
        "INFO\r\n", "INFO topics\r\n", "INFO consumers\r\n", "PEEK t 1\r\n", "SCHEDULED t\r\n", "PARKED t s\r\n",
        "CANCEL t i\r\n", "RESCHEDULE t i delay=1s\r\n", "EXPECT p t 1m\r\n", "UNEXPECT p t\r\n", "WHY t 1\r\n",
        "TREE p\r\n", "REDRIVE t s\r\n", "REDRIVE t s stop\r\n", "RESOLVE t s 1 ack\r\n", "RECEIPT 1 k done\r\n",
        "PING\r\n", "BYE\r\n",
    ]

    @Test(arguments: commands)
    func `a command that comes first is refused, and the connection is over`(_ command: String) {
        let connection = TestConnection(Self.settings)
        #expect(connection.receive(command).refusal == .helloRequired)
        #expect(connection.phase == .closing)
        #expect(connection.receive("HELLO 1 token=a1\r\n") == .nothing)
        #expect(connection.commands == [])
    }

    @Test(arguments: commands)
    func `a command behind a refused HELLO is not done`(_ command: String) {
        let connection = TestConnection(Self.settings)
        #expect(connection.receive("HELLO 1 token=b1\r\n" + command).refusal == .auth)
        #expect(connection.phase == .closing && connection.closeReason == .notAdmitted(from: "unknown"))
        #expect(connection.receive(command) == .nothing)
        #expect(connection.commands == [])
    }

    @Test(arguments: commands)
    func `a command behind a HELLO that is accepted is handed to the broker`(_ command: String) {
        let connection = TestConnection(Self.settings)
        guard case .greeting(let greeting) = connection.receive("HELLO 1 token=a1\r\n" + command) else {
            return #expect(Bool(false))
        }
        #expect(greeting.access.user == "a")
        #expect(connection.commands.count == 1)
    }

    @Test func `the name in a certificate stands for a token`() {
        let connection = TestConnection(Self.settings)
        connection.presented(certificate: "a.example")
        guard case .greeting(let greeting) = connection.receive("HELLO 1\r\n") else { return #expect(Bool(false)) }
        #expect(greeting.access.user == "a")
    }

    @Test func `a body is not taken before HELLO, however short its line`() {
        let connection = TestConnection(Self.settings)
        #expect(connection.receive("PUB t 1000000\r\n").refusal == .helloRequired)
        #expect(connection.phase == .closing)
    }
}

extension ConnectionState.Arrival {
    fileprivate var refusal: ErrorCode? {
        if case .refusal(let refusal) = self { refusal.code } else { nil }
    }
}
