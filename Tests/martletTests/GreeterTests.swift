// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletServer
import MartletService
import MartletTestKit
import Testing

@testable import martlet

extension ClientCommands {
    /// What `martlet serve` says once it is up: nothing that cannot be reached.
    struct GreeterTests {
        @Test func `the greeting suggests an address that can be reached`() async throws {
            for (host, expected) in [
                ("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"),
            ] {
                // A folder for each: the greeting of the one before must not be taken for this one's.
                let folder = try TemporaryFolder()
                let end = try await RunningCommand.run(
                    script: #"""
                        "$M" serve --host \#(host) --port 0 --data "$D/data" > "$D/out" & broker=$!
                        while ! grep -q Ctrl-C "$D/out"; do sleep 0.05; done
                        kill $broker; wait $broker
                        sed -n 's/^ *address *\([^:]*\):[0-9]*\(.*\)/\1\2/p' "$D/out"
                        sed -n 's/.*pub --server \([^:]*\):.*/\1/p' "$D/out"
                        """#, port: 1,
                    environment: [
                        "D": folder.path, "MARTLET_ACCESS_ALLOW_ANONYMOUS": "true",
                        "MARTLET_SERVER_ALLOW_PLAINTEXT": "true",
                    ])
                let all = host == "0.0.0.0" ? " (it listens on 0.0.0.0, all addresses of this machine)" : ""
                #expect(end.output == "\(expected)\(all)\n\(expected)\n", "\(end)")
            }
        }

        @Test func `with TLS the greeting suggests the name of the machine where it listens on all addresses`()
            async throws
        {
            let security = try TestSecurity()
            let folder = try TemporaryFolder()
            let end = try await RunningCommand.run(
                script: #"""
                    "$M" serve --host 0.0.0.0 --port 0 --data "$D/data" > "$D/out" & broker=$!
                    while ! grep -q Ctrl-C "$D/out"; do sleep 0.05; done
                    kill $broker; wait $broker
                    grep -c "sub --server martlets://$(uname -n):[1-9]" "$D/out"
                    """#, port: 1,
                environment: [
                    "D": folder.path, "MARTLET_ACCESS_ALLOW_ANONYMOUS": "true",
                    "MARTLET_SERVER_TLS_CERTIFICATE": security.path("server.pem"),
                    "MARTLET_SERVER_TLS_KEY": security.path("server.key"),
                ])
            #expect(end.output == "1\n", "\(end)")
        }
    }
}
