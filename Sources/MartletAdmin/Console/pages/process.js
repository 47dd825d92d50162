// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// One process: what was caused by what, and what became of each; drawn anew as it goes on.

import { api } from "../core/api.js";
import { button, fill, h } from "../core/dom.js";
import { printable } from "../core/format.js";
import { View } from "../core/view.js";
import { drawing } from "../parts/tree.js";

// The most that the broker tells of at once.
const most = 2_000;

export function processPage(main, { process }) {
  const view = new View(main, `Process ${printable(process)}`);
  const tree = h("div");
  const all = button("Draw more of them", () => {
    limit = most;
    all.hidden = true;
    view.reload();
  }, { hidden: true });
  let drawn;
  let limit;
  view.add(tree, all);
  view.keep(async () => {
    const found = await api.process(process, limit);
    all.hidden = !found.more || limit === most;
    const text = JSON.stringify(found);
    if (text === drawn) return;
    drawn = text;
    // The one with the focus keeps it.
    const focused = tree.contains(document.activeElement) ? document.activeElement.getAttribute("href") : undefined;
    fill(tree, drawing(found));
    if (focused) [...tree.querySelectorAll("a")].find((anchor) => anchor.getAttribute("href") === focused)?.focus();
  });
  return view;
}
