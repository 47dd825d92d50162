// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Takes surveys for callers who see the same things, one at a time however many ask.
///
/// Who asks gets a survey that began after the question, so that it shows what was done before.
actor SurveyDesk {
    private enum Turn {
        case take
        case result(Result<FullSurvey, any Error>)
    }

    private var isTaking = false
    private var waiting: [CheckedContinuation<Turn, Never>] = []
    private var latest: FullSurvey?
    /// What rates are measured from.
    private var base: (time: ContinuousClock.Instant, sums: FullSurvey.Sums)?
    private var rates: FullSurvey.Rates?

    /// A survey that begins now.
    func fresh(_ caller: Caller) async throws -> FullSurvey {
        if isTaking, case .result(let result) = await withCheckedContinuation({ waiting.append($0) }) {
            return try result.get()
        }
        isTaking = true
        let others = waiting
        waiting = []
        let result: Result<FullSurvey, any Error>
        do {
            result = .success(measured(try await FullSurvey.take(caller)))
        } catch {
            result = .failure(error)
        }
        for other in others { other.resume(returning: .result(result)) }
        if waiting.isEmpty { isTaking = false } else { waiting.removeFirst().resume(returning: .take) }
        return try result.get()
    }

    /// The last survey, unless it is older than that.
    func recent(_ caller: Caller, age: Duration) async throws -> FullSurvey {
        if let latest, ContinuousClock.now - latest.time < age { return latest }
        return try await fresh(caller)
    }

    private func measured(_ survey: FullSurvey) -> FullSurvey {
        var survey = survey
        let sums = survey.sums
        if let base, survey.time - base.time >= .seconds(1) {
            rates = sums.rates(since: base.sums, seconds: (survey.time - base.time) / .seconds(1))
            self.base = (survey.time, sums)
        } else if base == nil {
            base = (survey.time, sums)
        }
        survey.rates = rates
        latest = survey
        return survey
    }
}
