// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletProtocol
import MartletService
import NIOCore

/// Where the conversation of one connection stands, and what each event means for it.
///
/// It holds no channel, event loop, clock or logger. Bytes, answers and the time come in as arguments, what to do about
/// them goes out as values, and `ConnectionHandler` does it.
struct ConnectionState: ~Copyable {
    /// What the conversation has come to.
    enum Phase {
        /// Nothing has been said. Can become `open`, `ending` or `closing`.
        case new
        /// Commands are read. Can become `ending` or `closing`.
        case open
        /// No more bytes are taken, and commands wait for their replies. Becomes `closing`.
        case ending
        /// Nothing more is said, and whatever arrives is thrown away. This is the last phase.
        case closing
    }

    /// How long the input stays open behind the output: closing over unread input would take back what was written.
    static let linger = TimeAmount.seconds(1)

    var phase = Phase.new
    let configuration: ServerConfiguration
    let id: ConnectionID
    private var decoder: FrameDecoder
    var receiver: BatchReceiver
    /// Bytes that arrived and were not decoded: an incomplete frame, or more than may be unanswered.
    private var rest = ByteBuffer()
    private var isReadHeld = false
    /// How it was let in; nil until the broker knows the connection.
    var admission: Admission?
    /// The name in the client's certificate, and where it connects from.
    var certificate: String?
    private(set) var address = "unknown"
    /// The heartbeat that was agreed on, in seconds.
    var heartbeat: UInt64 = 0
    var watch: ConnectionWatch
    /// How long `HELLO` may take, in milliseconds.
    private var helloTimeout: Int
    private var pieces = OutboundPieces()
    private var buffers = OutboundBuffers()
    /// Bytes of the piece that is being written.
    private var pieceBytes = 0
    private let memory: SharedMemory
    /// Its room for a large frame; while it waits for that, it is not read.
    private var share: ReceiveShare
    /// Why the connection is closed, once that is decided, if its client did not ask for it.
    var closeReason: CloseReason?
    private var lingerEnd: NIODeadline?
    private var isGone = false
    /// Whether the client has ended its output while some of ours waits for it.
    private var isInputOver = false

    /// Makes the state of a connection that was opened now.
    init(
        id: ConnectionID, configuration: ServerConfiguration, pool: BatchPool, memory: SharedMemory, idKey: UInt64,
        at now: NIODeadline
    ) {
        self.id = id
        self.configuration = configuration
        self.memory = memory
        share = ReceiveShare(of: id, in: memory.receiving)
        helloTimeout = configuration.helloTimeout
        decoder = FrameDecoder(maxBody: configuration.maxBody)
        receiver = BatchReceiver(
            connection: id, pool: pool, idKey: idKey,
            limits: Backpressure.Limits(publishes: configuration.maxUnansweredPublishes))
        watch = ConnectionWatch(configuration, at: now)
    }

    /// When to call `check` next; nil when there is nothing left to check.
    var nextCheck: NIODeadline? { isGone ? nil : lingerEnd ?? watch.nextCheck }

    // MARK: - Input

    /// Bytes arrived.
    mutating func received(_ buffer: inout ByteBuffer, at now: NIODeadline) -> Arrival {
        watch.heard(at: now)
        guard phase == .new || phase == .open else { return .nothing }
        if phase == .new, rest.readableBytes == 0, SecureSocket.isHandshake(buffer) {
            (phase, closeReason) = (.closing, .unexpectedTLS)
            return .refusal(Refusal(.helloRequired, "expected HELLO 1 as the first line; this port speaks no TLS"))
        }
        if rest.readableBytes > 0 {
            rest.writeBuffer(&buffer)
            return decodeRest(at: now)
        }
        let size = buffer.readableBytes
        let arrival = decode(&buffer)
        let isNew = buffer.readableBytes < size
        if buffer.readableBytes > 0 {
            rest.clear()
            rest.writeBuffer(&buffer)
        }
        account(isNew: isNew, at: now)
        return arrival
    }

    /// Whether the client is on this machine is known now, and with it how long its `HELLO` may take.
    mutating func opened(isLocal: Bool, from address: String? = nil, at now: NIODeadline) {
        self.address = address ?? self.address
        guard isLocal else { return }
        helloTimeout = configuration.helloTimeoutLocal
        watch.awaitHello(.milliseconds(Int64(helloTimeout)), at: now)
    }

    /// Counts what is half received; a large frame that finds no room is not read on until there is some.
    private mutating func account(isNew: Bool, at now: NIODeadline) {
        let held = rest.readableBytes
        // Whole frames that wait for answers to others are not unfinished.
        let needed = held == 0 || phase != .open ? 0 : decoder.needed
        watch.holds(needed > 1 ? held : 0, isNew: isNew, at: now)
        share.holds(held, of: needed, isNew: isNew)
    }

    /// There is room for the large frame that was not read on.
    mutating func granted(at now: NIODeadline) -> Actions {
        guard share.grant() else { return Actions() }
        watch.doesNotRead(at: now)
        return goOn(at: now)
    }

