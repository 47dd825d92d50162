// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletModel
import Testing

@testable import martlet

/// What the commands that look after a broker take, and what they refuse with exit code 64.
struct AdministrationArgumentTests {
    private func exitCode(_ arguments: [String]) -> Int32? {
        do {
            _ = try Martlet.parseAsRoot(arguments)
            return nil
        } catch {
            return Martlet.exitCode(for: error).rawValue
        }
    }

    @Test(arguments: [
        ["why", "orders"], ["why", "orders", "0"], ["why", "orders", "a b"], ["why", "orders", "id:"],
        ["why", "orders", "1", "a b"], ["why", "orders", String(repeating: "i", count: 201)], ["tree"],
        ["tree", "p", "--limit", "0"], ["tree", "p", "--limit", "2001"], ["peek"], ["peek", "orders", "0"],
        ["peek", "orders", "-1"], ["peek", "orders", "--count", "1001"], ["peek", "orders", "--count", "0"],
        ["subscriptions", "a b"], ["dead", "letters"], ["dead", "list", "orders"],
        ["dead", "list", "o", "b", "--count", "1001"],
        ["dead", "show", "o", "b"], ["dead", "redrive", "o", "b", "--reason", "boredom"],
        ["dead", "redrive", "o", "b", "--rate", "0"], ["dead", "redrive", "o", "b", "--stop", "--dry-run"],
        ["dead", "redrive", "o", "b", "--dry-run", "--watch"], ["dead", "redrive", "o", "b", "--since", "noon"],
        ["parked", "list", "o"], ["parked", "list", "o", "b", "--count", "0"], ["parked", "show", "o", "b"],
        ["parked", "resolve", "o", "b", "1"], ["parked", "resolve", "o", "b", "1", "forget"],
        ["parked", "resolve", "o", "b", "1", "ack", "--note", String(repeating: "n", count: 1_025)],
        ["scheduled", "list", "o", "--after", "17"], ["scheduled", "list", "o", "--after", "1-2-3"],
        ["expect", "p"], ["expect", "p", "t"], ["expect", "p", "t", "--within", "1"],
        ["expect", "p", "t", "--within", "366d"], ["expect", "a b", "t", "--within", "1h"],
        ["expect", "p", "t", "--within", "1h", "--lookback", "366d"], ["unexpect", "p"], ["unexpect", "p", "a b"],
        ["unexpect", "p", "t", "--id", ""],
        ["scheduled", "list"], ["scheduled", "cancel", "o"], ["scheduled", "reschedule", "o", "i"],
        ["scheduled", "reschedule", "o", "i", "--delay", "1h", "--at", "14:30"],
        ["scheduled", "reschedule", "o", "i", "--delay", "1"], ["pause", "o"], ["pause", "o", "b", "--for", "long"],
        ["resume", "o"], ["seek", "o", "b"], ["seek", "o", "b", "middle"], ["seek", "o", "b", "offset:0"],
        ["seek", "o", "b", "time:then"], ["purge"], ["purge", "o", "--before", "-1"], ["create", "queue"],
        ["create", "topic"],
        ["create", "topic", "o", "--retention", "all"], ["create", "topic", "o", "--unsettled", "burn"],
        ["create", "topic", "o", "--max-age", "0s"], ["create", "topic", "o", "--max-bytes", "0"],
        ["create", "topic", "o", "--max-messages", "many"], ["create", "subscription", "o", "b"],
        ["create", "subscription", "o", "b", "--from", "new", "--order", "random"],
        ["create", "subscription", "o", "b", "--from", "new", "--where", "type"],
        ["create", "subscription", "o", "b", "--from", "new", "--where", ":card"],
        ["alter", "topic", "o"], ["alter", "subscription", "o", "b"],
        ["alter", "subscription", "o", "b", "--order", "key"],
        ["alter", "subscription", "o", "b", "--max-failures", "0"],
        ["alter", "subscription", "o", "b", "--max-failures", "1001"],
        ["alter", "subscription", "o", "b", "--on-poison", "eat"], ["delete", "topic"], ["delete", "o"],
        ["delete", "subscription", "o"], ["pub", "o", "--delay", "1h", "--at", "14:30"], ["pub", "o", "--ttl", "x"],
        ["pub", "o", "--at", "25:00"], ["sub", "o", "b", "--expect", "soon"],
        ["sub", "o", "b", "--expire-after", "0s"],
    ])
    func `a wrong command line is refused`(arguments: [String]) {
        #expect(exitCode(arguments) == 64)
    }

