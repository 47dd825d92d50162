// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// One page while it is shown: its heading, its parts, and what goes on in it until another one takes its place.

import { fill, h } from "./dom.js";
import { setPageShortcuts } from "./keys.js";
import { live } from "./live.js";
import { failure } from "../parts/notice.js";

export class View {
  #end = new AbortController();
  #loads = [];
  #error = h("div", { role: "alert" });

  /** Makes a page with a heading; `trail` are the links above it. */
  constructor(main, title, trail = []) {
    this.heading = h("h1", { tabindex: "-1" }, title);
    this.actions = h("div", { class: "actions" });
    this.body = h("div", { class: "body" });
    document.title = `${title} · Martlet`;
    setPageShortcuts([]);
    fill(main,
      trail.length > 0 && h("nav", { class: "trail", "aria-label": "Where this is" },
        h("ol", {}, trail.map((step) => h("li", {}, step)))),
      h("div", { class: "head" }, this.heading, this.actions), this.#error, this.body);
  }

  /** Ends with the page. */
  get signal() { return this.#end.signal; }
  get isOver() { return this.#end.signal.aborted; }

  close() { this.#end.abort(); }

  /** Adds parts to the page. */
  add(...parts) {
    this.body.append(...parts.filter(Boolean));
  }

  /** Runs what loads the page, now and at every `ticks`-th news of the broker; tells when that fails. */
  async keep(load, ticks = 1) {
    let isBusy = false;
    let passed = 0;
    const run = async () => {
      if (isBusy || this.isOver) return;
      isBusy = true;
      try {
        await load();
        if (this.#error.hasChildNodes()) fill(this.#error);
      } catch (error) {
        if (!this.isOver) this.fail(error);
      } finally {
        isBusy = false;
      }
    };
    live.addEventListener("stats", () => {
      passed += 1;
      const many = typeof ticks === "function" ? ticks() : ticks;
      if (passed % many === 0 && !document.hidden) run();
    }, { signal: this.signal });
    this.#loads.push(run);
    await run();
  }

  /** Loads all of it again. */
  async reload() {
    await Promise.all(this.#loads.map((load) => load()));
  }

  /** Does something once, and tells when it fails. */
  async attempt(deed) {
    try {
      await deed();
    } catch (error) {
      if (!this.isOver) this.fail(error);
    }
  }

  fail(error) {
    if (error.status === 401) return;
    if (error.code === undefined) console.error(error);
    fill(this.#error, failure(error));
  }
}
