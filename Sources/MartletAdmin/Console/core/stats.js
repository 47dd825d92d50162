// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What a sample of the broker's news says, whichever of its members are there.

const rate = (sample, name) => sample.rates?.[name];
const total = (sample, name) => sample.totals?.[name] ?? 0;

export const stats = {
  published: (sample) => rate(sample, "published"),
  settled: (sample) => rate(sample, "settled"),
  backlog: (sample) => total(sample, "backlog"),
  inFlight: (sample) => total(sample, "inFlight"),
  held: (sample) => total(sample, "parked") + total(sample, "deferred"),
  dead: (sample) => total(sample, "dead"),
  parked: (sample) => total(sample, "parked"),
};
