// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel
import MartletProtocol
import MartletServer
import Testing

@testable import martlet

/// What the command line takes, and what it refuses with exit code 64.
struct ArgumentTests {
    /// The dead letters of a topic and a subscription whose names are as long as they may be.
    private static let longestDead =
        "$dead." + String(repeating: "t", count: 200) + "." + String(repeating: "s", count: 200)

    private func exitCode(_ arguments: [String]) -> Int32? {
        do {
            _ = try Martlet.parseAsRoot(arguments)
            return nil
        } catch {
            return Martlet.exitCode(for: error).rawValue
        }
    }

    @Test(arguments: [
        ["nonsense"], ["pub"], ["pub", "a b"], ["pub", "a..b"], ["pub", String(repeating: "a", count: 201)],
        ["pub", "orders", "--header", "no-colon"], ["pub", "orders", "--header", "Martlet-Dead:1"],
        ["pub", "orders", "--header", "a:1", "--header", "A:2"], ["pub", "orders", "--id", "a b"],
        ["pub", "orders", "--id", String(repeating: "i", count: 201)], ["sub", "orders"],
        ["sub", "orders", "b", "--from", "middle"], ["sub", "orders", "b", "--from", "offset:"],
        ["sub", "orders", "b", "--count", "0"], ["sub", "orders", "b", "--window", "0"],
        ["sub", "orders", "b", "--window", "10001"], ["sub", "orders", "b", "--lease", "999ms"],
        ["sub", "orders", "b", "--lease", "13h"], ["info", "topic"], ["info", "everything"],
        ["info", "topics"], ["info", "subscriptions"],
        ["sub", longestDead + "s", "b"], ["sub", "a$b", "b"], ["sub", "orders", "b", "--from", "offset:+7"],
        ["info", "--server", "host:port"], ["info", "--server", "0"], ["info", "--server", "65536"],
        ["info", "--server", "martlets://host:0"], ["info", "--server", "martlet://a:1,b:2"],
        ["sub", "orders", "b", "--exec", "true", "--no-ack"], ["serve", "extra"], ["serve", "--prot", "1"],
        ["demo", "--requests", "9"], ["demo", "--requests", "5001"], ["demo", "--workers", "0"],
        ["demo", "--workers", "17"], ["demo", "--seed", "-1"], ["demo", "worker"],
    ])
    func `a wrong command line is refused`(arguments: [String]) {
        #expect(exitCode(arguments) == 64)
    }

    @Test(arguments: [
        ["pub", String(repeating: "a", count: 200)], ["pub", "orders", "--id", String(repeating: "i", count: 200)],
        ["pub", "orders", "--header", "a:1", "--header", "b: x:y"], ["sub", "$dead.orders.billing", "b"],
        ["sub", longestDead, "b"],
        ["sub", "orders", "b", "--from", "offset:7", "--window", "10000", "--lease", "12h", "--json", "--no-ack"],
        ["sub", "orders", "b", "--from", "time:1790000000000"], ["info"], ["info", "consumers", "--json"],
        ["demo", "--seed", "7", "--requests", "10", "--workers", "1", "--plain"],
        ["demo", "--requests", "5000", "--workers", "16", "--linear"],
        ["info", "subscription", "orders", "billing"], ["info", "--server", "[::1]:7250"],
        ["info", "topic", longestDead], ["info", "subscription", longestDead, "b"], ["pub", longestDead],
        ["subscriptions"], ["sub", "orders", "b", "--exec", "true", "--until-empty", "--wait"],
        ["serve", "--port", "0", "--data", "x", "--host", "127.0.0.1"],
    ])
    func `a right command line is taken`(arguments: [String]) {
        #expect(exitCode(arguments) == nil)
    }

    /// The command and all below it.
    private static func all(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        [command] + command.configuration.subcommands.filter { $0.configuration.shouldDisplay }.flatMap(all)
    }

    @Test(arguments: all(Martlet.self))
    func `the help fits a terminal`(command: any ParsableCommand.Type) {
        let lines = Martlet.helpMessage(for: command, columns: 80).split(separator: "\n")
        // The text is wrapped at 80 columns; a longer line of ours would be broken in an ugly place.
        #expect(lines.count > 5)
        #expect(command.configuration.discussion.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func `headers become one block`() throws {
        let command = try PublishCommand.parse(["orders", "--header", "a:1", "--header", "b: x:y"])
        #expect(String(decoding: try command.headerBlock(), as: UTF8.self) == "a: 1\nb: x:y\n")
    }