    /// The broker has room for commands again.
    mutating func uncrowded(at now: NIODeadline) -> Actions { goOn(at: now) }

    /// Whether commands wait, or are not read, only because too much of others waits for the broker.
    var isCrowdedOut: Bool { receiver.isCrowded && (phase == .open || phase == .ending) }

    /// Everything that the socket had was received; gives the commands to hand to the broker.
    mutating func readCompleted() -> CommandBatch? {
        // Commands that came with a refused HELLO are not carried out.
        admission == nil ? nil : receiver.takeBatch()
    }

    /// The channel wants to read; when this is false, it is to wait for an action that says `reads`.
    mutating func allowsRead() -> Bool {
        receiver.isCrowded = receiver.pool.isCrowded
        isReadHeld = phase == .open && (share.isWaiting || !receiver.wantsMore)
        return !isReadHeld
    }

    /// The client sends no more, or no more of it is read; what it said is answered first.
    mutating func inputClosed() -> Actions {
        guard phase == .open || phase == .ending else {
            // What was said to it still leaves.
            isInputOver = phase == .closing && lingerEnd == nil && pieces.isWaiting
            return Actions(close: isInputOver ? nil : .all)
        }
        phase = .ending
        return isAnswered ? closeOutput() : Actions()
    }

    private mutating func decodeRest(at now: NIODeadline) -> Arrival {
        var buffer = ByteBuffer()
        swap(&buffer, &rest)
        let size = buffer.readableBytes
        let arrival = decode(&buffer)
        let isNew = buffer.readableBytes < size
        if buffer.readableBytes == 0 {
            // A large message must not leave its memory behind.
            if buffer.capacity > 64 * 1_024 { buffer = ByteBuffer() } else { buffer.clear() }
        } else if buffer.readerIndex > 64 * 1_024 {
            buffer.discardReadBytes()
        }
        rest = buffer
        account(isNew: isNew, at: now)
        return arrival
    }

    private mutating func decode(_ buffer: inout ByteBuffer) -> Arrival {
        receiver.isCrowded = receiver.pool.isCrowded
        let (consumed, fatal) = buffer.withUnsafeReadableBytes { decoder.decode($0, into: &receiver) }
        buffer.moveReaderIndex(forwardBy: consumed)
        var arrival = Arrival.nothing
        if phase == .new {
            if let hello = receiver.takeHello() {
                arrival = greet(hello)
            } else if let fatal {
                phase = .closing
                closeReason = .noHello(fatal.code)
                arrival = .refusal(fatal)
            }
        }
        if phase != .closing {
            // The commands before the error are answered first, so its reply takes its turn behind theirs.
            if let fatal {
                receiver.refuse(fatal)
                closeReason = .badFrame(fatal.code)
            }
            if fatal != nil || receiver.isEnded { phase = .ending }
        }
        if fatal != nil || receiver.isEnded || phase == .closing { buffer.clear() }
        return arrival
    }

    // MARK: - Output

    /// Answers were written.
    ///
    /// - Parameters:
    ///   - publishes: publishes that they answer.
    ///   - commands: other commands that they answer.
    ///   - closes: whether the connection ends behind them.
    mutating func answered(publishes: Int, commands: Int, closes: Bool, at now: NIODeadline) -> Actions {
        receiver.backpressure.answered(publishes + commands)
        return closes ? closeOutput() : goOn(at: now)
    }

    /// The channel can take more output, or should not be given more for now.
    mutating func writabilityChanged(_ isWritable: Bool, at now: NIODeadline) -> Actions {
        receiver.isWritable = isWritable
        return goOn(at: now)
    }

    /// A buffer of the next piece is handed to the channel.
    ///
    /// - Parameters:
    ///   - bytes: bytes to send.
    ///   - memory: bytes of memory that are free again when all of them have been taken.
    mutating func writes(_ bytes: Int, memory held: Int) {
        pieceBytes += bytes
        buffers.add(bytes, memory: held)
        memory.outbound.change(by: bytes > 0 ? held : 0)
    }

    /// A piece was written: everything that `writes` told of since the last one.
    ///
    /// - Parameter waiting: bytes of this and earlier pieces that the socket has not taken.
    /// - Returns: whether more waits behind the piece under way than may.
    mutating func wrote(waiting: Int, at now: NIODeadline) -> Bool {
        if pieces.wrote(pieceBytes, waiting: waiting) { watch.progressed(at: now) }
        pieceBytes = 0
        lookAtBuffers(waiting: waiting)
        guard pieces.bytesBehind > configuration.outboundLimit else { return false }
        closeReason = .slowReader
        return true
    }

    /// The socket was asked how much it has not taken.
    ///
    /// - Returns: what is held for it.
    @discardableResult
    mutating func look(waiting: Int, at now: NIODeadline) -> UntakenMemory {
        if pieces.look(waiting: waiting) { watch.progressed(at: now) }
        lookAtBuffers(waiting: waiting)
        return UntakenMemory(connection: id, bytes: buffers.held, idle: now - watch.lastProgress)
    }

