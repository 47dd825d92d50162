// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletClient
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS

/// The client's side of TLS without a socket: bytes go in and come out, on the thread that made it.
///
/// It is for programs that hold their sockets themselves.
package final class TLSEngine {
    /// What is not as a client should have it.
    package struct Oddity: Sendable {
        /// Whether it speaks TLS 1.1 and nothing newer.
        package var isOld = false
        /// Whether it takes any certificate.
        package var isTrustful = false

        package init(isOld: Bool = false, isTrustful: Bool = false) {
            self.isOld = isOld
            self.isTrustful = isTrustful
        }
    }

    private let channel = EmbeddedChannel()
    private let handler: NIOSSLClientHandler
    private let watch = HandshakeWatch()

    /// Begins a handshake; the first bytes to send are those of `takeOutput`.
    package init(_ tls: ClientConfiguration.TLS, _ oddity: Oddity = Oddity()) throws {
        var settings = TLSConfiguration.makeClientConfiguration()
        if oddity.isOld { (settings.minimumTLSVersion, settings.maximumTLSVersion) = (.tlsv1, .tlsv11) }
        if oddity.isTrustful { settings.certificateVerification = .none }
        if case .file(let path) = tls.trust { settings.trustRoots = .file(path) }
        if let certificate = tls.certificate, let key = tls.key {
            settings.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
            settings.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        }
        handler = try NIOSSLClientHandler(context: NIOSSLContext(configuration: settings), serverHostname: nil)
        try channel.pipeline.syncOperations.addHandlers(CloseShield(), handler, watch)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    deinit {
        // The handler lets go of its memory when it is removed.
        channel.pipeline.fireChannelInactive()
        channel.pipeline.syncOperations.removeHandler(handler, promise: nil)
    }

    /// Whether the handshake is done on this side.
    package var isEstablished: Bool { watch.isDone }

    /// The bytes to send to the peer.
    package func takeOutput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Takes bytes that the peer sent.
    ///
    /// - Returns: what they say.
    package func receive(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        var plain: [UInt8] = []
        while let buffer = try channel.readInbound(as: ByteBuffer.self) {
            buffer.withUnsafeReadableBytes { plain.append(contentsOf: $0) }
        }
        return plain
    }

    /// Says something to the peer; it leaves with the next bytes once the handshake is done.
    package func write(_ bytes: UnsafeRawBufferPointer) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Says that nothing more will be said.
    package func endOutput() { channel.close(mode: .output, promise: nil) }

    /// Notes the end of the handshake.
    private final class HandshakeWatch: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var isDone = false

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted? = event as? TLSUserEvent { isDone = true }
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Keeps the channel open, which knows no half.
    private final class CloseShield: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            promise?.succeed()
        }
    }
}