    @Test(arguments: [
        ["why", "orders", "42"], ["why", "$dead.orders.billing", "id:42", "look", "--json"],
        ["why", "orders", String(repeating: "i", count: 200), "--watch"], ["tree", "p", "--limit", "2000", "--watch"],
        ["peek", "$sys.message.dead"], ["peek", "orders", "7", "--count", "1000", "--json"], ["topics", "--all"],
        ["topics", "--json", "--watch"], ["subscriptions", "orders", "--watch"], ["dead", "list", "o", "b"],
        ["dead", "show", "o", "b", "o-17"], ["dead", "redrive", "o", "b", "--stop"],
        [
            "dead", "redrive", "o", "b", "--reason", "rejected", "--since", "09:00", "--until", "2026-11-27", "--limit",
            "1",
        ],
        ["parked", "list", "o", "b", "--count", "1000", "--after", "3"], ["parked", "show", "o", "b", "1"],
        ["parked", "resolve", "o", "b", "o-1", "retry", "--note", String(repeating: "n", count: 1_024)],
        ["scheduled", "list", "o", "--watch"], ["scheduled", "cancel", "o", "1"],
        ["scheduled", "list", "o", "--after", "1790000000000-17"],
        ["expect", "p", "t", "--within", "365d", "--lookback", "5m", "--id", "i"], ["unexpect", "p", "t", "--id", "i"],
        ["scheduled", "reschedule", "o", "i", "--delay", "0s"], ["pause", "o", "b", "--for", "30m"],
        ["resume", "o", "b"], ["seek", "o", "b", "time:2026-11-27 14:30", "--yes"], ["purge", "o", "--before", "3"],
        ["create", "topic", "o", "--retention", "work", "--unsettled", "drop", "--max-age", "none"],
        ["create", "topic", "o", "--max-bytes", "10GiB", "--max-messages", "1", "--dedup-window", "0s"],
        ["alter", "topic", "o", "--max-bytes", "none"], ["alter", "subscription", "o", "b", "--expect", "none"],
        ["delete", "topic", "o", "--yes"], ["delete", "subscription", "o", "b"],
        ["pub", "o", "--delay", "1h", "--ttl", "5m", "--process", "p-{n}", "--cause", "o:1"],
        ["sub", "o", "b", "--from", "new", "--order", "key", "--on-poison", "park", "--on-expire", "dead", "--alter"],
    ])
    func `a right command line is taken`(arguments: [String]) {
        #expect(exitCode(arguments) == nil)
    }

    @Test func `a message is named by its offset or its id`() throws {
        #expect(try MessageArgument.parse("42") == .offset(42))
        #expect(try MessageArgument.parse("o-42") == .id(Array("o-42".utf8)))
        #expect(try MessageArgument.parse("id:42") == .id(Array("42".utf8)))
        // As an offset it would not be what was typed.
        #expect(try MessageArgument.parse("042") == .id(Array("042".utf8)))
    }

