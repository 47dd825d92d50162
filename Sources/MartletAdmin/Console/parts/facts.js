// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Short facts: names with values, numbers in a row, marks and bars.

import { fill, h, say } from "../core/dom.js";

/** A list of names with values; what has no value is left out. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== undefined && value !== "" && value !== null)
    .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A list of facts that is changed in place when a text of it changes. */
export class Facts {
  node = h("div");
  #text;

  update(pairs) {
    const text = JSON.stringify(pairs.map(([name, value]) =>
      [name, value instanceof Node ? value.textContent : value]));
    if (text === this.#text) return;
    this.#text = text;
    fill(this.node, facts(pairs));
  }
}

/** Numbers in a row, each with a word below it. */
export class Numbers {
  node = h("dl", { class: "numbers" });
  #values = new Map();

  /** Each is a word, a text, and a kind of mark, if any. */
  update(numbers) {
    for (const [word, text, kind = ""] of numbers) {
      let value = this.#values.get(word);
      if (!value) {
        value = h("dd");
        this.#values.set(word, value);
        this.node.append(h("div", {}, h("dt", {}, word), value));
      }
      say(value, text);
      value.className = kind;
    }
  }
}

/** How grave each verdict is. */
export const kinds = {
  handled: "good", leased: "busy", waiting: "calm", deferred: "warn", blocked: "warn", filtered: "calm",
  "before-start": "calm", scheduled: "calm", expired: "bad", "lost-to-retention": "bad", dead: "bad", parked: "warn",
  "not-found": "calm",
};

/** A word with a colour that goes with it. */
export function mark(word, kind = kinds[word] ?? "calm") {
  return h("span", { class: `mark ${kind}` }, word);
}

/** A bar of a share from 0 to 1, with what it means in words. */
export function bar(share, words, kind = "") {
  const part = h("span", { class: `part ${kind}` });
  part.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("span", { class: "meter", role: "img", "aria-label": words }, part);
}

/** A part of a page with a heading. */
export function section(title, ...content) {
  const id = "s-" + title.toLowerCase().replace(/[^a-z]+/g, "-");
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), content);
}
