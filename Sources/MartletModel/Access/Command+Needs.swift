// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Command {
    /// The rights that the command needs: the one table of them.
    ///
    /// A command without a need is about what belongs to the connection itself (its consumers, which needed a right
    /// when they subscribed, its transaction), or its answer leaves out what the user may not consume.
    package var needs: [Need] {
        switch self {
        case .publish(let request): [Need(.publish, topic: request.topic)]
        case .subscribe(let request):
            // With `alter` it changes what all consumers of the subscription share.
            request.alters
                ? [Need(.consume, topic: request.topic), Need(.manage, topic: request.topic)]
                : [Need(.consume, topic: request.topic)]
        case .settle, .touch, .window, .unsubscribe, .receipt: []
        case .createTopic(let topic, _), .deleteTopic(let topic), .alterTopic(let topic, _), .purge(let topic, _),
            .createSubscription(let topic, _, _, _), .deleteSubscription(let topic, _),
            .alterSubscription(let topic, _, _), .pause(let topic, _, _), .resume(let topic, _), .seek(let topic, _, _),
            .cancel(let topic, _), .reschedule(let topic, _, _), .stopRedrive(let topic, _):
            [Need(.manage, topic: topic)]
        case .redrive(let request): [Need(.manage, topic: request.topic)]
        case .resolve(let request): [Need(.manage, topic: request.topic)]
        case .info(.topic(let topic)), .info(.subscription(let topic, _)), .info(.leases(let topic, _, _, _)),
            .peek(let topic, _, _), .scheduled(let topic, _, _, _), .parked(let topic, _, _, _), .why(let topic, _, _),
            .unexpect(_, let topic, _):
            [Need(.consume, topic: topic)]
        case .expect(let request): [Need(.consume, topic: request.topic)]
        // They tell of what the user may consume, and of nothing else.
        case .info(.broker), .info(.topics), .info(.consumers), .info(.survey), .tree: []
        case .begin, .commit, .abort, .outcome, .ping, .bye: []
        case .get(let space, _), .check(let space, _, _): [Need(.consume, space: space)]
        case .list(let request): [Need(.consume, space: request.space)]
        case .set(let request): [Need(.publish, space: request.space)]
        case .unset(let space, _, _): [Need(.publish, space: space)]
        }
    }
}
