// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletTestKit
import Testing

@testable import MartletServer

/// Certificates are read again while the server runs, and what cannot be used changes nothing.
struct CertificateStoreTests {
    @Test(arguments: ["server.pem", "server.key"])
    func `a pipe in the place of a file is refused and not waited for`(name: String) throws {
        let security = try TestSecurity()
        let store = try #require(try CertificateStore(settings { security.secure(&$0) }))
        guard case .certificatesRead = store.reload() else {
            Issue.record("files that can be used were not read again")
            return
        }
        let path = security.path(name)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        guard case .certificatesKept(let error) = store.reload() else {
            Issue.record("a pipe was read")
            return
        }
        #expect(error.contains("cannot use '\(path)' again; it is a pipe or a device"))
        try FileManager.default.removeItem(atPath: path)
        try security.write(text, name)
        guard case .certificatesRead = store.reload() else {
            Issue.record("the file was not read again")
            return
        }
    }
}
