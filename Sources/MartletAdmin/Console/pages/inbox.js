// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The inbox for people: what is parked in all subscriptions. One is read and decided about, and the next opens by
// itself.

import { api } from "../core/api.js";
import { button, fill, h, link, say } from "../core/dom.js";
import { age, counted, field, now, printable } from "../core/format.js";
import { setPageShortcuts } from "../core/keys.js";
import { place } from "../core/place.js";
import { View } from "../core/view.js";
import { InboxItem, verbs } from "../parts/inboxitem.js";
import { announce } from "../parts/notice.js";

const shown = 60;

const key = (row) => `${row.topic} ${row.subscription} ${row.offset}`;
const occasion = (row) => `${key(row)} ${row.since}`;

export function inboxPage(main, wanted) {
  const view = new View(main, "Inbox");
  return new Inbox(view, wanted).view;
}

class Inbox {
  #rows = [];
  /** How many are parked; of many of one subscription only the first are at hand. */
  #parked = 0;
  /** What was decided here, each as often as it was parked. */
  #gone = new Set();
  #current;
  #decided = 0;
  #started = now();

  constructor(view, wanted) {
    this.view = view;
    this.#current = wanted.offset && `${wanted.topic} ${wanted.name} ${wanted.offset}`;
    this.tally = h("p", { class: "soft", role: "status" });
    this.list = h("ol", { class: "inboxlist" });
    this.detail = h("section", { class: "inboxitem", "aria-label": "The message" });
    this.filter = h("input", {
      type: "search", "aria-label": "Filter the inbox", placeholder: "filter", autocomplete: "off", spellcheck: "false",
      oninput: () => this.#draw(),
    });
    view.add(this.tally, h("div", { class: "inbox" },
      h("section", { class: "inboxside", "aria-label": "What waits" }, this.filter, this.list), this.detail));
    setPageShortcuts([
      ["j", "the next message", () => this.#step(1)], ["k", "the message before", () => this.#step(-1)],
      ...Object.entries(verbs).map(([verb, { key, words }]) => [key, words, () => this.item?.choose(verb)]),
    ]);
    view.keep(() => this.#load());
  }

  async #load() {
    const before = this.#chosen();
    const lists = await api.inbox();
    const all = lists.flatMap(({ topic, subscription, messages }) =>
      messages.map((message) => ({ ...message, topic, subscription })));
    // An answer that was under way while a person decided here still has what was decided.
    this.#rows = all.filter((row) => !this.#gone.has(occasion(row))).sort((a, b) => a.since - b.since);
    this.#parked = lists.reduce((sum, list) => sum + list.parked, 0) - (all.length - this.#rows.length);
    this.#draw(before);
  }

  #chosen() {
    const wanted = this.filter.value.trim().toLowerCase();
    if (!wanted) return this.#rows;
    return this.#rows.filter((row) =>
      [row.topic, row.subscription, row.id, row.key, row.process, row.code,
        row.note].join(" ").toLowerCase().includes(wanted));
  }

  /** Draws the list; where the message that was open is gone, the one that stood behind it opens. */
  #draw(before = this.#chosen()) {
    const rows = this.#chosen();
    const position = before.findIndex((row) => key(row) === this.#current);
    if (!rows.some((row) => key(row) === this.#current)) {
      const next = before.slice(position + 1).map(key).find((one) => rows.some((row) => key(row) === one));
      const wasDecided = this.item && !this.item.isOwnDecision && this.#current === this.item.key;
      if (wasDecided) announce("Another person decided about this message.");
      this.#current = next ?? (rows[0] && key(rows[0]));
    }
    say(this.tally, this.#summary(rows));
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    const at = Math.max(0, rows.findIndex((row) => key(row) === this.#current));
    const start = Math.max(0, Math.min(at - 20, rows.length - shown));
    fill(this.list, rows.slice(start, start + shown).map((row) => this.#line(row)),
      rows.length > shown && h("li", { class: "soft" },
        `${start + 1} to ${Math.min(start + shown, rows.length)} of ${rows.length}`));
    if (focused) [...this.list.querySelectorAll("button")].find((one) => one.dataset.key === focused)?.focus();
    this.#open(rows);
  }

  #summary(rows) {
    const done = this.#decided ? ` ${counted(this.#decided, "message")} decided in ${age(this.#started)}.` : "";
    if (rows.length === 0) return (this.filter.value ? "Nothing matches the filter." : "Nothing waits for a person.")
      + done;
    const many = this.filter.value ? rows.length : Math.max(this.#parked, rows.length);
    return `${counted(many, "message")} ${many === 1 ? "waits"
      : "wait"} for a person, the longest for ${age(rows[0].since)}.` + done;
  }

  #line(row) {
    const isCurrent = key(row) === this.#current;
    return h("li", {}, button([
      h("span", { class: "row" }, h("b", {}, h("bdi", {}, field(row, "id") ?? `message ${row.offset}`)),
        h("span", { class: "soft" }, age(row.since))),
      h("span", { class: "soft" }, `${row.topic} › ${row.subscription}`),
      h("span", { class: "why" }, h("bdi", {}, printable(row.note || row.code || ""))),
    ], () => this.#go(key(row)), { "data-key": key(row), "aria-current": isCurrent ? "true" : undefined }));
  }

  #go(wanted) {
    this.#current = wanted;
    this.#draw();
    this.item?.focus();
  }

  #step(by) {
    const rows = this.#chosen();
    const at = rows.findIndex((row) => key(row) === this.#current);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) this.#go(key(next));
  }

  #open(rows) {
    const row = rows.find((one) => key(one) === this.#current);
    if (!row) {
      this.item = undefined;
      fill(this.detail, h("div", { class: "nothing" }, h("h2", {}, "All done"),
        h("p", {}, "Nothing waits for a person here. What is parked next comes up by itself."),
        h("p", {}, link("To the overview", place.overview))));
      return;
    }
    const at = `${rows.indexOf(row) + 1} of ${rows.length}`;
    if (this.item?.key === key(row)) {
      this.item.place(at);
      return;
    }
    const hadFocus = this.detail.contains(document.activeElement) || document.activeElement === document.body;
    const isFirst = this.item === undefined && this.#decided === 0;
    this.item = new InboxItem(row, { done: (verb) => this.#done(row, verb), step: (by) => this.#step(by) });
    this.item.place(at);
    fill(this.detail, this.item.node);
    if (hadFocus && !isFirst) this.item.focus();
    this.item.load(this.view.signal);
  }

  #done(row, verb) {
    this.#decided += 1;
    this.#gone.add(occasion(row));
    const before = this.#chosen();
    this.#rows = this.#rows.filter((one) => key(one) !== key(row));
    this.#parked -= 1;
    const left = Math.max(this.#parked, this.#rows.length);
    announce(`${verbs[verb].past}. ${left === 0 ? "Nothing is left." : `${left} left; the next one is open.`}`);
    this.#draw(before);
    if (left === 0) this.view.heading.focus();
  }
}
