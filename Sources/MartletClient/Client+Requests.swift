// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletProtocol

// How a task hands a request over and waits.
extension Client {
    /// Hands a request over and waits for what becomes of it.
    ///
    /// - Parameter isCancellable: whether the wait ends when the task is cancelled.
    func wait<Value: Sendable>(
        _ request: Request, isCancellable: Bool = true,
        _ completion: (CheckedContinuation<Result<Value, ClientError>, Never>) -> Request.Completion
    ) async throws -> Value {
        let intake = intake
        var request = request
        request.number = intake.number()
        let number = request.number
        guard isCancellable else {
            return try await withCheckedContinuation { waiter in
                request.completion = completion(waiter)
                intake.submit(request)
            }.get()
        }
        try Task.checkCancellation()
        let result: Result<Value, ClientError> = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                request.completion = completion(waiter)
                intake.submit(request)
                // The handler may have run before the request was there to be taken back.
                if Task.isCancelled { intake.cancel(number) }
            }
        } onCancel: {
            intake.cancel(number)
        }
        switch result {
        case .success(let value): return value
        case .failure(let error):
            if error.code == .closed, error.cause is CancellationError { throw CancellationError() }
            throw error
        }
    }

    /// Sends one command and waits for its reply.
    ///
    /// - Throws: `refused` when it is refused.
    func command(
        _ command: Command, retry: Request.Retry, lease: Lease? = nil, isCancellable: Bool = true
    ) async throws -> Reply {
        var request = Request(command)
        request.retry = retry
        request.lease = lease
        let answers = try await wait(request, isCancellable: isCancellable) { .answers($0) }
        guard let answer = answers.first else {
            throw ClientError(.protocolViolation, "expected a reply")
        }
        return try answer.get()
    }

    /// Asks something that changes nothing, and gives the data of the reply.
    ///
    /// - Throws: `refused` when it is refused.
    package func ask(_ question: Command) async throws -> [UInt8] {
        try await command(question, retry: .resend).data
    }
}
