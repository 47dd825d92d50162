// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// A subscription with its settings, its position and what it counts.
struct SubscriptionLine: Codable {
    static let type = "subscription"

    struct Earlier: Codable {
        var position: UInt64
        var end: UInt64
        var floor: UInt64
        var time: UInt64
    }

    struct FilterLine: Codable {
        var header: String?
        var value: LineBytes?
        var keyPrefix: LineBytes?
    }

    var type = SubscriptionLine.type
    var id: UInt64
    var topic: String
    var name: String
    var lease: Int
    var maxFailures: Int
    var maxDeliveries: Int
    var backoff: [Int]
    var ephemeral: Bool
    var order: String
    var onPoison: String
    var onExpire: String
    var expect: Int
    var expireAfter: Int
    var filter: FilterLine?
    var position: UInt64
    var start: UInt64
    var floor: UInt64
    var settledAbove: UInt64
    var returned: UInt64
    var lost: UInt64
    var dead: UInt64
    var losses: UInt64
    var parked: UInt64
    var filtered: UInt64
    var reopened: UInt64
    var expected: UInt64
    var pausedUntil: UInt64
    var earlier: [Earlier]?

    init(_ row: StoredSubscription, topic: String) {
        let settings = row.settings
        (id, self.topic, name) = (row.id, topic, row.name)
        (lease, maxFailures, maxDeliveries) = (settings.lease, settings.maxFailures, settings.maxDeliveries)
        (backoff, ephemeral, order) = (settings.backoff, settings.ephemeral, settings.order.word)
        (onPoison, onExpire) = (settings.onPoison.word, settings.onExpire.word)
        (expect, expireAfter) = (settings.expect, settings.expireAfter)
        if !settings.filter.isEmpty {
            filter = FilterLine(
                header: settings.filter.header.isEmpty ? nil : settings.filter.header,
                value: LineBytes(unlessEmpty: settings.filter.value),
                keyPrefix: LineBytes(unlessEmpty: settings.filter.keyPrefix))
        }
        (position, start, floor, settledAbove) = (row.position, row.start, row.floor, row.settledAbove)
        (returned, lost, dead, losses) = (row.deferredRows, row.lost, row.dead, row.losses)
        (parked, filtered, reopened, expected) = (row.parked, row.filtered, row.reopened, row.expected)
        pausedUntil = row.pausedUntil
        let positions = row.earlier.map {
            Earlier(position: $0.position, end: $0.end, floor: $0.floor, time: $0.time)
        }
        earlier = positions.isEmpty ? nil : positions
    }

    func row(topic: UInt64) throws -> StoredSubscription {
        guard let order = Order(word: order), let onPoison = OnPoison(word: onPoison),
            let onExpire = OnExpire(word: onExpire)
        else { throw DataError(.refused, "subscription '\(name)' has settings that this martlet does not know") }
        guard name.utf8.count <= 255, (earlier ?? []).count <= EarlierPosition.limit, lease > 0, maxFailures > 0,
            maxDeliveries > 0, backoff.allSatisfy({ $0 >= 0 }), expect >= 0, expireAfter >= 0
        else { throw DataError(.refused, "subscription '\(name)' has settings that none can have") }
        var settings = SubscriptionSettings(
            lease: lease, maxFailures: maxFailures, maxDeliveries: maxDeliveries, backoff: backoff,
            ephemeral: ephemeral)
        (settings.order, settings.onPoison, settings.onExpire) = (order, onPoison, onExpire)
        (settings.expect, settings.expireAfter) = (expect, expireAfter)
        if let filter {
            settings.filter = Filter(
                header: filter.header ?? "", value: filter.value.orEmpty, keyPrefix: filter.keyPrefix.orEmpty)
        }
        var row = StoredSubscription(id: id, topic: topic, name: name, settings: settings, floor: floor)
        (row.position, row.start, row.settledAbove) = (position, start, settledAbove)
        (row.deferredRows, row.lost, row.dead, row.losses) = (returned, lost, dead, losses)
        (row.parked, row.filtered, row.reopened, row.expected) = (parked, filtered, reopened, expected)
        row.pausedUntil = pausedUntil
        row.earlier = (earlier ?? []).map {
            EarlierPosition(position: $0.position, end: $0.end, floor: $0.floor, time: $0.time)
        }
        return row
    }
}
