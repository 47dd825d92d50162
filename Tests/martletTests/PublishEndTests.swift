// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletTestKit
import Testing

@testable import martlet

/// What `pub` tells about what is stored.
struct PublishAccountTests {
    private func account(
        sent: Int, confirmed: Int = 0, repeats: Int = 0, refused: Int = 0, ids: Bool = false, lines: Bool = true
    ) -> PublishAccount {
        var account = PublishAccount(topic: "t", hasIDs: ids, countsLines: lines)
        account.sent = sent
        for offset in 0..<confirmed { account.take(offset: 7 + offset, isDuplicate: false) }
        for _ in 0..<repeats { account.take(offset: 1, isDuplicate: true) }
        account.answered += refused
        return account
    }

    @Test func `the end of a whole publication is one line`() {
        #expect(account(sent: 0).summary == "nothing to publish")
        #expect(account(sent: 1, confirmed: 1).summary == "published 1 message to t, offset 7")
        #expect(account(sent: 2, confirmed: 2).summary == "published 2 messages to t, offsets 7 to 8")
        #expect(account(sent: 2, repeats: 2).summary == "published nothing new to t: 2 stored before")
    }

    @Test func `what is stored is told, and how to go on`() {
        #expect(account(sent: 0).account == "Nothing was sent.")
        #expect(
            account(sent: 3, confirmed: 3).account == """
                3 of the 3 messages sent are stored in t, offsets 7 to 9.
                To go on, publish the input from line 4 on; with an --id it could be repeated as it was.
                """)
        #expect(
            account(sent: 3, confirmed: 1).account == """
                1 of the 3 messages sent is stored in t, offset 7; of the last 2 it is not known.
                A repeat may store a message twice; with --id 'NAME-{n}' it is safe.
                """)
        #expect(
            account(sent: 3, confirmed: 1, repeats: 1, ids: true).account == """
                2 of the 3 messages sent are stored in t, offset 7; of the last one it is not known.
                Repeating the command with the same input is safe: its --id is stored once.
                """)
        #expect(
            account(sent: 1, refused: 1, lines: false).account == """
                The message is not confirmed.
                It can be repeated as it was.
                """)
        #expect(
            account(sent: 1, lines: false).account == """
                The message is not confirmed; it may be stored.
                A repeat may store a message twice; with --id NAME it is safe.
                """)
    }
}

extension ClientCommands {
    /// The ends of `martlet pub` that are none of its own, and where its input comes from.
    struct PublishEndTests {
        private static let advice =
            "To go on, publish the input from line 3 on; with an --id it could be repeated as it was.\n"

        @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
        func `a signal ends it with an account`(signal: Int32, status: Int32) async throws {
            try await TestBroker.run { port in
                let end = try await onThread {
                    let command = try RunningCommand(["pub", "orders"], port: port)
                    try command.write("a\nb\nthe rest of a li")
                    return command
                }
                _ = try await RunningCommand.run(
                    "sub", "orders", "s", "--from", "earliest", "--count", "2", port: port)
                let told = try await onThread {
                    end.send(signal)
                    return try end.end()
                }
                #expect(told.status == status && told.output == "")
                #expect(
                    told.complaint.hasSuffix(
                        "martlet: interrupted\n2 of the 2 messages sent are stored in orders, offsets 1 to 2.\n"
                            + Self.advice), "\(told.complaint)")
            }
        }

