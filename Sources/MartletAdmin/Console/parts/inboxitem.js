// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// One parked message with all that a person needs to decide about it, and the decision.

import { api } from "../core/api.js";
import { button, fill, h, link, say } from "../core/dom.js";
import { age, field, printable, time } from "../core/format.js";
import { place } from "../core/place.js";
import { attempts } from "./attempts.js";
import { bodyView, headersView } from "./body.js";
import { facts } from "./facts.js";
import { failure, notice } from "./notice.js";
import { drawing } from "./tree.js";

/** What can be decided, in the words of people. */
export const verbs = {
  ack: { key: "a", title: "Handled", words: "decide: it is handled", past: "Handled",
    meaning: "A person took care of it. It is not delivered again.", kind: "primary" },
  retry: { key: "r", title: "Try again", words: "decide: try it again", past: "Tried again",
    meaning: "It is delivered to a consumer at once, with its failures back at 0; your note goes with it.", kind: "" },
  reject: { key: "x", title: "Give up", words: "decide: give it up", past: "Given up",
    meaning: "It becomes a dead letter with your note, from where it can be redriven.", kind: "danger" },
};

export class InboxItem {
  /** Whether it left by a decision made here. */
  isOwnDecision = false;

  constructor(row, { done, step }) {
    this.row = row;
    this.key = `${row.topic} ${row.subscription} ${row.offset}`;
    this.done = done;
    this.counter = h("span", { class: "soft" });
    this.title = h("h2", { tabindex: "-1" }, h("bdi", {}, field(row, "id") ?? `Message ${row.offset}`));
    this.decision = h("div", { class: "decision" });
    this.parts = { body: h("div"), process: h("div") };
    const note = printable(row.note);
    this.node = h("article", {},
      h("div", { class: "head" }, this.title, h("div", { class: "actions" },
        button("‹", () => step(-1), { class: "quiet", "aria-label": "The message before" }),
        this.counter, button("›", () => step(1), { class: "quiet", "aria-label": "The next message" }))),
      h("p", { class: "question" }, note ? h("bdi", {}, `“${note}”`) : "It waits for a person; no note says why.",
        row.code && h("code", {}, printable(row.code))),
      this.decision, facts([
        ["waits", `since ${time(row.since)} (${age(row.since)})`], ["parked by", printable(row.consumer)],
        ["message", link(`${row.topic}:${row.offset}`, place.message(row.topic, row.offset))],
        ["subscription", link(row.subscription, place.subscription(row.topic, row.subscription))],
        ["key", field(row, "key")], ["process", row.process
          && link(printable(row.process), place.process(row.process))],
        ["published", time(row.time)],
      ]), this.parts.body, h("h3", {}, "What was tried"), attempts(row.attempts), this.parts.process);
    this.#offer();
  }

  place(text) { say(this.counter, text); }
  focus() { this.title.focus(); }

  /** Fetches the message and its process. */
  async load(signal) {
    const { topic, offset, process } = this.row;
    const [messages, tree] = await Promise.all([
      api.messages(topic, offset, 1).catch(() => []), process ? api.process(process).catch(() => undefined)
        : undefined]);
    if (signal.aborted) return;
    const message = messages.find((one) => one.offset === offset);
    fill(this.parts.body, h("h3", {}, "What it says"), message ? [bodyView(message), headersView(message.headers)]
      : h("p", { class: "soft" }, "The message cannot be looked at."));
    if (tree?.messages?.length) fill(this.parts.process, h("h3", {}, "The process"), drawing(tree, { topic, offset }));
  }

  /** Chooses a decision, as its button does. */
  choose(verb) {
    const { title, meaning, kind } = verbs[verb];
    const note = h("textarea", { id: "decision-note", rows: "2", maxlength: "1000",
      "aria-describedby": "decision-meaning" });
    const error = h("div", { role: "alert" });
    const form = h("form", { class: "decide" }, h("p", { id: "decision-meaning" }, h("b", {}, title + ". "), meaning),
      h("div", { class: "field" }, h("label", { for: "decision-note" }, "Note for the record (optional)"), note), error,
      h("div", { class: "row" }, h("button", { type: "submit", class: kind || "primary" },
        `Confirm: ${title.toLowerCase()}`),
        button("Cancel", () => { this.#offer(); this.focus(); }),
        h("span", { class: "soft hint" }, "Enter confirms, Escape cancels")));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        this.#offer();
        this.focus();
      } else if (event.key === "Enter" && !event.shiftKey && event.target === note) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#decide(verb, note.value.trim(), form, error);
    });
    fill(this.decision, form);
    note.focus();
  }

  async #decide(verb, note, form, error) {
    if (this.isOwnDecision) return;
    this.isOwnDecision = true;
    form.classList.add("waits");
    try {
      await api.resolve(this.row.topic, this.row.subscription, this.row.offset, verb, note);
      this.done(verb);
    } catch (refusal) {
      this.isOwnDecision = false;
      form.classList.remove("waits");
      if (refusal.code === "unknown-message") notice("Another person decided about this message.", "bad");
      fill(error, failure(refusal));
    }
  }

  #offer() {
    fill(this.decision, h("div", { class: "row", role: "group", "aria-label": "Decide" },
      Object.entries(verbs).map(([verb, { key, title, kind, meaning }]) =>
      button([title, " ", h("kbd", { "aria-hidden": "true" }, key)], () => this.choose(verb),
        { class: kind, title: meaning, "aria-keyshortcuts": key }))));
  }
}
