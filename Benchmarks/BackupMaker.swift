// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import MartletTestKit

/// What `martlet backup --json` says.
struct BackupFigures: Decodable {
    var bytes = 0
    var messages = 0
    /// Bytes by which the data file grew meanwhile.
    var grown = 0
    var milliseconds = 0
}

/// Makes backups beside a running broker, each over the one before.
struct BackupMaker: Sendable {
    private let program: String
    private let data: String
    private let folder: String

    init(_ process: BrokerProcess) {
        (program, data, folder) = (process.program, process.data, process.folder.path)
    }

    /// Makes one and waits for it.
    func make() throws -> BackupFigures {
        let output = folder + "/backup.json"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var arguments = BrokerProcess.pointers(
            [program, "backup", "--json", "--replace", "--data", data, folder + "/backup"])
        defer { for pointer in arguments { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, &arguments, environ)
        guard code == 0 else { throw BrokerProcess.failure("cannot start \(program)", code) }
        Interruption.cleanUp(process: process)
        defer { Interruption.forget(process: process) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw BenchmarkFailure("the backup failed (status \(status >> 8 & 0xff))") }
        return try JSONDecoder().decode(BackupFigures.self, from: Data(contentsOf: URL(fileURLWithPath: output)))
    }
}
