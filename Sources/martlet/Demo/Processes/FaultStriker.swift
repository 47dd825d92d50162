// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Carries out the faults of a plan in the process that has come to their point; each of them once in a run.
struct FaultStriker: Sendable {
    let plan: DemoPlan
    let folder: String

    /// Carries out what the plan has for one of these points, if that was not done before.
    ///
    /// - Parameter tell: is called before the process is killed or stopped.
    /// - Returns: whether a connection is to be cut, which only its owner can do.
    func strike(_ request: Int, at points: [DemoPlan.Fault], tell: (DemoPlan.Fault) -> Void) -> Bool {
        guard let fault = plan.faults[request], points.contains(fault) else { return false }
        let marker = open("\(folder)/fault-\(request)", O_CREAT | O_EXCL | O_CLOEXEC | O_WRONLY, 0o600)
        guard marker >= 0 else { return false }
        close(marker)
        tell(fault)
        switch fault {
        case .killInStep, .killAfterMail, .killAfterReceipt: kill(getpid(), SIGKILL)
        case .freezeInStep: kill(getpid(), SIGSTOP)
        case .cutInStep, .cutAfterMail: return true
        }
        return false
    }
}
