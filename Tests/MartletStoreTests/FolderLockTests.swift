// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MartletStore

/// One process at a time uses a data folder.
struct FolderLockTests {
    let disk: TestStore

    init() throws {
        disk = try TestStore()
    }

    /// How a process ends that was refused as it should be.
    private static let refused: Int32 = 42

    @Test func `a second store on the same folder is refused`() throws {
        let error = try #require(throws: StoreError.self) { _ = try DiskStore(folder: disk.folder, options: .small()) }
        #expect(error.code == .locked)
        #expect(error.description == "data folder '\(disk.folder)' is in use by another martlet process")
        // The first one is not disturbed.
        try disk.commit(.putTopic(Sample.topic()))
        #expect(try disk.reopen().topics == [Sample.topic()])
    }

    @Test func `another process is refused, and let in once the first is done`() async throws {
        await #expect(processExitsWith: .exitCode(Self.refused)) { [path = disk.folder as String] in
            do throws(StoreError) {
                _ = try DiskStore(folder: path, options: .small())
            } catch {
                exit(error.code == .locked ? Self.refused : 1)
            }
        }
        disk.close()
        await #expect(processExitsWith: .exitCode(7)) { [path = disk.folder as String] in
            _ = try DiskStore(folder: path, options: .small())
            exit(7)
        }
        try disk.reopen()
    }

    @Test func `a killed process leaves the folder to the next`() async throws {
        disk.close()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = disk.folder as String] in
            let store = try DiskStore(folder: path, options: .small())
            kill(getpid(), SIGKILL)
            _ = store
        }
        try disk.reopen()
    }

    @Test func `a refused lock leaves no descriptor open`() async throws {
        // Its own process, since descriptors that others open meanwhile would be mistaken for those of this test.
        await #expect(processExitsWith: .success) { [path = disk.folder as String] in
            for _ in 0..<100 {
                #expect(throws: StoreError.self) { _ = try FolderLock(folder: path) }
            }
            let descriptor = open("/dev/null", O_RDONLY)
            close(descriptor)
            // The lowest free descriptor is what it was, so none was left open.
            #expect(throws: StoreError.self) { _ = try FolderLock(folder: path) }
            let next = open("/dev/null", O_RDONLY)
            #expect(next == descriptor)
            exit(0)
        }
    }

    @Test func `a folder is made with those above it`() throws {
        let deep = disk.folder + "/a/b/c"
        let store = try DiskStore(folder: deep, options: .small())
        #expect(store.statistics.mapBytes == 1 << 30)
        #expect(FileManager.default.fileExists(atPath: deep + "/data.mdb"))
    }

    @Test func `what is no folder, or lies below what is none, is refused by name`() throws {
        let file = disk.folder + "/file"
        try #require(FileManager.default.createFile(atPath: file, contents: Data()))
        var error = try #require(throws: StoreError.self) { _ = try DiskStore(folder: file) }
        #expect(error.code == .folder)
        #expect(error.description == "data folder '\(file)' is not a folder")
        error = try #require(throws: StoreError.self) { _ = try DiskStore(folder: file + "/below") }
        #expect(error.code == .folder)
        #expect(error.description.hasPrefix("cannot make data folder '\(file)/below'"))
    }

    @Test func `a file that is none of LMDB's is refused`() throws {
        disk.close()
        try Data(repeating: 7, count: 10_000).write(to: URL(fileURLWithPath: disk.folder + "/data.mdb"))
        let error = try #require(throws: StoreError.self) { try disk.reopen() }
        #expect(error.code == .damaged)
        #expect(
            error.description.hasPrefix("the data file '\(disk.folder)/data.mdb' is damaged: its first page is not"))
    }
}