    @Test func `settings of a subscription are all asked for`() throws {
        let command = try CreateSubscriptionCommand.parse([
            "o", "b", "--from", "offset:7", "--lease", "5m", "--max-failures", "3", "--max-deliveries", "9",
            "--backoff", "1s,2m", "--on-poison", "park", "--on-expire", "dead", "--expect", "1h", "--expire-after",
            "30d",
            "--order", "all", "--where", "type: card", "--key-prefix", "eu-", "--ephemeral",
        ]).command()
        var options = SubscriptionOptions()
        (options.lease, options.maxFailures, options.maxDeliveries) = (300_000, 3, 9)
        (options.backoff, options.onPoison, options.onExpire) = ([1_000, 120_000], .park, .dead)
        (options.expect, options.expireAfter, options.order) = (3_600_000, 30 * 86_400_000, .all)
        options.filter = Filter(header: "type", value: Array("card".utf8), keyPrefix: Array("eu-".utf8))
        options.ephemeral = true
        #expect(command == .createSubscription(topic: "o", name: "b", from: .offset(7), options: options))
    }

    @Test func `sub names the settings, and says when they are to be changed`() throws {
        let command = try SubscribeCommand.parse([
            "o", "b", "--order", "key", "--on-poison", "park", "--expect", "none", "--alter",
        ]).command()
        #expect(command.options.order == .key && command.options.onPoison == .park && command.options.expect == 0)
        #expect(command.alters)
        #expect(try !SubscribeCommand.parse(["o", "b"]).command().alters)
    }

    @Test func `settings of a topic are all asked for`() throws {
        let options = try TopicSettingOptions.parse([
            "--retention", "interest", "--unsettled", "drop", "--max-age", "7d", "--max-bytes", "2KiB",
            "--max-messages", "none", "--dedup-window", "1h",
        ]).options()
        #expect(options.retention == .interest && options.unsettled == .drop)
        #expect(options.maxAge == 7 * 86_400_000 && options.maxBytes == 2_048 && options.maxMessages == 0)
        #expect(options.dedupWindow == 3_600_000)
        #expect(try TopicSettingOptions.parse([]).options() == TopicOptions())
    }

    @Test func `a redrive has its filters`() throws {
        let command = try DeadRedriveCommand.parse([
            "o", "b", "--id", "o-1", "--reason", "expired", "--code", "E42", "--key", "k", "--since", "5",
            "--until", "6", "--rate", "7", "--limit", "8", "--dry-run",
        ]).command()
        var redrive = Redrive(topic: "o", subscription: "b")
        redrive.filter.id = Array("o-1".utf8)
        redrive.filter.key = Array("k".utf8)
        (redrive.filter.reason, redrive.filter.code) = ("expired", "E42")
        (redrive.filter.since, redrive.filter.until) = (5, 6)
        (redrive.rate, redrive.limit, redrive.isDryRun) = (7, 8, true)
        #expect(command == .redrive(redrive))
        #expect(try DeadRedriveCommand.parse(["o", "b", "--stop"]).command() == .stopRedrive(topic: "o", name: "b"))
    }

    @Test(arguments: [("y", true), (" YES \n", true), ("", false), ("n", false), ("yesterday", false)])
    func `only a yes is a yes`(answer: String, isYes: Bool) {
        #expect(ConsentOptions.isConsent(answer) == isYes)
    }

    @Test(arguments: [
        ("orders", "orders"), ("o-1:x/y", "o-1:x/y"), ("$dead.o.b", "'$dead.o.b'"), ("a b", "'a b'"), ("", "''"),
        ("it's", #"'it'\''s'"#), ("ä", "ä"), ("*", "'*'"), ("a;b", "'a;b'"),
    ])
    func `a suggested command can be copied into a shell`(word: String, quoted: String) {
        #expect(ShellWord.quoted(word) == quoted)
    }

    @Test func `a suggestion names the broker that was named`() {
        #expect(Suggestion(options: []).command("why", "$sys.x", "1") == "martlet why '$sys.x' 1")
        let there = Suggestion(options: ["--server", "there:1"])
        #expect(there.command("why", "o", "1") == "martlet why o 1 --server there:1")
    }
}
