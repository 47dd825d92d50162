// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import CoreMetrics
public import NIOCore
public import Tracing

/// How a client reaches its broker and how much it takes on.
public struct ClientConfiguration: Sendable {
    /// One place where a broker listens.
    public struct Address: Sendable, Hashable, CustomStringConvertible {
        /// The host's name or address.
        public var host: String
        /// The port.
        public var port: Int

        /// Makes an address; the broker's usual port is 7250.
        public init(host: String, port: Int = 7250) {
            self.host = host
            self.port = port
        }

        /// `host:port`, with brackets around an IPv6 address.
        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// How long a client waits before it tries again: the wait doubles from one to the other limit, and each is drawn
    /// at random between its half and its whole, so that many clients do not come back at the same moment.
    public struct Backoff: Sendable, Hashable {
        /// The first wait.
        public var least: Duration
        /// The longest wait.
        public var most: Duration

        /// Makes a backoff.
        public init(least: Duration = .milliseconds(100), most: Duration = .seconds(10)) {
            self.least = least
            self.most = most
        }
    }

    /// Where a broker may be found; they are tried in turn.
    public var addresses: [Address]
    /// The name that the broker shows for this client, at most 200 bytes.
    public var name: String
    /// The token that the client shows to a broker that has users, or nil; keep it out of arguments and logs.
    public var token: String?
    /// How often each side shows that it is alive, in whole seconds from 1 to 3,600.
    ///
    /// A side that is silent for two of them is given up. The broker may choose a shorter one.
    public var heartbeat: Duration = .seconds(30)
    /// How long opening a connection, with the broker's answer to the first line, may take.
    public var connectTimeout: Duration = .seconds(5)
    /// How long the client waits before it tries to connect again.
    public var backoff = Backoff()
    /// After how many failed attempts in a row to connect `run` gives up; nil means never.
    public var maxConnectAttempts: Int?
    /// How many messages may be published and not yet confirmed; further publishes wait in their order.
    public var maxInFlightMessages = 4_096
    /// How many bytes of publishes may be unconfirmed; further publishes wait in their order.
    public var maxInFlightBytes = 16 << 20
    /// How long running handlers may take to finish when the client or a consumer shuts down.
    public var drainTimeout: Duration = .seconds(30)
    /// How connections are secured, as `martlets://` asks for; nil when they are not.
    public var tls: TLS?
    /// Is handed each channel before it is connected, on its event loop.
    package var onConnect: (@Sendable (any Channel) -> Void)?
    /// Where the connection lives; without one it is one loop of NIO's group for the whole process.
    public var eventLoopGroup: (any EventLoopGroup)?
    /// Where random numbers come from; without one it is the system.
    public var random: (@Sendable () -> UInt64)?
    /// Where metrics go; without one to what the program has bootstrapped.
    public var metrics: (any MetricsFactory)?
    /// Where spans go; without one to what the program has bootstrapped.
    public var tracer: (any Tracer)?

    /// Makes a configuration of addresses.
    public init(addresses: [Address], name: String = "martlet-swift") {
        self.addresses = addresses
        self.name = name
    }

    /// Makes a configuration of `martlet://host:port,host2:port2`, or of `martlets://` and the same for TLS; a host
    /// without a port means port 7250.
    ///
    /// - Parameters:
    ///   - url: The addresses.
    ///   - name: The name that the broker shows for this client.
    ///   - tls: How connections are secured with `martlets://`; without it the authorities of the machine are trusted
    ///     and no certificate is shown.
    /// - Throws: `ClientError` with code `badArgument` that says what is wrong with the text.
    public init(_ url: String, name: String = "martlet-swift", tls: TLS? = nil) throws(ClientError) {
        let rest: Substring
        let isSecure = url.hasPrefix("martlets://")
        if isSecure {
            rest = url.dropFirst(11)
        } else if url.hasPrefix("martlet://") {
            guard tls == nil else {
                throw ClientError(.badArgument, "\(url): expected martlets:// for a connection with TLS")
            }
            rest = url.dropFirst(10)
        } else {
            throw ClientError(.badArgument, "\(url): expected martlet://host:port,host:port, or martlets:// for TLS")
        }
        var addresses: [Address] = []
        for part in rest.split(separator: ",", omittingEmptySubsequences: false) {
            guard let address = Address(part) else {
                throw ClientError(.badArgument, "\(url): '\(part)' is not host or host:port")
            }
            addresses.append(address)
        }
        self.init(addresses: addresses, name: name)
        if isSecure { self.tls = tls ?? TLS() }
    }

    /// Says what is wrong, before anything is connected.
    func check() throws(ClientError) {
        guard !addresses.isEmpty else { throw ClientError(.badArgument, "addresses: expected at least one") }
        for address in addresses where address.host.isEmpty || !(1...65_535).contains(address.port) {
            throw ClientError(.badArgument, "addresses: '\(address)' is not a host with a port from 1 to 65535")
        }
        guard (1...200).contains(name.utf8.count) else {
            throw ClientError(.badArgument, "name: expected 1 to 200 bytes")
        }
        guard (1...3_600).contains(heartbeat.components.seconds) else {
            throw ClientError(.badArgument, "heartbeat: expected 1 to 3600 seconds")
        }
        guard maxInFlightMessages > 0, maxInFlightBytes > 0 else {
            throw ClientError(.badArgument, "maxInFlightMessages, maxInFlightBytes: expected 1 or more")
        }
        guard backoff.least > .zero, backoff.most >= backoff.least else {
            throw ClientError(.badArgument, "backoff: expected a first wait above 0 and a longest not below it")
        }
        if let tls { _ = try SecureContext(tls) }
    }
}

extension ClientConfiguration.Address {
    /// Reads `host`, `host:port` or `[IPv6]:port`; nil when the text is none of them.
    package init?(_ text: some StringProtocol) {
        let text = Substring(text)
        var host = text
        var port = 7250
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0,
                text[colon...].dropFirst().first != "+"
            else { return nil }
            port = Int(number)
            host = text[..<colon]
        }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        // An address with colons needs its brackets, or its last part would be taken for a port.
        guard !host.isEmpty, isBracketed || !host.contains(":"),
            host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"/[]@".utf8.contains($0) })
        else { return nil }
        self.init(host: String(host), port: port)
    }
}
