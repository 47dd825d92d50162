// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

/// Which messages a filter passes, and what is told of one that cannot be changed.
struct FilterTests {
    private func passes(_ filter: Filter, key: String = "", headers: String = "") -> Bool {
        Array(key.utf8).withUnsafeBytes { key in
            Array(headers.utf8).withUnsafeBytes { headers in
                var message = MessageFields()
                (message.key, message.headers) = (key, headers)
                return filter.passes(message)
            }
        }
    }

    private func header(_ name: String, _ value: String) -> Filter { Filter(header: name, value: Array(value.utf8)) }

    @Test func `a filter that names nothing passes all`() {
        #expect(Filter().isEmpty)
        #expect(passes(Filter()))
        #expect(passes(Filter(), key: "k", headers: "a: b\n"))
    }

    @Test(arguments: [
        ("Kind: paid\n", true), ("kind: paid\n", true), ("a: b\nKIND: paid\nc: d\n", true), ("kind: Paid\n", false),
        ("kind: paid \n", false), ("kind: pai\n", false), ("kinds: paid\n", false), ("kin: paid\n", false),
        ("a: kind: paid\n", false), ("", false),
    ])
    func `a header is found whatever the case of its name, and its value is equal byte for byte`(
        headers: String, expected: Bool
    ) {
        #expect(passes(header("kIND", "paid"), headers: headers) == expected)
    }

    @Test func `a value without a header says nothing, so that a filter read from disk equals the one written`() {
        #expect(Filter(header: "", value: [0, 30], keyPrefix: [7]) == Filter(keyPrefix: [7]))
    }

    @Test func `an empty value is one that the header must have`() {
        #expect(passes(header("n", ""), headers: "n: \n"))
        #expect(!passes(header("n", ""), headers: "n: x\n"))
        #expect(!passes(header("n", "")))
    }

    @Test(arguments: [("c-1", true), ("c-", true), ("c", false), ("", false), ("C-1", false), ("xc-", false)])
    func `a key must begin with the prefix`(key: String, expected: Bool) {
        #expect(passes(Filter(keyPrefix: Array("c-".utf8)), key: key) == expected)
    }

    @Test func `both must pass where both are named`() {
        let filter = Filter(header: "n", value: [0x76], keyPrefix: [0x6B])
        #expect(passes(filter, key: "k1", headers: "n: v\n"))
        #expect(!passes(filter, key: "k1"))
        #expect(!passes(filter, key: "l", headers: "n: v\n"))
    }

    @Test(arguments: [
        ("a", true), ("Martlet-Dead-Id", true), ("a.b_C-9", true), ("", false), ("a b", false), ("\u{e9}", false),
    ])
    func `a header's name has letters, digits and few marks`(name: String, expected: Bool) {
        #expect(Array(name.utf8).withUnsafeBytes(HeaderBlock.isName) == expected)
    }

    @Test func `a setting that differs is told with the value that holds`() {
        var named = SubscriptionOptions()
        named.expect = 5_000
        #expect(named.conflict(with: SubscriptionSettings())?.value == "none")
        named.expect = 0
        #expect(named.conflict(with: SubscriptionSettings()) == nil)
        named.expireAfter = 0
        var settings = SubscriptionSettings()
        settings.expireAfter = 86_400_000
        #expect(named.conflict(with: settings)?.value == "1d")
        named.expireAfter = nil
        named.order = .key
        #expect(named.conflict(with: settings)?.value == "none")
        named.order = nil
        named.filter = header("n", "v")
        #expect(named.conflict(with: settings)?.name == "where")
        settings.filter = header("n", "w")
        #expect(named.conflict(with: settings)?.value == "n:w")
    }
}
