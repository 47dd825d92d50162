// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The faults, each with what a handler will see of it.
extension FaultyLink {
    /// Drops the connection at a frame of one side.
    ///
    /// At a command, the client sees its connection end without a reply. Dropped `before`, the command was never done;
    /// dropped `after`, the broker has done it and the client was not told. The client cannot tell: a publish is
    /// *unknown*, an open transaction is gone, and a handler's deliveries come again, to it or to another.
    ///
    /// At a reply or a push, the client sees its connection end `before` it has that frame or right `after`. A message
    /// that was dropped, or whose handler was still running, is delivered again: its attempt has grown, although the
    /// handler may never have seen the first.
    ///
    /// - Parameters:
    ///   - moment: Whether the receiver gets the frame.
    ///   - side: Who sends it.
    ///   - skipping: Frames that match and are spared first.
    ///   - times: Frames after those that meet the fault.
    ///   - matches: Which frames count; all of that side by default.
    public func drop(
        _ moment: DropMoment, _ side: FrameSide, skipping: Int = 0, times: Int = 1,
        where matches: @escaping @Sendable (LinkFrame) -> Bool = { _ in true }
    ) async {
        await add(moment == .before ? .dropBefore : .dropAfter, side, skipping, times, matches)
    }

    /// Loses the reply to a command: the broker does it and answers, the answer is thrown away and the connection ends.
    ///
    /// The client does not know what became of the command. A publish that is tried again with its id is answered
    /// `DUP`; after a lost `COMMIT` the step was done and is *not* delivered again, `OUTCOME` tells; after a lost `ACK`
    /// nothing comes again; after a lost `NACK` the message does.
    ///
    /// - Parameters:
    ///   - word: The command, such as `COMMIT`.
    ///   - skipping: Commands of that word that are answered first.
    ///   - times: Commands after those whose replies are lost.
    public func loseReply(to word: String, skipping: Int = 0, times: Int = 1) async {
        await loseReply(skipping: skipping, times: times) { $0.word == word }
    }

    /// Loses the replies to the commands that match.
    public func loseReply(
        skipping: Int = 0, times: Int = 1, where matches: @escaping @Sendable (LinkFrame) -> Bool
    ) async {
        await add(.loseReply, .client, skipping, times, matches)
    }

    /// Sends a publish to the broker twice; the client sees the first reply only.
    ///
    /// With an id the topic holds the message once. Without, it holds it twice, and a handler gets two messages with
    /// different offsets and the same body. Publishes between `BEGIN` and `COMMIT` do not count and are not repeated.
    ///
    /// - Parameters:
    ///   - skipping: Publishes that match and are sent once first.
    ///   - times: Publishes after those that are repeated.
    ///   - matches: Which publishes count; all of them by default.
    public func repeatPublish(
        skipping: Int = 0, times: Int = 1, where matches: @escaping @Sendable (LinkFrame) -> Bool = { _ in true }
    ) async {
        await add(.twice, .client, skipping, times, matches)
    }

    /// Delivers a message twice, with the same tag, offset and attempt.
    ///
    /// No broker does this; who does not look at tags sees it as two runs for one message that look exactly alike, the
    /// second while the first may still run. Both settle the same tag, which is answered `OK` both times or not at all.
    /// `MartletClient` takes a tag that it holds for one delivery: its handlers see the second only when the first is
    /// settled.
    ///
    /// - Parameters:
    ///   - skipping: Messages that match and are delivered once first.
    ///   - times: Messages after those that are repeated.
    ///   - matches: Which messages count; all of them by default.
    public func repeatMessage(
        skipping: Int = 0, times: Int = 1, where matches: @escaping @Sendable (LinkFrame) -> Bool = { _ in true }
    ) async {
        await add(.twice, .broker, skipping, times, matches)
    }

    /// Delivers a message behind the next one of the same consumer.
    ///
    /// A handler sees a later offset and tag first. When no other message comes, the message goes on alone, in order:
    /// before the next word of the broker other than a reply to `PUB`, `TOUCH` or a settle command, or when the broker
    /// has been quiet for a moment.
    ///
    /// - Parameters:
    ///   - skipping: Messages that match and are left in place first.
    ///   - times: Messages after those that are overtaken.
    ///   - matches: Which messages count; all of them by default.
    public func swapMessages(
        skipping: Int = 0, times: Int = 1, where matches: @escaping @Sendable (LinkFrame) -> Bool = { _ in true }
    ) async {
        await add(.swap, .broker, skipping, times, matches)
    }

    /// Shuffles each consumer's messages in windows of so many, in an order that follows from the seed, until `calm`.
    ///
    /// A handler sees offsets and tags out of order by up to a window. A window that does not fill goes on as
    /// `swapMessages` says, shuffled as far as it is. Below 2, nothing is shuffled any more.
    public func shuffleMessages(window: Int, seed: UInt64) async {
        await change {
            $0.shuffleWindow = window
            $0.reseed(seed)
        }
    }

    /// Lets frames wait until `release`.
    ///
    /// A handler sees its messages late: leases go on meanwhile, so a message may have been lost to the handler before
    /// it begins, and another consumer may have it. With `fromClient` a settle or `TOUCH` comes too late; with
    /// `fromBroker` replies do. The end of a connection waits behind what is held; a drop loses what is held. The link
    /// keeps what waits in memory, without a limit.
    public func hold(_ scope: LinkScope) async {
        await change { $0.held.insert(scope) }
    }

    /// Ends a `hold` or a `delay`; what waited goes on in its order, before anything new.
    public func release(_ scope: LinkScope) async {
        await change(releasing: true) {
            $0.held.remove(scope)
            $0.delays[scope] = nil
        }
    }

    /// Lets each frame wait for a time, in its order, until `release`; `hold` outlasts it.
    ///
    /// A handler sees the same as with `hold`, for that long.
    public func delay(_ scope: LinkScope, by duration: Duration) async {
        await change { $0.delays[scope] = duration }
    }

    /// Throws faults by chance until `calm`, drawn from the seed for each connection and side on its own.
    ///
    /// Each is a probability from 0 to 1 for each frame that it fits: drops and lost replies for commands other than
    /// heartbeats, drops for messages, repeats for publishes outside transactions and for messages, and messages that
    /// change places with the next. A frame meets one fault at most. Handlers see all that the single faults describe.
    public func chaos(
        seed: UInt64, drop: Double = 0, loseReply: Double = 0, repeatPublish: Double = 0, repeatMessage: Double = 0,
        reorder: Double = 0
    ) async {
        await change {
            $0.chaos = FaultPlan.Chaos(
                drop: drop, loseReply: loseReply, repeatPublish: repeatPublish, repeatMessage: repeatMessage,
                reorder: reorder)
            $0.reseed(seed)
        }
    }

    /// Ends all faults, also those that were asked for and have not come; what waited goes on.
    public func calm() async {
        await change(releasing: true) { $0.calm() }
    }

    private func add(
        _ fault: FaultPlan.Fault, _ side: FrameSide, _ skipping: Int, _ times: Int,
        _ matches: @escaping @Sendable (LinkFrame) -> Bool
    ) async {
        guard times > 0 else { return }
        await change {
            $0.rules.append(
                FaultPlan.Rule(fault: fault, side: side, skipping: skipping, times: times, matches: matches))
        }
    }
}
