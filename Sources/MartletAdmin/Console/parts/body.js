// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The body of a message as JSON, text or bytes. It may be hostile: nothing of it becomes markup.

import { button, fill, h } from "../core/dom.js";
import { bytes, counted, printableLines, size } from "../core/format.js";

const glance = 16_384;
const encoder = new TextEncoder();
let number = 0;

/** A body with a choice of forms. */
export function bodyView(message) {
  const isText = message.bodyBase64 === undefined;
  const text = isText ? message.body ?? "" : "";
  const data = isText ? encoder.encode(text) : bytes(message.bodyBase64);
  const json = isText ? parsed(text) : undefined;
  const forms = [json !== undefined && "JSON", isText && "Text", "Bytes"].filter(Boolean);
  const shown = h("pre", { class: "payload", tabindex: "0", role: "group", "aria-label": "Body" });
  const rest = h("div");
  let form = forms[0];
  const draw = (isWhole) => {
    const limit = isWhole ? Infinity : glance;
    const [content, isCut] = form === "JSON" ? cutJSON(json, text, limit)
      : form === "Text" ? [printableLines(text.slice(0, limit)), text.length > limit]
        : [hex(data.subarray(0, isWhole ? data.length : 1024)), !isWhole && data.length > 1024];
    fill(shown, content);
    fill(rest, isCut && button("Show all of it", () => draw(true), { class: "quiet" }));
  };
  const choice = chooser("Form of the body", forms, form, (chosen) => {
    form = chosen;
    draw(false);
  });
  draw(false);
  return h("div", { class: "bodyview" },
    h("div", { class: "row" }, choice, h("span", { class: "soft" }, size(data.length)),
      isText && data.length > 0 && button("Copy", () => navigator.clipboard?.writeText(text), { class: "quiet" })),
    data.length ? shown : h("p", { class: "soft" }, "The body is empty."), rest);
}

/** A choice of one of a few, as buttons in a row. */
export function chooser(label, options, chosen, deed) {
  const name = `choice-${++number}`;
  return h("fieldset", { class: "choice" }, h("legend", { class: "unseen" }, label), options.map((option) =>
    h("label", {}, h("input", {
      type: "radio", name, value: option, checked: option === chosen, onchange: () => deed(option),
    }), h("span", {}, option))));
}

function parsed(text) {
  if (!/^\s*[[{"\d\-tfn]/.test(text) || text.length > 2_000_000) return undefined;
  try { return JSON.parse(text); } catch { return undefined; }
}

function cutJSON(value, text, limit) {
  if (text.length > limit) return [printableLines(JSON.stringify(value, null, 2).slice(0, limit)), true];
  const out = [];
  writeJSON(value, "", out);
  return [out, false];
}

/** JSON in lines, with a class for each kind of value. */
function writeJSON(value, inset, out) {
  if (Array.isArray(value) || (value && typeof value === "object")) {
    const isList = Array.isArray(value);
    const entries = Object.entries(value);
    const [open, close] = isList ? "[]" : "{}";
    if (entries.length === 0) return out.push(open + close);
    out.push(open, "\n");
    entries.forEach(([name, member], index) => {
      out.push(inset + "  ");
      if (!isList) out.push(h("span", { class: "name" }, printableLines(JSON.stringify(name))), ": ");
      // Deep nesting is shown in one line, so that this never goes too deep.
      if (inset.length > 60) out.push(printableLines(JSON.stringify(member)));
      else writeJSON(member, inset + "  ", out);
      out.push(index < entries.length - 1 ? ",\n" : "\n");
    });
    return out.push(inset + close);
  }
  const kind = value === null ? "null" : typeof value;
  return out.push(h("span", { class: kind }, printableLines(JSON.stringify(value))));
}

function hex(data) {
  const lines = [];
  for (let start = 0; start < data.length; start += 16) {
    const part = [...data.subarray(start, start + 16)];
    const digits = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ").padEnd(47);
    const letters = part.map((byte) => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".").join("");
    lines.push(`${start.toString(16).padStart(8, "0")}  ${digits}  ${letters}`);
  }
  return lines.join("\n");
}

/** The headers of a message. */
export function headersView(headers = {}) {
  const list = Object.entries(headers).filter(([name]) => !name.startsWith("Martlet-Dead-"));
  if (list.length === 0) return h("p", { class: "soft" }, "No headers.");
  return h("details", { class: "headers", open: list.length <= 6 }, h("summary", {}, counted(list.length, "header")),
    h("dl", { class: "facts" }, list.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, printableLines(value))))));
}
