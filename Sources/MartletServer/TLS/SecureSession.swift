// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL
import NIOTLS

/// What stands behind the TLS handler: it learns how the handshake went, and tells why a secured connection failed.
final class SecureSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// What the handler behind it has to know of.
    let socket: SecureSocket
    private let handler: NIOSSLServerHandler

    init(_ context: NIOSSLContext, _ configuration: ServerConfiguration, _ deadlines: DeadlineQueue) {
        var options = NIOSSLServerHandler.Configuration()
        // What one large answer took must not stay with its connection.
        options.maximumPreservedOutboundBufferCapacity = 32 << 10
        socket = SecureSocket(handshakeTimeout: .milliseconds(Int64(configuration.helloTimeout)), deadlines)
        handler = NIOSSLServerHandler(context: context, configuration: options)
    }

    /// What secures a channel, from the socket on.
    var handlers: [any ChannelHandler] { [socket, handler, self] }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            socket.established()
            if let name = handler.peerCertificate.flatMap(CertificateName.name) {
                context.fireUserInboundEventTriggered(PresentedCertificate(name: name))
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        // The end of the input without the goodbye of TLS is the end of the input; what was said until then counts.
        case NIOSSLError.uncleanShutdown: break
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError, is NIOSSLCloseTimedOutError:
            // The TLS handler closes by itself.
            let text = TLSFailure.text(error)
            context.fireUserInboundEventTriggered(
                SecurityFailure(reason: socket.isEstablished ? .badRecord(text) : .badHandshake(text)))
        default: context.fireErrorCaught(error)
        }
    }
}