    private mutating func lookAtBuffers(waiting: Int) {
        let before = buffers.held
        buffers.look(waiting: waiting)
        memory.outbound.change(by: buffers.held - before)
    }

    /// The connection is given up; what was held for it counts no more.
    mutating func giveUp(_ reason: CloseReason) {
        (phase, closeReason) = (.closing, closeReason ?? reason)
        rest = ByteBuffer()
        share.release()
        releaseBuffers()
    }

    private mutating func releaseBuffers() {
        memory.outbound.change(by: -buffers.held)
        buffers = OutboundBuffers()
    }

    /// The output was closed behind everything that was written, or could not be.
    mutating func outputClosed(at now: NIODeadline) {
        lingerEnd = isInputOver ? now : now + Self.linger
    }

    /// Nothing more is to be said.
    mutating func end() -> Actions {
        closeOutput()
    }

    /// The connection is gone.
    ///
    /// - Returns: whether the broker is to be told.
    mutating func gone() -> Bool {
        phase = .closing
        isGone = true
        share.release()
        releaseBuffers()
        pieces = OutboundPieces()
        return admission != nil
    }

    /// Decodes what was left while too much was unanswered, and reads on.
    private mutating func goOn(at now: NIODeadline) -> Actions {
        var actions = Actions()
        guard phase == .open || phase == .ending else { return actions }
        receiver.isCrowded = receiver.pool.isCrowded
        if receiver.wantsMore {
            if rest.readableBytes > 0 {
                let arrival = decodeRest(at: now)
                assert(arrival == .nothing, "HELLO is read before anything can be unanswered")
                actions.batch = receiver.takeBatch()
            }
            if isReadHeld, phase == .open, receiver.wantsMore, !share.isWaiting {
                isReadHeld = false
                actions.reads = true
            }
        }
        guard phase == .ending, isAnswered else { return actions }
        assert(actions.batch == nil, "what was just decoded is not answered yet")
        return closeOutput()
    }

    /// Whether everything was answered that the client sent, but for a frame that it broke off.
    private var isAnswered: Bool {
        receiver.backpressure.isIdle && (receiver.isEnded || rest.readableBytes == 0 || receiver.wantsMore)
    }

    private mutating func closeOutput() -> Actions {
        guard phase != .closing else { return Actions() }
        phase = .closing
        rest = ByteBuffer()
        share.release()
        return Actions(close: .output, reads: isReadHeld)
    }

    // MARK: - Time

    /// The time of `nextCheck` has come.
    ///
    /// - Parameter waiting: bytes that were written and that the socket has not taken.
    mutating func check(at now: NIODeadline, waiting: Int) -> Finding {
        if let lingerEnd { return now >= lingerEnd ? .lost : .fine }
        look(waiting: waiting, at: now)
        // A client that is not listened to cannot be called silent.
        if phase == .open, isReadHeld || !receiver.wantsMore { watch.heard(at: now) }
        // Nor does it fail to go on with a frame; and what it said before is answered first.
        if phase != .open || isReadHeld || !receiver.wantsMore || !receiver.backpressure.isIdle {
            watch.doesNotRead(at: now)
        }
        switch watch.verdict(isWaiting: pieces.isWaiting, at: now) {
        case .fine: return .fine
        case .ping: return phase == .closing ? .fine : .ping
        case .silent: return lost(.silent)
        case .stalled: return lost(.stalled)
        case .unfinishedFrame:
            let time = DurationCoding.encode(configuration.frameTimeout)
            return refuse(
                .unfinishedFrame, Refusal(.badDataEnd, "expected the rest of what was begun; none came in \(time)"))
        case .noHello:
            guard phase == .new else { return lost(.noHello(.helloRequired)) }
            let time = DurationCoding.encode(helloTimeout)
            return refuse(
                .noHello(.helloRequired), Refusal(.helloRequired, "expected HELLO 1 as the first line in \(time)"))
        }
    }

    private mutating func lost(_ reason: CloseReason) -> Finding {
        closeReason = reason
        return .lost
    }

    /// Others wait for the room of its large frame, of which too little comes.
    mutating func frameIsLate() -> Finding {
        guard share.isLate, phase == .open else { return .fine }
        // What is not read for the broker's sake cannot come; what its client does not read does not count.
        guard !receiver.pool.isCrowded, receiver.backpressure.isIdle else {
            share.excuse()
            return .fine
        }
        let time = DurationCoding.encode(configuration.crowdedFrameTimeout)
        return refuse(
            .unfinishedFrame,
            Refusal(.badDataEnd, "expected the rest of what was begun; too little came in \(time) while others waited"))
    }

    private mutating func refuse(_ reason: CloseReason, _ refusal: Refusal) -> Finding {
        (phase, closeReason) = (.closing, reason)
        rest = ByteBuffer()
        share.release()
        return .refusal(refusal)
    }
}
