// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What the broker tells by itself: one stream of events for the whole console, opened again when it breaks.

import { api, eventsPath } from "./api.js";
import { setNow } from "./format.js";

const kept = 300;
const silence = 7000;

/** A message of the broker about itself: what its body says, and where it lies. */
function said(topic, message) {
  let body = {};
  try { body = JSON.parse(message.body); } catch { /* then only its time and kind are known */ }
  return { ...body, time: message.time, kind: topic.slice(5), place: `${topic}:${message.offset}` };
}

class Live extends EventTarget {
  /** The last samples, oldest first. */
  samples = [];
  /** The last messages of the broker about itself, newest first. */
  messages = [];
  state = "connecting";
  #source;
  #watch;
  #again;
  #wait = 1000;
  #isNew = true;

  get last() { return this.samples.at(-1); }

  start() {
    this.#close();
    this.#source = new EventSource(eventsPath);
    this.#source.onopen = () => { this.#isNew = true; };
    this.#source.addEventListener("stats", (event) => this.#take(event));
    this.#source.addEventListener("message", (event) => this.#hear(event));
    this.#source.onerror = () => this.#broke();
    this.#expect();
  }

  /** Listens no longer, until it is started again. */
  stop() {
    this.#close();
    this.#become("connecting");
  }

  #close() {
    this.#source?.close();
    clearTimeout(this.#watch);
    clearTimeout(this.#again);
  }

  #take(event) {
    const stats = JSON.parse(event.data);
    if (stats.time) setNow(stats.time);
    this.samples.push({ ...stats, seen: Date.now() });
    if (this.samples.length > kept) this.samples.shift();
    this.#wait = 1000;
    this.#expect();
    this.#become("live");
    // What was said before the stream began is fetched once it is there, so that nothing falls in between.
    if (this.#isNew) this.#recall().catch(() => { this.#isNew = true; });
    this.#isNew = false;
    this.dispatchEvent(new Event("stats"));
  }

  #hear(event) {
    const { topic, message } = JSON.parse(event.data);
    this.#remember([said(topic, message)]);
  }

  async #recall() {
    const topics = (await api.topics()).filter((topic) => topic.name.startsWith("$sys.") && topic.messages > 0);
    const lists = await Promise.all(topics.map(async ({ name, first, next }) =>
      (await api.messages(name, Math.max(first, next - 10), 10)).map((message) => said(name, message))));
    this.#remember(lists.flat());
  }

  #remember(found) {
    const known = new Set(this.messages.map((one) => one.place));
    this.messages = [...found.filter((one) => !known.has(one.place)), ...this.messages].sort((a, b) => b.time - a.time);
    this.messages.length = Math.min(this.messages.length, 100);
  }

  #broke() {
    this.#become("stale");
    // A stream that was refused stays closed; one that broke off is opened again by the browser.
    if (this.#source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.start(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, 15000);
  }

  #expect() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.#become("stale");
      this.start();
    }, silence);
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

export const live = new Live();
