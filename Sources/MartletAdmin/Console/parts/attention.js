// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What needs attention first, the gravest first, each with the place where it can be dealt with.

import { fill, h, link } from "../core/dom.js";
import { age, counted, size, time } from "../core/format.js";
import { place } from "../core/place.js";
import { oldest } from "./subscriptions.js";

const most = 8;
const long = 3_600_000;

/** The list of what needs attention, as `kind`, `text` and `href`. */
export function needs({ broker }, subscriptions, now) {
  const list = [];
  const add = (kind, text, href, words) => list.push({ kind, text, href, words });
  const storage = broker.storage ?? {};
  if (storage.full) add("bad", "The storage is full: publishes are refused.", "#storage", "Look at the storage");
  if (storage.damaged > 0) add("bad", `${counted(storage.damaged, "message")} found damaged on disk.`);
  if (storage.diskFreeBytes !== undefined && storage.diskFreeBytes < 1 << 30) {
    add("bad", `Only ${size(storage.diskFreeBytes)} are left on the disk.`);
  }
  const parked = total(subscriptions, "parked");
  if (parked > 0) add("warn", `${counted(parked, "message")} ${parked === 1 ? "waits" : "wait"} for a person.`,
    place.inbox, "Decide");
  for (const one of [...subscriptions].sort((a, b) => (oldest(a) ?? Infinity) - (oldest(b) ?? Infinity))) {
    const where = place.subscription(one.topic, one.name);
    const name = `${one.topic} › ${one.name}`;
    if (one.topic.startsWith("$")) continue;
    if (one.backlog > 0 && one.consumers === 0 && !one.paused) {
      add("bad", `${name}: ${counted(one.backlog, "message")} unhandled, and no consumer.`, where, "Look");
    } else if (one.paused && one.backlog > 0) {
      add("warn", `${name} is paused${one.pausedUntil ? ` until ${time(one.pausedUntil)}`
        : ""}, with ${counted(one.backlog, "message")} unhandled.`, where, "Look");
    } else if (oldest(one) && now - oldest(one) > long && one.backlog > one.parked) {
      add("warn", `${name}: the oldest unhandled message is ${age(oldest(one))} old.`, where, "Look");
    }
  }
  const dead = subscriptions.filter((one) => one.dead > 0 && !one.topic.startsWith("$"));
  if (dead.length > 0) {
    const where = dead.length === 1 ? place.letters(dead[0].topic, dead[0].name) : place.dead;
    add("warn", `${counted(total(dead, "dead"), "dead letter")} in ${counted(dead.length, "subscription")}.`, where,
      "Look");
  }
  return list.sort((a, b) => (a.kind === "bad" ? 0 : 1) - (b.kind === "bad" ? 0 : 1));
}

const total = (list, name) => list.reduce((sum, one) => sum + (one[name] ?? 0), 0);

/** The list as it is shown. */
export class Attention {
  node = h("ul", { class: "attention" });
  #text;

  update(list) {
    const text = JSON.stringify(list);
    if (text === this.#text) return;
    this.#text = text;
    if (list.length === 0) {
      fill(this.node, h("li", { class: "good" }, h("span", {},
        "Nothing needs you: every message is handled or on its way.")));
      return;
    }
    fill(this.node, list.slice(0, most).map((one) => h("li", { class: one.kind },
      h("span", {}, one.text), one.words && one.href?.startsWith("#/")
        && link(one.words, one.href, { "aria-label": `${one.words}: ${one.text}` }))),
      list.length > most && h("li", { class: "calm" }, h("span", {},
        `and ${list.length - most} more, in the table below`)));
  }
}
