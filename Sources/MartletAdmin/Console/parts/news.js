// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// What the broker says of itself, newest first.

import { fill, h, link } from "../core/dom.js";
import { printable, time } from "../core/format.js";
import { live } from "../core/live.js";
import { place } from "../core/place.js";
import { mark } from "./facts.js";

const severities = { info: "calm", warning: "warn", error: "bad" };

/** The last messages of `$sys`, as a list that goes on by itself. */
export function news(view, limit = 12) {
  const list = h("ul", { class: "news" });
  let drawn;
  const draw = () => {
    if (drawn === live.messages[0] && drawn !== undefined) return;
    drawn = live.messages[0];
    fill(list, live.messages.slice(0, limit).map(item),
      live.messages.length === 0 && h("li", { class: "soft" }, "Nothing was said yet."));
  };
  draw();
  live.addEventListener("stats", draw, { signal: view.signal });
  return list;
}

function item(one) {
  const word = printable(one.kind);
  const about = one.offset ? link(`${one.topic}:${one.offset}`, place.message(one.topic, one.offset))
    : one.topic && one.subscription ? link(`${one.topic} › ${one.subscription}`,
      place.subscription(one.topic, one.subscription))
      : one.topic && link(one.topic, place.topic(one.topic));
  const details = [
    one.count > 1 && `${one.count} messages (${one.first} to ${one.last})`, one.offset && one.subscription, one.reason,
    one.code, one.note,
  ].filter(Boolean).map(printable).join(", ");
  return h("li", {}, h("time", { datetime: new Date(one.time ?? 0).toISOString() }, time(one.time ?? 0)),
    mark(word, severities[one.severity]),
    h("span", {}, about, details && " " + details));
}
