// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// A verdict as a sentence that a tired person understands at night; the same sentences as `martlet why` prints.

import { age, count, distance, duration, field, printable, time } from "../core/format.js";

const deaths = {
  "max-failures": "it failed too often", "max-deliveries": "its deliveries were lost too often",
  rejected: "it was rejected", expired: "its time was over", "lease-cap": "it was held too long",
};

/** The sentence of an answer to `WHY`, without an end. */
export function sentence(answer) {
  const make = verdicts[answer.verdict];
  const evidence = answer.evidence ?? {};
  return make ? make(evidence, answer.subscription ?? "the subscription", answer) : `${answer.verdict}: ${answer.next}`;
}

const verdicts = {
  handled: (evidence) => evidence.resolved
    ? `handled: resolved (${evidence.resolved})${by(evidence)}${moment(evidence, "")}`
      + (evidence.note ? `: '${printable(evidence.note)}'` : "")
    : "handled" + by(evidence) + moment(evidence, ""),
  leased: (evidence) => {
    const work = [];
    if (evidence.progress !== undefined) work.push(`progress ${evidence.progress} %`);
    if (evidence.note) work.push(`'${printable(evidence.note)}'`);
    return `not handled: leased by ${printable(evidence.consumer ?? "a consumer")}`
      + (evidence.until ? ` until ${time(evidence.until)}` : "") + (work.length ? ` (${work.join(", ")})` : "")
      + attempt(evidence, true) + error(evidence, false);
  },
  waiting: (evidence, name, answer) => "not handled: " + waiting(evidence, name, answer),
  deferred: (evidence) => {
    const until = evidence.until ? ` until ${time(evidence.until)} (in ${distance(evidence.until)})` : "";
    const returned = evidence.failures > 0 ? attempt(evidence, false) : delivered(evidence, false);
    return "not handled: deferred" + until + returned + error(evidence, true);
  },
  blocked: (evidence) => {
    const other = `message ${evidence.by ?? 0}` + (evidence.verdict ? `, which is ${evidence.verdict}` : "");
    const key = field(evidence, "key");
    return key === undefined ? `not handled: it comes after ${other}`
      : `not handled: its key '${key}' is held by ${other}`;
  },
  filtered: (evidence, name) => `not for ${name}: its filter does not pass it` + moment(evidence, "since"),
  "before-start": (evidence, name) =>
    `not for ${name}: it lies before the place where ${name} starts` + moment(evidence, "moved there"),
  scheduled: (evidence) => evidence.due
    ? `not visible yet: it is due ${time(evidence.due)} (in ${distance(evidence.due)})`
      : "not visible yet: it is scheduled",
  expired: (evidence) => "not handled: its time was over" + moment(evidence, ""),
  "lost-to-retention": (evidence) => {
    if (evidence.damaged) return "lost: it cannot be read, the data file is damaged there";
    if (evidence.purged) return "lost: purged" + by(evidence) + moment(evidence, "");
    return "lost: retention dropped it before it was settled" + moment(evidence, "");
  },
  dead: (evidence) => "given up: a dead letter" + moment(evidence, "since")
    + (evidence.reason ? `: ${deaths[evidence.reason] ?? printable(evidence.reason)}` : "") + by(evidence)
    + (evidence.note ? `, '${printable(evidence.note)}'` : "")
    + (evidence.offset ? `; its copy is ${printable(evidence.topic)} ${evidence.offset}` : ""),
  parked: (evidence) => "not handled: waits for a person"
    + (evidence.since ? ` since ${time(evidence.since)} (${age(evidence.since)})` : "")
    + (evidence.consumer ? `: parked by ${printable(evidence.consumer)}` : "")
    + (evidence.code ? ` with ${printable(evidence.code)}` : "")
      + (evidence.note ? `, '${printable(evidence.note)}'` : ""),
  "not-found": (evidence, name, answer) =>
    `topic ${answer.topic} has no ${answer.offset ? `message ${answer.offset}` : "message with this id"} (any more)`,
};

function waiting(evidence, name, answer) {
  const ahead = evidence.ahead ?? 0;
  const queue = ahead === 0 ? "" : ahead === 1 ? "; 1 message is before it"
    : `; ${count(ahead)} messages are before it`;
  switch (evidence.reason) {
    case "paused":
      return `deliveries to ${name} are paused ${evidence.until ? `until ${time(evidence.until)}`
        : "until they are resumed"}` + queue;
    case "no-consumer": return `${name} has no consumer` + queue;
    case "look-ahead":
      return `${name} reads no further: the memory for messages that wait behind held keys is used up` + queue;
    case "no-window": return `the consumers of ${name} hold as many messages as they may` + queue;
    case "not-reached": return ahead === 0 ? "it is next" : "its turn has not come" + queue;
    case "no-subscription": return `topic ${answer.topic} has no subscription that sees it`;
    default: return (evidence.reason ?? "it waits") + queue;
  }
}

const by = (evidence) => evidence.by ? ` by ${printable(evidence.by)}` : "";

/** When it ended, behind a word. */
function moment(evidence, word) {
  if (!evidence.at) return "";
  const at = time(evidence.at);
  return word === "" ? ` at ${at}` : word === "since" ? ` since ${at}` : ` (${word} at ${at})`;
}

/** Which attempt it is, or will be, counted in failures as the limit is. */
function attempt(evidence, isLeased) {
  const most = evidence.maxFailures ? ` of ${evidence.maxFailures}` : "";
  if (evidence.failures === undefined) return evidence.attempt ? `, attempt ${evidence.attempt}` : "";
  return `, attempt ${evidence.failures + 1}${most}` + delivered(evidence, isLeased);
}

/** How often it was handed out, when that is more than the failures tell. */
function delivered(evidence, isLeased) {
  const deliveries = (isLeased ? evidence.attempt : evidence.deliveries) ?? 0;
  if (deliveries <= (evidence.failures ?? 0) + (isLeased ? 1 : 0)) return "";
  return `, delivered ${deliveries === 1 ? "once" : `${deliveries} times`}`;
}

function error(evidence, hasNote) {
  const note = hasNote && evidence.note ? ` '${printable(evidence.note)}'` : "";
  if (evidence.code) return `, last error ${printable(evidence.code)}` + note;
  return note === "" ? "" : "," + note;
}

/** Why a message became a dead letter, in words. */
export function death(reason) {
  return deaths[reason] ?? printable(reason);
}

/** How long something took, if it is known. */
export function took(milliseconds) {
  return milliseconds ? duration(milliseconds) : "";
}
