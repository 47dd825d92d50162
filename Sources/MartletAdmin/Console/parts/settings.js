// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The settings of a topic or a subscription: shown in words, and changed where they can be.

import { h } from "../core/dom.js";
import { api } from "../core/api.js";
import { count, duration, printable, size, words } from "../core/format.js";
import { ask } from "./ask.js";
import { facts } from "./facts.js";
import { perform } from "./notice.js";

const durations = new Set(["dedupWindow", "maxAge", "lease", "leaseCap", "backoff", "expect", "expireAfter"]);
const limits = new Set(["maxAge", "maxBytes", "maxMessages"]);

const ofTopic = [
  ["maxAge", "How long settled messages are kept, such as 7d; 0s: forever"],
  ["maxBytes", "In bytes; 0: no limit"],
  ["maxMessages", "0: no limit"],
  ["dedupWindow", "How long ids are remembered, such as 24h"],
  ["unsettled", "keep or drop, when bytes or count are used up"],
];
const ofSubscription = [
  ["lease", "How long a consumer has, 1s to 12h"],
  ["maxFailures", "Failures with which a message dies"],
  ["maxDeliveries", "Lost deliveries with which it dies"],
  ["backoff", "Delays after failures, such as 5s,30s,2m"],
  ["expect", "Within which a message must be settled; empty: not watched"],
  ["onExpire", "drop or dead"],
  ["onPoison", "dead or park"],
  ["expireAfter", "Ends by itself without consumers for so long"],
];

function text(name, value) {
  if (limits.has(name) && value === 0) return "no limit";
  if (Array.isArray(value)) return value.map((one) => text(name, one)).join(", ");
  if (durations.has(name)) return duration(value);
  if (name === "maxBytes") return size(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? count(value) : printable(value);
}

/** A value as it is typed: the largest unit that divides it. */
function typed(name, value) {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((one) => typed(name, one)).join(",");
  if (!durations.has(name)) return String(value);
  const [unit, length] = [["d", 86400000], ["h", 3600000], ["m", 60000], ["s", 1000],
    ["ms", 1]].find(([, length]) => value % length === 0);
  return `${value / length}${unit}`;
}

/** A value as it is sent: counts are numbers, and nothing is 0. */
function sent(name, text) {
  if (/^\d+$/.test(text)) return Number(text);
  if (text === "" || /^0[a-z]+$/.test(text)) return 0;
  return name === "backoff" ? text.split(/[\s,]+/) : text;
}

/** Settings as a list of facts. */
export function settingsView(settings) {
  return facts(Object.entries(settings).map(([name, value]) => [words(name), text(name, value)]));
}

/** The settings of a topic, as its description has them. */
export function topicSettings(topic) {
  const names = ["retention", "unsettled", "maxAge", "maxBytes", "maxMessages", "dedupWindow"];
  return Object.fromEntries(names.filter((name) => topic[name] !== undefined).map((name) => [name, topic[name]]));
}

async function alter(title, known, settings, apply) {
  const fields = known.map(([name, hint]) => ({ name, label: words(name), hint, value: typed(name, settings[name]) }));
  const said = await ask({
    title, text: h("p", { class: "soft" }, "A changed lease or backoff applies from the next delivery on."), fields,
    confirm: "Change",
  });
  if (!said) return undefined;
  const changed = Object.fromEntries(fields.filter((field) => said[field.name] !== field.value)
    .map((field) => [field.name, sent(field.name, said[field.name])]));
  if (Object.keys(changed).length === 0) return undefined;
  return perform(() => apply(changed), `Changed: ${Object.keys(changed).join(", ")}.`);
}

/** Asks for settings of a topic and changes them. */
export function alterTopic(topic, settings) {
  return alter(`Settings of ${topic}`, ofTopic, settings, (changed) => api.alterTopic(topic, changed));
}

/** Asks for settings of a subscription and changes them. */
export function alterSubscription(topic, name, settings) {
  return alter(`Settings of ${name}`, ofSubscription, settings,
    (changed) => api.alterSubscription(topic, name, changed));
}
