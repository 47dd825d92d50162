// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit
import Testing

@testable import martlet

/// Where the broker will listen, and who can reach it there.
struct ListenAddressTests {
    private func numeric(
        _ host: String, hasUsers: Bool = false, hasTLS: Bool = false, anonymous: Bool = false, plaintext: Bool = false
    ) throws -> String {
        var configuration = ServerConfiguration()
        configuration.allowAnonymous = anonymous
        configuration.allowPlaintext = plaintext
        return try ListenAddress(host, rule: ListenRule(configuration, hasUsers: hasUsers, hasTLS: hasTLS)).numeric
    }

    /// What is said against a host.
    private func refusal(
        _ host: String, hasUsers: Bool = false, hasTLS: Bool = false, anonymous: Bool = false, plaintext: Bool = false
    ) -> String? {
        do {
            _ = try numeric(
                host, hasUsers: hasUsers, hasTLS: hasTLS, anonymous: anonymous, plaintext: plaintext)
            return nil
        } catch {
            let failure = error as? CommandFailure
            #expect(failure?.status == .usage)
            return failure?.message ?? "\(error)"
        }
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("127.3.2.1", "127.3.2.1"), ("::1", "::1"), ("[::1]", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"), ("::ffff:127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"),
    ])
    func `an address of this machine alone is taken however it is written`(host: String, numeric: String) throws {
        #expect(try self.numeric(host) == numeric)
    }

    @Test(arguments: ["localhost", "LOCALHOST"])
    func `a name of this machine alone is taken`(host: String) throws {
        #expect(["127.0.0.1", "::1"].contains(try numeric(host)))
    }

    @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "[2001:db8::1]", "::ffff:192.0.2.1", "0"])
    func `what others can reach needs users and TLS, or a setting that names what is given up`(host: String) throws {
        for hasTLS in [false, true] {
            #expect(refusal(host, hasTLS: hasTLS, plaintext: true)?.contains("access.allow-anonymous") == true)
        }
        for (hasUsers, anonymous) in [(true, false), (false, true)] {
            let text = refusal(host, hasUsers: hasUsers, anonymous: anonymous)
            #expect(text?.contains("server.allow-plaintext") == true, "\(text ?? "taken")")
            #expect(refusal(host, hasUsers: hasUsers, anonymous: anonymous, plaintext: true) == nil)
            #expect(refusal(host, hasUsers: hasUsers, hasTLS: true, anonymous: anonymous) == nil)
        }
    }

    @Test func `a name that is not known is refused`() {
        #expect {
            try numeric("no-such-host.invalid")
        } throws: { error in
            (error as? CommandFailure)?.message.hasPrefix("server.host: 'no-such-host.invalid' is not known") == true
        }
    }

    @Test func `a map must fit the addresses that are left`() throws {
        try AddressSpace.check(mapSize: 60, limit: 100, used: 40)
        #expect {
            try AddressSpace.check(mapSize: 61, limit: 100, used: 40)
        } throws: { error in
            let failure = error as? CommandFailure
            return failure?.status == .usage && failure?.message.contains("storage.map-size is 61") == true
                && failure?.message.contains("100 bytes") == true
        }
    }
}

