// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Tables that stay usable with tens of thousands of rows: filtered, sorted, in pages, and changed in place.

import { button, fill, h, say } from "../core/dom.js";
import { count, counted } from "../core/format.js";

/**
 * A table of rows.
 *
 * A column has `title`, `text(row)` and as needed `cell(row)` for more than text, `order(row)` to be sorted by, and
 * `class`. `key(row)` names a row; `filter(row)` is the text in which the filter box looks.
 */
export class Table {
  #rows = [];
  #shown = [];
  #lines = new Map();
  #page = 0;
  #sorting;
  #wanted = "";

  constructor({ caption, columns, key, filter, empty = "nothing there", things = "row", page = 50, sort, isSmall }) {
    Object.assign(this, { columns, key, filter, empty, things, size: page });
    this.#sorting = sort;
    this.body = h("tbody");
    this.heads = columns.map((column, index) => this.#head(column, index));
    this.table = h("table", {}, h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, this.heads)), this.body);
    this.scroll = h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption }, this.table);
    this.tally = h("span", { class: "soft", role: "status" });
    this.before = button("‹ Before", () => this.#turn(-1), { class: "quiet" });
    this.after = button("After ›", () => this.#turn(1), { class: "quiet" });
    this.pager = h("div", { class: "pager", hidden: true }, this.before, this.tally, this.after);
    this.node = h("div", { class: isSmall ? "tablebox small" : "tablebox" }, filter && this.#box(caption), this.scroll,
      this.pager);
  }

  /** Shows other rows; what did not change stays, with the focus on it. */
  update(rows) {
    this.#rows = rows;
    this.#draw();
  }

  get rows() { return this.#rows; }

  #box(caption) {
    const field = h("input", {
      type: "search", "aria-label": `Filter: ${caption}`, placeholder: "filter", autocomplete: "off",
      spellcheck: "false",
      oninput: () => {
        this.#wanted = field.value.trim().toLowerCase();
        this.#page = 0;
        this.#draw();
      },
    });
    this.field = field;
    return h("div", { class: "filter" }, field);
  }

  #head(column, index) {
    if (!column.order) return h("th", { scope: "col", class: column.class }, column.title);
    return h("th", { scope: "col", class: column.class }, button(column.title, () => {
      const isSame = this.#sorting?.[0] === index;
      this.#sorting = [index, isSame ? -this.#sorting[1] : column.first ?? 1];
      this.#page = 0;
      this.#draw();
    }, { class: "sort" }));
  }

  #turn(step) {
    this.#page += step;
    this.#draw();
    this.scroll.scrollTop = 0;
    if (document.activeElement?.disabled) this.scroll.focus();
  }

  #chosen() {
    let rows = this.#rows;
    if (this.#wanted) rows = rows.filter((row) => this.filter(row).toLowerCase().includes(this.#wanted));
    if (!this.#sorting) return rows;
    const [index, direction] = this.#sorting;
    const order = this.columns[index].order;
    return [...rows].sort((left, right) => {
      const [a, b] = [order(left), order(right)];
      return (a < b ? -1 : a > b ? 1 : 0) * direction;
    });
  }

  #draw() {
    const chosen = this.#chosen();
    const pages = Math.max(1, Math.ceil(chosen.length / this.size));
    this.#page = Math.max(0, Math.min(this.#page, pages - 1));
    const start = this.#page * this.size;
    this.#shown = chosen.slice(start, start + this.size);
    this.heads.forEach((head, index) => {
      const isSorted = this.#sorting?.[0] === index;
      if (isSorted) head.setAttribute("aria-sort", this.#sorting[1] > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    this.#place();
    const isLong = this.#rows.length > this.size;
    this.pager.hidden = !isLong;
    say(this.tally, `${count(chosen.length ? start + 1 : 0)}–${count(start
      + this.#shown.length)} of ${counted(chosen.length, this.things)}`);
    this.before.disabled = this.#page === 0;
    this.after.disabled = this.#page >= pages - 1;
  }

  #place() {
    const lines = new Map();
    for (const row of this.#shown) {
      const key = this.key(row);
      const line = this.#lines.get(key) ?? this.#line();
      this.#write(line, row);
      lines.set(key, line);
    }
    this.#lines = lines;
    if (lines.size === 0) {
      const text = this.#wanted ? "nothing matches the filter" : this.empty;
      fill(this.body, h("tr", { class: "none" }, h("td", { colspan: this.columns.length }, text)));
      return;
    }
    const wanted = [...lines.values()].map((line) => line.node);
    for (const old of [...this.body.children]) if (!wanted.includes(old)) old.remove();
    wanted.forEach((node, index) => {
      if (this.body.children[index] !== node) this.body.insertBefore(node, this.body.children[index] ?? null);
    });
  }

  #line() {
    const cells = this.columns.map((column, index) => index === 0
      ? h("th", { scope: "row", class: column.class }) : h("td", { class: column.class }));
    return { node: h("tr", {}, cells), cells, texts: [] };
  }

  #write(line, row) {
    this.columns.forEach((column, index) => {
      const text = column.text(row);
      if (line.texts[index] === text) return;
      line.texts[index] = text;
      fill(line.cells[index], column.cell ? column.cell(row) : text);
    });
    line.node.className = this.mark?.(row) ?? "";
  }
}
