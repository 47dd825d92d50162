// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletProtocol
import MartletService

// What the server's settings mean for the parts below it.
extension BrokerConfiguration {
    init(_ configuration: ServerConfiguration) throws(ServerError) {
        self.init()
        version = Server.version
        autoCreateTopics = configuration.autoCreateTopics
        window = configuration.window
        lease = configuration.lease
        maxFailures = configuration.maxFailures
        maxDeliveries = configuration.maxDeliveries
        backoff = configuration.backoff
        dedupWindow = UInt64(configuration.dedupWindow)
        dedupIDs = configuration.dedupIDs
        leaseCap = configuration.leaseCap
        keyMemory = configuration.keyMemory
        deliveriesBytes = configuration.sendingLimit / 2
        for line in configuration.topicPatterns {
            do throws(Refusal) {
                let (pattern, options) = try TopicOptions.pattern(line)
                topicPatterns.append(TopicPattern(pattern: pattern, options: options))
            } catch {
                throw ServerError(.configuration, "topics.patterns: '\(line)': \(error.text)")
            }
        }
    }
}

extension StorageConfiguration {
    init(_ configuration: ServerConfiguration) {
        self.init()
        folder = configuration.dataFolder
        mapSize = configuration.mapSize
        reservePercent = configuration.reservePercent
        reserveMinimum = configuration.reserveMinimum
    }
}