extension ClientCommands {
    /// `martlet serve`, as a process that is started and told to stop.
    struct ServeRunTests {
        /// Starts a broker and waits until it is up.
        private func start(_ script: String = #"exec "$M" serve --port 0 --data "$D/data""#, folder: TemporaryFolder)
            throws -> RunningCommand
        {
            let command = try RunningCommand(script: script, port: 1, environment: ["D": folder.path])
            while let line = command.line(), !line.contains("Ctrl-C") {}
            return command
        }

        @Test func `SIGHUP does it no harm, and SIGTERM ends it with a last word`() async throws {
            let folder = try TemporaryFolder()
            let end = try await onThread {
                let broker = try start(folder: folder)
                broker.send(SIGHUP)
                #expect(broker.complains("users were read again"))
                broker.send(SIGTERM)
                return try broker.end()
            }
            #expect(end.status == 0)
            let last = end.complaint.split(separator: "\n").last ?? ""
            #expect(last.contains("stopped: every command that was taken is answered"), "\(end.complaint)")
        }

        @Test func `it serves with its standard descriptors closed`() async throws {
            let folder = try TemporaryFolder()
            let end = try await RunningCommand.run(
                script: #"""
                    "$M" serve --port 0 --data "$D/data" <&- >&- 2>&- & broker=$!
                    while [ ! -e "$D/data/data.mdb" ]; do sleep 0.05; done
                    for number in 0 1 2; do readlink /proc/$broker/fd/$number; done
                    kill $broker; wait $broker; echo "rc $?"
                    """#, port: 1, environment: ["D": folder.path])
            #expect(end.output == "/dev/null\n/dev/null\n/dev/null\nrc 0\n", "\(end)")
        }

        @Test func `the greeting names the console, unless it is off`() async throws {
            for (option, isOn) in [("", true), ("--admin-port 0", true), ("--admin-port off", false)] {
                // A folder for each: the greeting of the one before must not be taken for this one's.
                let folder = try TemporaryFolder()
                let end = try await RunningCommand.run(
                    script: #"""
                        "$M" serve --port 0 --data "$D/data" \#(option) > "$D/out" & broker=$!
                        while ! grep -q Ctrl-C "$D/out"; do sleep 0.05; done
                        grep -c 'console     http://127.0.0.1:[1-9][0-9]*/$' "$D/out"
                        kill $broker; wait $broker; echo "rc $?"
                        """#, port: 1, environment: ["D": folder.path])
                #expect(end.output == (isOn ? "1\nrc 0\n" : "0\nrc 0\n"), "\(option): \(end)")
            }
        }

        @Test func `a port of the administration that is taken is told with the setting`() async throws {
            let folder = try TemporaryFolder()
            let end = try await RunningCommand.run(
                script: #"""
                    "$M" serve --port 0 --data "$D/one" > "$D/out" & broker=$!
                    while ! grep -q Ctrl-C "$D/out"; do sleep 0.05; done
                    port=$(sed -n 's|.*console.*:\([0-9]*\)/$|\1|p' "$D/out")
                    "$M" serve --port 0 --data "$D/two" --admin-port $port; echo "rc $?"
                    kill $broker; wait $broker
                    """#, port: 1, environment: ["D": folder.path])
            #expect(end.output == "rc 70\n", "\(end)")
            #expect(end.complaint.contains("cannot listen on 127.0.0.1:"), "\(end.complaint)")
            #expect(end.complaint.contains("set admin.port (0 takes any free port, off switches it off)"))
        }

        @Test func `a limit of addresses is told with the setting`() async throws {
            let folder = try TemporaryFolder()
            let end = try await RunningCommand.run(
                script: #"ulimit -v 4000000; exec "$M" serve --port 0 --data "$D/data""#, port: 1,
                environment: ["D": folder.path])
            #expect(end.status == 64)
            #expect(
                end.complaint.hasPrefix(
                    "martlet: storage.map-size is 1TiB, but this process may use only 4096000000 bytes of addresses "
                        + "(ulimit -v 4000000)"), "\(end.complaint)")
        }

        @Test func `a bad topic pattern is refused with its file and line`() async throws {
            let folder = try TemporaryFolder()
            let end = try await RunningCommand.run(
                script: #"""
                    printf 'topics:\n  patterns:\n    - audit.* max-age=soon\n' > "$D/m.yaml"
                    exec "$M" serve --config "$D/m.yaml" --port 0 --data "$D/data"
                    """#, port: 1, environment: ["D": folder.path])
            #expect(end.status == 64)
            #expect(end.complaint.hasPrefix("martlet: \(folder.path)/m.yaml:2: topics.patterns is"), "\(end.complaint)")
        }

        @Test func `variables of Kubernetes do not stop it`() async throws {
            let folder = try TemporaryFolder()
            let end = try await onThread {
                let broker = try start(
                    #"""
                    export MARTLET_SERVER_PORT=tcp://10.0.0.7:7250 MARTLET_SERVER_PORT_7250_TCP=tcp://10.0.0.7:7250
                    export MARTLET_SERVER_SERVICE_HOST=10.0.0.7 MARTLET_SERVER_SERVICE_PORT=7250
                    exec "$M" serve --data "$D/data" --host 127.0.0.1 --port 0
                    """#, folder: folder)
                broker.send(SIGTERM)
                return try broker.end()
            }
            #expect(end.status == 0, "\(end)")
        }
    }
}
