// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What was tried with a message.

import { h } from "../core/dom.js";
import { printable, time } from "../core/format.js";
import { took } from "./sentence.js";

/** A table of attempts, or a word that there are none. */
export function attempts(list) {
  if (!list?.length) return h("p", { class: "soft" }, "No attempt is recorded.");
  const heads = ["Attempt", "Ended", "Took", "Consumer", "Code"];
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Attempts" },
    h("table", { class: "plain" }, h("caption", { class: "unseen" }, "The last attempts"),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, list.map((one) => h("tr", {}, h("th", { scope: "row" }, printable(one.outcome)),
        h("td", {}, time(one.time)),
        h("td", {}, took(one.ms)), h("td", {}, printable(one.consumer)), h("td", {}, printable(one.code)))))));
}

/** The attempts that a dead letter's header tells. */
export function attemptsOfLetter(headers) {
  try {
    const list = JSON.parse(headers["Martlet-Dead-Attempts"] ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
