// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What the broker wrote into a dead letter.

import { h, link } from "../core/dom.js";
import { printable, time } from "../core/format.js";
import { place } from "../core/place.js";
import { facts } from "./facts.js";
import { death } from "./sentence.js";

/** A member of a dead letter's headers. */
export function member(letter, name) {
  return letter.headers?.[`Martlet-Dead-${name}`];
}

/** The story of a dead letter in facts. */
export function letterFacts(letter) {
  const at = (name) => member(letter, name) && time(Number(member(letter, name)));
  const text = (name) => member(letter, name) && printable(member(letter, name));
  const [topic, offset, name] = [member(letter, "Topic"), member(letter, "Offset"), member(letter, "Subscription")];
  return h("div", { class: "box warn" }, h("strong", {}, `A dead letter: ${death(member(letter, "Reason"))}.`), facts([
    ["message", topic && offset && link(`${topic}:${offset}`, place.message(topic, offset))],
    ["subscription", topic && name && link(name, place.letters(topic, name))],
    ["reason", text("Reason")], ["code", text("Code")], ["note", text("Note")], ["died", at("At")],
    ["published", at("Published-At")],
    ["first delivered", at("First-Delivered-At")], ["deliveries", text("Deliveries")], ["failures", text("Failures")],
    ["last consumer", text("Consumer")], ["redrives", text("Redrives")], ["key", text("Key")], ["id", text("Id")],
  ]));
}
