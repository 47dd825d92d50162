// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What the console tells: to those who look, and to those who listen.

import { button, h } from "../core/dom.js";
import { printable } from "../core/format.js";

const remarks = {
  unreachable: "It is tried again by itself.",
  denied: "You have no right to this.",
  "unknown-topic": "It may have been deleted, or never made.",
  "unknown-subscription": "It may have been deleted, or never made.",
  "unknown-message": "It is settled meanwhile, or was never there.",
  conflict: "Look at the subscription; what was asked does not go with what goes on there.",
};

/** A box that tells why something failed. */
export function failure(error) {
  return h("div", { class: "box bad" }, h("strong", {}, printable(error.code ?? "error")), " ",
    printable(error.message), remarks[error.code] && h("span", { class: "soft" }, " " + remarks[error.code]));
}

/** Tells those who listen. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  // The same text twice is told twice.
  announcer.textContent = announcer.textContent === text ? text + "\u00a0" : text;
}

/** Tells everybody for a while, that something was done or failed. */
export function notice(text, kind = "good") {
  const box = h("div", { class: `notice ${kind}` }, h("span", {}, printable(text)),
    button("Dismiss", () => box.remove(), { class: "quiet" }));
  const notices = document.getElementById("notices");
  notices.append(box);
  while (notices.children.length > 3) notices.firstChild.remove();
  announce(printable(text));
  setTimeout(() => box.remove(), kind === "bad" ? 20000 : 8000);
}

/** Does something that changes the broker and tells how it went; answers whether it went well. */
export async function perform(deed, done) {
  try {
    const answer = await deed();
    notice(typeof done === "function" ? done(answer) : done);
    return true;
  } catch (error) {
    notice(`${error.code ?? "error"}: ${error.message}`, "bad");
    return false;
  }
}
