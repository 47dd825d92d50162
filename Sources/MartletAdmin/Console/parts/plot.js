// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Small plots of the last minutes, drawn as SVG.

import { fill, h, say } from "../core/dom.js";
import { time } from "../core/format.js";

const width = 300;
const height = 64;
const span = 600_000;

/** A plot of one or two lines. */
export class Plot {
  #samples = [];

  /** A series has `word`, `value(sample)` and `class`; `format` makes a text of a value. */
  constructor({ title, series, format }) {
    Object.assign(this, { title, series, format });
    this.value = h("span", { class: "now" });
    this.top = h("span", { class: "top", "aria-hidden": "true" });
    this.lines = series.map((one) => [h("path", { class: `area ${one.class}` }),
      h("path", { class: `line ${one.class}` })]);
    this.cursor = h("line", { class: "cursor", y1: 0, y2: height, x1: -9, x2: -9 });
    this.svg = h("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img" }, this.lines,
      this.cursor);
    this.svg.addEventListener("pointermove", (event) => this.#point(event));
    this.svg.addEventListener("pointerleave", () => this.#point());
    this.node = h("figure", { class: "plot" },
      h("figcaption", {}, h("span", {}, title), this.value), h("div", { class: "frame" }, this.svg, this.top));
  }

  /** Draws the samples, oldest first. */
  draw(samples) {
    this.#samples = samples;
    if (samples.length === 0) return;
    const end = samples.at(-1).seen;
    // What the broker does not tell is not drawn.
    this.told = this.series.filter((one) => samples.some((sample) => one.value(sample) !== undefined));
    const values = this.series.map((one) => samples.map((sample) => one.value(sample) ?? 0));
    const most = nice(Math.max(1, ...values.flat()));
    // A console that was just opened shows what it has over the whole width.
    const shown = Math.min(span, Math.max(30_000, end - samples[0].seen));
    this.range = { end, shown };
    values.forEach((list, index) => {
      if (!this.told.includes(this.series[index])) return;
      const points = list.map((value, place) => [
        width - ((end - samples[place].seen) / shown) * width, height - 2 - (value / most) * (height - 6)]);
      const line = points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
      this.lines[index][1].setAttribute("d", line);
      this.lines[index][0].setAttribute("d", `${line}L${width} ${height}L${points[0][0].toFixed(1)} ${height}Z`);
    });
    say(this.top, this.format(most));
    this.#tell(samples.at(-1));
    this.svg.setAttribute("aria-label",
      `${this.title}: ${this.#words(samples.at(-1))}; the top of the plot is ${this.format(most)}`);
  }

  #words(sample) {
    return this.told.map((one) => `${one.word ? one.word + " " : ""}${this.format(one.value(sample) ?? 0)}`).join(", ");
  }

  #tell(sample, isPast = false) {
    fill(this.value, isPast && h("span", { class: "soft" }, time(sample.seen) + " "),
      this.told.map((one) => h("span", { class: `series ${one.class}` },
        one.word && h("i", { "aria-hidden": "true" }), one.word && one.word + " ",
        h("b", {}, this.format(one.value(sample) ?? 0)))));
  }

  #point(event) {
    if (this.#samples.length === 0) return;
    const box = this.svg.getBoundingClientRect();
    if (!event || box.width === 0) {
      this.cursor.setAttribute("x1", -9);
      this.cursor.setAttribute("x2", -9);
      this.#tell(this.#samples.at(-1));
      return;
    }
    const share = (event.clientX - box.left) / box.width;
    const wanted = this.range.end - (1 - share) * this.range.shown;
    const nearest = this.#samples.reduce((best, sample) =>
      Math.abs(sample.seen - wanted) < Math.abs(best.seen - wanted) ? sample : best);
    this.cursor.setAttribute("x1", share * width);
    this.cursor.setAttribute("x2", share * width);
    this.#tell(nearest, true);
  }
}

/** The next number at or above one that is 1, 2 or 5 with zeros. */
function nice(number) {
  const unit = 10 ** Math.floor(Math.log10(number));
  return [1, 2, 5, 10].map((step) => step * unit).find((step) => step >= number);
}
