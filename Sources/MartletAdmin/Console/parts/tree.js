// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The flow of a process, drawn: what was caused stands below its cause. A line of causes goes straight down, and only
// where a message caused several things the drawing branches, so that long processes fit a phone.

import { h, link, unseen } from "../core/dom.js";
import { counted, duration, field, time } from "../core/format.js";
import { place } from "../core/place.js";
import { kinds, mark } from "./facts.js";

const deepest = 12;

/** The rows of a tree in the order they are drawn, each with the rails on its left. */
export function layOut(tree) {
  const rows = [];
  const roots = tree.messages ?? [];
  // A chain may be as long as there are messages, so nothing here calls itself.
  const open = roots.map((node) => ({ node, rails: [], isLast: true, isRoot: true })).reverse();
  while (open.length) {
    const next = open.pop();
    const children = next.node.children ?? [];
    rows.push({ ...next, goesOn: children.length > 0 });
    const below = next.isRoot ? [] : next.isStraight ? next.rails : [...next.rails, !next.isLast];
    const isStraight = children.length === 1 || next.rails.length >= deepest;
    children.map((node, index) => ({
      node, rails: below, isLast: index === children.length - 1, isStraight, cause: next.node,
    })).reverse().forEach((child) => open.push(child));
  }
  return rows;
}

/** A drawing of a tree, with the message that is looked at marked. */
export function drawing(tree, current) {
  const rows = layOut(tree);
  if (rows.length === 0) return h("p", { class: "soft" }, "No messages of this process are kept.");
  const start = Math.min(...rows.map((row) => row.node.time));
  return h("div", { class: "tree" }, h("p", { class: "soft" }, summary(rows)),
    h("ol", {}, rows.map((row) => drawn(row, start, current))),
    tree.more && h("p", { class: "soft" }, "There are more messages than are drawn."));
}

function summary(rows) {
  const tally = new Map();
  for (const { node } of rows) {
    for (const verdict of Object.values(node.verdicts ?? {})) tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
  }
  const times = rows.map((row) => row.node.time);
  const length = Math.max(...times) - Math.min(...times);
  return [counted(rows.length, "message"), length > 0 && `over ${duration(length)}`,
    ...[...tally].sort().map(([verdict, number]) => `${number} ${verdict}`)].filter(Boolean).join(", ");
}

/** The gravest kind among a message's verdicts. */
function gravest(node) {
  const found = Object.values(node.verdicts ?? {}).map((verdict) => kinds[verdict]);
  return ["bad", "warn", "busy", "calm", "good"].find((kind) => found.includes(kind)) ?? "none";
}

function drawn({ node, rails, isLast, isRoot, isStraight, goesOn, cause }, start, current) {
  const isCurrent = current && node.topic === current.topic && node.offset === current.offset;
  const gutter = h("span", { class: "gutter", "aria-hidden": "true" },
    rails.map((goes) => h("span", { class: goes ? "rail goes" : "rail" })),
    !isRoot && !isStraight && h("span", { class: isLast ? "rail last" : "rail fork" }),
    h("span", { class: `rail dot ${gravest(node)}${!isRoot && isStraight ? " from" : ""}${goesOn ? " on" : ""}` }));
  const verdicts = Object.entries(node.verdicts ?? {});
  const id = field(node, "id");
  const from = node.gap ? `its cause '${field(node, "cause")}' is not known, or not kept any more`
    : cause && `caused by ${cause.topic}:${cause.offset}`;
  return h("li", { class: isCurrent ? "current" : undefined }, gutter, h("div", { class: "about" },
    h("span", { class: "row" }, link(`${node.topic}:${node.offset}`, place.message(node.topic, node.offset),
      { "aria-current": isCurrent ? "true" : undefined }),
      id && h("bdi", { class: "id" }, id),
      h("span", { class: "soft", title: time(node.time) },
        node.time === start ? time(node.time) : `+${duration(node.time - start)}`)),
    from && (node.gap ? h("span", { class: "gap" }, "gap: " + from) : unseen(from)),
    h("span", { class: "row verdicts" }, verdicts.length === 0 ? h("span", { class: "soft" }, "no subscription")
      : verdicts.map(([name, verdict]) => h("span", {}, name, " ", mark(verdict))))));
}
