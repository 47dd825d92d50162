// swift-tools-version: 6.2
// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// Warnings are errors in `make test` and CI, not for those whose compiler may know more of them than ours.
let isStrict = Context.environment["MARTLET_STRICT"] != nil

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (isStrict ? [.treatAllWarnings(as: .error)] : [])

// `make sanitize` builds with locks that the thread sanitizer sees.
let isThreadSanitized = Context.environment["MARTLET_TSAN"] != nil

// `make fuzz` builds a program of what is else a test target, instrumented throughout, in a folder of its own.
let isFuzzing = Context.environment["MARTLET_FUZZ"] != nil
let fuzzed: [Target.Dependency] = [
    "MartletModel", "MartletProtocol", "MartletStore", "MartletClient", "CCRC32C",
]
let fuzzing: Target =
    isFuzzing
    ? .executableTarget(
        name: "Fuzz", dependencies: fuzzed, path: "Tests/FuzzTests", exclude: ["Corpus", "ReplayTests.swift"],
        swiftSettings: settings, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])])
    : .testTarget(name: "FuzzTests", dependencies: fuzzed, exclude: ["Corpus", "Driver"], swiftSettings: settings)

// `make docs` has a plugin that those who use the package do not need.
let isDocumenting = Context.environment["MARTLET_DOCS"] != nil
let documenting: [Package.Dependency] =
    isDocumenting ? [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")] : []

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let certificates: [Target.Dependency] = [
    .product(name: "X509", package: "swift-certificates"), .product(name: "SwiftASN1", package: "swift-asn1"),
]
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

// What only the programs need is behind a trait, so that those who use the libraries can leave it out.
let programs = TargetDependencyCondition.when(traits: ["Programs"])
let arguments = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser", condition: programs)

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird", condition: programs)

let package = Package(
    name: "martlet",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "martlet", targets: ["martlet"]),
        .library(name: "MartletClient", targets: ["MartletClient"]),
        .library(name: "MartletJSON", targets: ["MartletJSON"]),
        .library(name: "MartletSQLite", targets: ["MartletSQLite"]),
        .library(name: "MartletTestKit", targets: ["MartletTestKit"]),
    ],
    traits: [
        .default(enabledTraits: ["Programs"]),
        .trait(name: "Programs", description: "The programs martlet and Benchmarks, and what only they depend on."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ] + documenting,
    targets: [
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .target(name: "CCRC32C"),
        .target(name: "CPrefetch"),
        .target(name: "CDirect"),
        // The files of the console, which lie in MartletAdmin.
        .target(name: "CConsole"),
        .target(name: "LMDB", dependencies: ["CLMDB"], swiftSettings: settings),
        .target(
            name: "MartletLock", swiftSettings: settings + (isThreadSanitized ? [.define("MARTLET_TSAN")] : [])),
        .target(name: "MartletModel", swiftSettings: settings),
        .target(name: "MartletProtocol", dependencies: ["MartletModel", nioCore], swiftSettings: settings),
        .target(
            name: "MartletStore", dependencies: ["MartletModel", "LMDB", "CCRC32C", "CDirect"], swiftSettings: settings),
        .target(
            name: "MartletData", dependencies: ["MartletModel", "MartletStore", "LMDB", "CCRC32C"],
            swiftSettings: settings),
        .target(
            name: "MartletBroker", dependencies: ["MartletModel", "MartletStore", "CPrefetch"],
            swiftSettings: settings),
        .target(
            name: "MartletService", dependencies: ["MartletLock", "MartletModel", "MartletStore", "MartletBroker"],
            swiftSettings: settings),
        .target(
            name: "MartletServer",
            dependencies: [
                "MartletLock", "MartletModel", "MartletService", "MartletBroker", "MartletProtocol", nioCore, nioPosix,
                nioSSL, nioTLS, crypto, logging, lifecycle,
            ] + certificates,
            swiftSettings: settings),
        .target(
            name: "MartletAdmin",
            dependencies: [
                "MartletLock", "MartletModel", "MartletService", "MartletBroker", "MartletProtocol", "CConsole",
                hummingbird, nioCore, nioPosix, logging, lifecycle,
            ],
            exclude: ["Console"],
            swiftSettings: settings),
        .target(
            name: "MartletClient",
            dependencies: [
                "MartletLock", "MartletModel", "MartletProtocol", nioCore, nioPosix, nioSSL, logging, lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .target(name: "MartletJSON", dependencies: ["MartletClient"], swiftSettings: settings),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "MartletSQLite", dependencies: ["MartletClient", "CSQLite"], swiftSettings: settings),
        .target(
            name: "MartletTestKit",
            dependencies: [
                "MartletLock", "MartletModel", "MartletServer", "MartletService", "MartletBroker", "MartletClient",
                nioCore, nioPosix, nioEmbedded, nioSSL, nioTLS, crypto, logging,
            ] + certificates,
            swiftSettings: settings),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "MartletLock", "MartletModel", "MartletServer", "MartletAdmin", "MartletClient", "MartletProtocol",
                "MartletData", arguments, nioCore,
                .product(name: "Configuration", package: "swift-configuration", condition: programs),
                logging,
                lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams", condition: programs),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "MartletLock", "MartletTestKit", "MartletClient", "martlet", nioCore, nioPosix, arguments,
                .product(name: "Histogram", package: "hdrhistogram-swift", condition: programs),
            ],
            path: "Benchmarks",
            swiftSettings: settings),
        .testTarget(name: "BenchmarksTests", dependencies: ["Benchmarks"], swiftSettings: settings),
        .testTarget(name: "CRC32CTests", dependencies: ["CCRC32C"], swiftSettings: settings),
        // What the tests of the real executable share.
        .target(
            name: "CrashKit", dependencies: ["CCRC32C", "MartletLock"], path: "Tests/CrashKit", swiftSettings: settings),
        .testTarget(name: "CrashKitTests", dependencies: ["CrashKit"], swiftSettings: settings),
        .testTarget(
            name: "CrashTests",
            dependencies: ["martlet", "CrashKit", "MartletLock", "MartletClient", "MartletSQLite", nioCore, logging],
            swiftSettings: settings),
        .testTarget(name: "Rigs", dependencies: ["martlet", "CrashKit", "MartletLock"], swiftSettings: settings),
        fuzzing,
        .testTarget(name: "LMDBTests", dependencies: ["LMDB", "CrashKit"], swiftSettings: settings),
        .testTarget(
            name: "MartletBrokerTests",
            dependencies: ["MartletModel", "MartletBroker", "MartletStore", "MartletData"],
            swiftSettings: settings),
        .testTarget(
            name: "MartletServiceTests",
            dependencies: ["MartletLock", "MartletModel", "MartletStore", "MartletBroker", "MartletService"],
            swiftSettings: settings),
        .testTarget(name: "MartletModelTests", dependencies: ["MartletModel"], swiftSettings: settings),
        .testTarget(
            name: "MartletAdminTests",
            dependencies: [
                "MartletAdmin", "MartletServer", "MartletService", "MartletBroker", "MartletModel", "MartletLock",
                nioCore, nioPosix, logging, lifecycle,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MartletClientTests",
            dependencies: [
                "MartletLock", "MartletModel", "MartletClient", "MartletProtocol", "MartletSQLite", "MartletTestKit",
                nioCore, nioPosix,
                .product(name: "NIOEmbedded", package: "swift-nio"), logging, lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MartletJSONTests", dependencies: ["MartletJSON", "MartletClient", "MartletTestKit"],
            swiftSettings: settings),
        .testTarget(
            name: "MartletSQLiteTests", dependencies: ["MartletSQLite", "MartletClient"], swiftSettings: settings),
        .testTarget(
            name: "MartletServerTests",
            dependencies: [
                "MartletLock", "MartletModel", "MartletServer", "MartletService", "MartletStore", "MartletBroker",
                "MartletProtocol", "MartletTestKit", nioCore, nioEmbedded, nioSSL, logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MartletTestKitTests", dependencies: ["MartletTestKit", "MartletClient", "MartletProtocol"],
            swiftSettings: settings),
        .testTarget(
            name: "MartletProtocolTests", dependencies: ["MartletModel", "MartletProtocol", nioCore],
            swiftSettings: settings),
        .testTarget(
            name: "MartletStoreTests", dependencies: ["MartletModel", "MartletStore", "LMDB"],
            exclude: ["Fixtures"], swiftSettings: settings),
        .testTarget(
            name: "MartletDataTests", dependencies: ["MartletModel", "MartletStore", "MartletData"],
            swiftSettings: settings),
        .testTarget(
            name: "martletTests",
            dependencies: [
                "martlet", "CrashKit", "MartletLock", "MartletServer", "MartletClient", "MartletTestKit", logging,
                .product(name: "Yams", package: "Yams", condition: programs),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SnippetTests",
            dependencies: [
                "MartletClient", "MartletJSON", "MartletSQLite", "MartletTestKit", nioCore, logging, lifecycle,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WireTests", dependencies: ["MartletTestKit", "MartletServer", "MartletModel", "MartletClient"],
            swiftSettings: settings),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
