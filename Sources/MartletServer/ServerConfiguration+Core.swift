// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletProtocol

// What the server's settings mean for the parts below it.
extension BrokerConfiguration {
    init(_ configuration: ServerConfiguration) throws(ServerError) {
        self.init()
        version = Server.version
        autoCreateTopics = configuration.autoCreateTopics
        window = configuration.window
        lease = configuration.lease
        maxFailures = configuration.maxFailures
        backoff = configuration.backoff
        dataFolder = configuration.dataFolder
        dedupWindow = UInt64(configuration.dedupWindow)
        dedupIDs = configuration.dedupIDs
        mapSize = configuration.mapSize
        reservePercent = configuration.reservePercent
        reserveMinimum = configuration.reserveMinimum
        leaseCap = configuration.leaseCap
        maxSubscriptions = Limits.subscriptions
        for line in configuration.topicPatterns {
            do throws(ProtocolError) {
                let (pattern, options) = try TopicOptions.pattern(line)
                guard let settings = TopicChoice(options) else { continue }
                topicPatterns.append(TopicPattern(pattern: pattern, settings: settings))
            } catch {
                throw ServerError(.configuration, "topics.patterns: '\(line)': \(error.text)")
            }
        }
    }
}

extension TopicChoice {
    /// The settings that options name, or nothing when they name none.
    init?(_ options: TopicOptions) {
        guard options != TopicOptions() else { return nil }
        self.init()
        switch options.retention {
        case "interest": retention = .interest
        case "work": retention = .work
        default: retention = .limits
        }
        maxAge = UInt64(options.maxAge ?? 0)
        maxBytes = options.maxBytes ?? 0
        maxMessages = options.maxMessages ?? 0
        dedupWindow = options.dedupWindow.map(UInt64.init)
        namesLimits =
            options.retention != nil || options.maxAge != nil || options.maxBytes != nil || options.maxMessages != nil
    }
}
