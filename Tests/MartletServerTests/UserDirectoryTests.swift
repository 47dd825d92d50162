// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import MartletModel
import NIOCore
import Testing

@testable import MartletServer

/// Who is recognised by what.
struct UserDirectoryTests {
    private func user(_ name: String, tokens: [String] = [], certificates: [String] = []) -> User {
        User(Access(user: name), tokens: tokens.map { TokenDigest(of: $0) }, certificates: certificates)
    }

    @Test func `a digest is the SHA-256 of the token, in either case of digits`() throws {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(TokenDigest(of: "abc").hex == hex)
        #expect(TokenDigest(hex: hex.uppercased()) == TokenDigest(of: "abc"))
        for wrong in [String(hex.dropLast()), hex + "0", String(hex.dropLast()) + "g", "", hex.dropLast(2) + "é"] {
            #expect(TokenDigest(hex: wrong) == nil)
        }
    }

    @Test func `digests that differ in one bit are not the same`() throws {
        let hex = TokenDigest(of: "abc").hex
        let digest = TokenDigest(of: "abc")
        #expect(digest.isEqual(to: digest))
        for place in 0..<64 {
            var digits = Array(hex)
            let value = try #require(digits[place].hexDigitValue)
            digits[place] = Character(String(value ^ 1, radix: 16))
            #expect(try !digest.isEqual(to: #require(TokenDigest(hex: String(digits)))))
        }
    }

    @Test func `tokens are 256 random bits of base64url`() {
        let tokens = (0..<1_000).map { _ in Token.make() }
        #expect(Set(tokens).count == 1_000)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 })
        // Each place has many values but the last, which has four bits.
        for place in 0..<43 {
            let digits = Set(tokens.map { Array($0)[place] })
            #expect(place < 42 ? digits.count == 64 : digits.count == 16, "\(place): \(digits.count)")
        }
    }

    @Test func `a token finds its user wherever it stands, and a certificate its own`() {
        let directory = UserDirectory([
            user("a", tokens: ["a1", "a2"]), user("b", tokens: ["b1"], certificates: ["b.example"]),
        ])
        for (token, name) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b.example", nil), ("", nil), ("A1", nil)] {
            #expect(directory.user(token: token)?.user == name)
        }
        #expect(directory.user(certificate: "b.example")?.user == "b")
        #expect(directory.user(certificate: "b1") == nil)
        #expect(directory.user(certificate: "B.example") == nil)
    }

    @Test func `a wrong token is not made good by a certificate, and without users all may do everything`() {
        let directory = UserDirectory([user("b", tokens: ["b1"], certificates: ["b.example"])])
        #expect(directory.admit(token: "wrong", certificate: "b.example") == nil)
        #expect(directory.admit(token: nil, certificate: "b.example")?.access.user == "b")
        #expect(directory.admit(token: "b1", certificate: "other")?.access.user == "b")
        #expect(directory.admit(token: nil, certificate: nil) == nil)
        let open = UserDirectory()
        #expect(open.isEmpty && open.admit(token: "x", certificate: nil)?.access === Access.all)
    }

    @Test func `what was let in holds as long as the same would be let in the same way`() throws {
        let directory = UserDirectory([user("a", tokens: ["a1"], certificates: ["a.example"])])
        let byToken = try #require(directory.admit(token: "a1", certificate: nil))
        let byCertificate = try #require(directory.admit(token: nil, certificate: "a.example"))
        directory.replace([user("b"), user("a", tokens: ["a1"], certificates: ["a.example"])])
        #expect(directory.holds(byToken) && directory.holds(byCertificate))
        directory.replace([user("a", tokens: ["a2"], certificates: ["a.example"])])
        #expect(!directory.holds(byToken) && directory.holds(byCertificate))
        directory.replace([User(.admin(user: "a"), tokens: [TokenDigest(of: "a1")])])
        #expect(!directory.holds(byToken) && !directory.holds(byCertificate))
        let anyone = try #require(UserDirectory().admit(token: nil, certificate: nil))
        #expect(!directory.holds(anyone))
    }

    @Test func `observers hear of each replacement, with the new users in place`() {
        let directory = UserDirectory()
        let counts = Lock<[Bool]>([])
        directory.whenReplaced { counts.withLock { $0.append(directory.isEmpty) } }
        directory.replace([user("a", tokens: ["a1"])])
        directory.replace([])
        #expect(counts.withLock { $0 } == [false, true])
    }
}