    @Test func `what is looked at must fit the window`() throws {
        func window(_ words: String..., isRead: Bool = false) throws -> Int {
            try SubscribeCommand.parse(["o", "b"] + words).chosenWindow(isRead: isRead)
        }
        #expect(try window() == 256)
        #expect(try window("--no-ack", "--count", "900", isRead: true) == 900)
        #expect(try window("--no-ack", "--count", "20000") == 10_000)
        #expect(try window("--window", "3", isRead: true) == 3)
        #expect(try window(isRead: true) == 1)
        #expect(try window("--exec", "true") == 1)
    }

    @Test func `info asks what it is asked`() throws {
        #expect(try InfoCommand.parse([]).subject() == .broker)
        #expect(try InfoCommand.parse(["consumers"]).subject() == .consumers)
        #expect(try InfoCommand.parse(["topic", "$dead.o.b"]).subject() == .topic("$dead.o.b"))
        #expect(try InfoCommand.parse(["subscription", "o", "b"]).subject() == .subscription(topic: "o", name: "b"))
    }

    @Test func `sub asks what it is told to`() throws {
        var expected = Subscribe(consumer: 1, topic: "o", subscription: "b")
        #expect(try SubscribeCommand.parse(["o", "b"]).command() == expected)
        expected.options.lease = 90_000
        for (text, start) in [("earliest", .earliest), ("new", .new), ("offset:7", .offset(7)), ("time:0", .time(0))]
            as [(String, Start)]
        {
            expected.from = start
            #expect(try SubscribeCommand.parse(["o", "b", "--from", text, "--lease", "90s"]).command() == expected)
        }
    }

    @Test func `in ids and keys the number of the line takes its place`() {
        let text = NumberedText("a{n}-{n}")
        #expect(text.isNumbered && !NumberedText("a").isNumbered && NumberedText("{n}").isNumbered)
        #expect(String(decoding: text.bytes(12), as: UTF8.self) == "a12-12")
        #expect(NumberedText("a{m}").bytes(1) == Array("a{m}".utf8))
        #expect(NumberedText("{n}").bytes(7) == Array("7".utf8))
    }

    @Test func `flags of serve win over the environment`() throws {
        let command = try ServeCommand.parse(["--port", "1", "--data", "there"])
        let configuration = try command.configuration(
            environment: ["MARTLET_SERVER_PORT": "2", "MARTLET_SERVER_HOST": "::1"])
        #expect(configuration.server.port == 1)
        #expect(configuration.server.dataFolder == "there")
        #expect(configuration.server.host == "::1")
    }

    @Test(arguments: [
        ("a", "a:7250"), ("a:1", "a:1"), ("[::1]:2", "[::1]:2"), ("[::1]", "[::1]:7250"), ("127.0.0.1:65535", nil),
    ])
    func `an address has a host and perhaps a port`(text: String, shown: String?) {
        #expect(ClientConfiguration.Address(text)?.description == shown ?? text)
    }

    @Test(arguments: [
        ("a", "a:7250"), ("a:1", "a:1"), ("martlet://a:1", "a:1"), ("martlet://[::1]:2", "[::1]:2"),
        ("7251", "127.0.0.1:7251"), ("1", "127.0.0.1:1"), ("65535", "127.0.0.1:65535"), ("martlet://a", "a:7250"),
    ])
    func `--server takes what people write`(text: String, shown: String) throws {
        #expect(try ClientOptions.parse(["--server", text]).address().description == shown)
    }

    @Test func `a name that a shell has eaten tells how to quote it`() {
        func complaint(_ name: String) -> String {
            do {
                _ = try ClientOptions.checkedName(name, what: "topic")
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(complaint(".dl.work").contains("'$dead.orders.billing'"))
        #expect(complaint("").contains("'$dead.orders.billing'"))
        #expect(!complaint("a b").contains("$dead"))
    }

    @Test(arguments: ["", ":1", "a:", "a:0", "a:65536", "a:b", "::1", "[::1", "[::1]2", "a b"])
    func `what is not an address is refused`(text: String) {
        #expect(ClientConfiguration.Address(text) == nil)
    }

    @Test func `the option wins over the environment, and that over the default`() throws {
        let environment = ["MARTLET_ADDRESS": "there:1"]
        let named = try ClientOptions.parse(["--server", "here:2"]).address(environment: environment)
        #expect(named.address.host == "here")
        #expect(try ClientOptions.parse([]).address(environment: environment).address.host == "there")
        #expect(try ClientOptions.parse([]).address(environment: [:]) == BrokerAddress.usual)
        // The old name is no name at all.
        #expect(try ClientOptions.parse([]).address(environment: ["MARTLET_SERVER": "there:1"]) == BrokerAddress.usual)
        #expect(throws: CommandFailure.self) {
            try ClientOptions.parse([]).address(environment: ["MARTLET_ADDRESS": "a:b"])
        }
    }
}