        @Test func `a line that is too long comes with an account of those before it`() async throws {
            try await TestBroker.run { port in
                let most = String(repeating: "x", count: 1 << 20)
                let command = try await onThread {
                    let command = try RunningCommand(["pub", "orders"], port: port)
                    try command.write("a\nb\n")
                    return command
                }
                _ = try await RunningCommand.run(
                    "sub", "orders", "s", "--from", "earliest", "--count", "2", port: port)
                let end = try await onThread {
                    // The command may end before it has read all.
                    try? command.write(most + "y\nc\n")
                    try? command.closeInput()
                    return try command.end()
                }
                #expect(end.status == 64)
                #expect(
                    end.complaint.hasSuffix(
                        "2 of the 2 messages sent are stored in orders, offsets 1 to 2.\n" + Self.advice),
                    "\(end.complaint)")
            }
        }

        @Test func `lines may end in CR LF, and a file is taken as it is`() async throws {
            try await TestBroker.run { port in
                _ = try await RunningCommand.run(
                    script: #"printf 'a\r\nb\n' | "$M" pub orders; printf 'c\r\nd\r\n' | "$M" pub orders --file -"#,
                    port: port)
                let end = try await RunningCommand.run(
                    "sub", "orders", "s", "--from", "earliest", "--until-empty", "--json", port: port)
                let bodies = end.output.split(separator: "\n").map { $0.split(separator: ":").last ?? "" }
                #expect(bodies == [#""a"}"#, #""b"}"#, #""c\r\nd\r\n"}"#])
            }
        }

        @Test(arguments: [
            #"printf 'x\ny' | "$M" pub orders --file -"#,
            #"printf 'x\ny' | "$M" pub orders --file /dev/stdin"#,
            #"mkfifo "$D/p"; { printf 'x\n'; sleep 0.2; printf y; } > "$D/p" & "$M" pub orders --file "$D/p""#,
            #"printf 'x\ny' > "$D/f"; "$M" pub orders --file "$D/f""#,
            #"printf 'x\ny' > "$D/f"; "$M" pub orders --file - < "$D/f""#,
        ])
        func `one message is read from whatever can be opened`(script: String) async throws {
            try await TestBroker.run { port in
                let folder = try TemporaryFolder()
                let end = try await RunningCommand.run(script: script, port: port, environment: ["D": folder.path])
                #expect(end.output == "published 1 message to orders, offset 1\n", "\(end)")
                let shown = try await RunningCommand.run(
                    "sub", "orders", "s", "--from", "earliest", "--count", "1", port: port)
                #expect(shown.output == "x\ny\n")
            }
        }

        @Test func `a file has a limit and must be one`() async throws {
            try await TestBroker.run { port in
                func publish(_ count: Int) async throws -> RunningCommand.End {
                    try await RunningCommand.run(
                        script: #"head -c \#(count) /dev/zero | "$M" pub orders --file -"#, port: port)
                }
                #expect(try await publish(1 << 20).status == 0)
                let end = try await publish((1 << 20) + 1)
                #expect(end.status == 64)
                #expect(end.complaint.hasPrefix("martlet: the file '-' has more than 1048576 bytes"), "\(end)")
                #expect(end.complaint.hasSuffix("\nNothing was sent.\n"))
                let endless = try await RunningCommand.run("pub", "orders", "--file", "/dev/zero", port: port)
                #expect(endless.status == 64)
                let folder = try await RunningCommand.run("pub", "orders", "--file", "/", port: port)
                #expect(folder.status == 74)
                #expect(folder.complaint.hasPrefix("martlet: cannot read the file '/' (Is a directory)"), "\(folder)")
            }
        }

        @Test func `a pipe that nobody writes to is left on a signal`() async throws {
            try await TestBroker.run { port in
                let folder = try TemporaryFolder()
                let end = try await RunningCommand.run(
                    script: #"mkfifo "$D/p"; timeout -s INT -k 60 5 "$M" pub orders --file "$D/p"; echo "rc $?""#,
                    port: port, environment: ["D": folder.path])
                #expect(end.output == "rc 124\n")
                #expect(end.complaint == "martlet: interrupted\nNothing was sent.\n")
            }
        }

        @Test func `standard descriptors that are closed are empty`() async throws {
            try await TestBroker.run { port in
                let end = try await RunningCommand.run(
                    script: #"timeout 60 "$M" pub orders <&-; echo "rc $?"; "#
                        + #"echo x | timeout 60 "$M" pub orders >&-; echo "rc $?"; "#
                        + #"timeout 60 "$M" sub orders s --from earliest --until-empty 2>&-; echo "rc $?"; "#
                        + #"timeout 60 "$M" topics <&- >&- 2>&-; echo "rc $?""#, port: port)
                #expect(end.output == "nothing to publish\nrc 0\nrc 0\nx\nrc 0\nrc 0\n", "\(end)")
            }
        }
    }
}
