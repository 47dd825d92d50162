// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The field in the bar: takes a topic, a message of one, or a process.

import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { place } from "./place.js";
import { notice } from "../parts/notice.js";

let known = [];
let asked = -Infinity;

/** Fills the suggestions with the names of topics. */
export async function suggest() {
  if (Date.now() - asked < 30_000) return;
  try {
    asked = Date.now();
    known = (await api.topics()).map((topic) => topic.name);
    // More than some hundred suggestions are of no use.
    fill(document.getElementById("goto-topics"), known.slice(0, 500).map((name) => h("option", { value: name })));
  } catch { /* what is typed is found without suggestions as well */ }
}

/** Goes to what was typed. */
export async function goTo(event) {
  event.preventDefault();
  const field = document.getElementById("goto-field");
  const text = field.value.trim();
  if (text === "") return;
  const where = await find(text);
  if (!where) {
    notice(`There is no topic, message or process '${text}'.`, "bad");
    return;
  }
  field.value = "";
  location.hash = where;
}

async function find(text) {
  const [first, second] = text.split(/\s+/);
  if (second !== undefined) return message(first, second);
  const parted = text.match(/^(.+):(\d+)$/);
  if (parted) return place.message(parted[1], parted[2]);
  if (!known.includes(text)) {
    asked = -Infinity;
    await suggest();
  }
  if (known.includes(text)) return place.topic(text);
  try {
    const tree = await api.process(text);
    if (tree.messages?.length) return place.process(text);
  } catch { /* then it is none */ }
  return undefined;
}

function message(topic, reference) {
  return /^\d+$/.test(reference) ? place.message(topic, reference) : place.messageByID(topic, reference);
}
