// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

struct AccessTests {
    @Test(arguments: ["orders", "orders.eu", "orders.*", "a.b.*", "*", "$sys", "$sys.*", "$sys.message.dead"])
    func `a name, prefix.* and * are patterns`(_ text: String) {
        #expect(NamePattern(text) != nil)
    }

    @Test(arguments: [
        "", ".", ".*", "*.*", "or*", "a.*.b", "a*", "a..b", "a b", "$", "$dead", "$dead.orders.billing", "$dead.*",
        "$system", "$sysx.a", "%6f",
    ])
    func `nothing else is a pattern`(_ text: String) {
        #expect(NamePattern(text) == nil)
    }

    @Test func `a name may be as long as names are, and not one byte longer`() {
        #expect(NamePattern(String(repeating: "a", count: Limits.name)) != nil)
        #expect(NamePattern(String(repeating: "a", count: Limits.name + 1)) == nil)
    }

    @Test(arguments: [
        ("orders", "orders", true), ("orders", "orders.eu", false), ("orders", "Orders", false),
        ("orders.*", "orders.eu", true), ("orders.*", "orders.eu.north", true), ("orders.*", "orders", false),
        ("orders.*", "ordersx.eu", false), ("*", "orders", true), ("*", "$sys.message.dead", false),
        ("*", "$dead.orders.billing", true), ("orders", "$dead.orders.billing", true),
        ("orders", "$dead.orders.eu.billing", false), ("orders.*", "$dead.orders.eu.billing", true),
        ("orders.*", "$dead.orders.billing", false), ("billing", "$dead.orders.billing", false),
        ("$sys", "$sys.message.dead", true), ("$sys", "$dead.$sys.billing", false),
        ("$sys.*", "$sys.storage.full", true),
        ("$sys.message.*", "$sys.storage.full", false), ("orders", "$dead.orders", false), ("*", "$dead.orders", false),
    ])
    func `a right is on the names that its pattern means`(_ pattern: String, _ name: String, _ isAllowed: Bool) throws {
        let access = Access(user: "u", consume: [try #require(NamePattern(pattern))])
        #expect(access.allows(.consume, name) == isAllowed)
    }

    @Test func `what is not given is not allowed, and no right brings another`() throws {
        let pattern = try #require(NamePattern("orders"))
        let given: [(Right, Access)] = [
            (.publish, Access(user: "u", publish: [pattern])), (.consume, Access(user: "u", consume: [pattern])),
            (.manage, Access(user: "u", manage: [pattern])),
        ]
        for (right, access) in given {
            #expect(Right.allCases.filter { access.allows($0, "orders") } == [right])
        }
        #expect(Right.allCases.allSatisfy { !Access(user: "u").allows($0, "orders") })
        #expect(Right.allCases.allSatisfy { Access.admin(user: "u").allows($0, "$sys.message.dead") })
    }
}
