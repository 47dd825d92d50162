// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The body of a message as JSON, text or bytes. It may be hostile: nothing of it becomes markup.

import { button, fill, h } from "../core/dom.js";
import { bytes, counted, printableLines, size } from "../core/format.js";
import { notice } from "./notice.js";

const glance = 16_384;
const encoder = new TextEncoder();
let number = 0;

/** A body with a choice of forms. */
export function bodyView(message) {
  const isText = message.bodyBase64 === undefined;
  const text = isText ? message.body ?? "" : "";
  const data = isText ? encoder.encode(text) : bytes(message.bodyBase64);
  const json = isText && isJSON(text);
  const forms = [json && "JSON", isText && "Text", "Bytes"].filter(Boolean);
  const shown = h("pre", { class: "payload", tabindex: "0", role: "group", "aria-label": "Body" });
  const rest = h("div");
  let form = forms[0];
  const draw = (isWhole) => {
    const limit = isWhole ? Infinity : glance;
    const [content, isCut] = form === "JSON" ? lines(text, limit)
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
      isText && data.length > 0 && navigator.clipboard && button("Copy", () => copy(text), { class: "quiet" })),
    data.length ? shown : h("p", { class: "soft" }, "The body is empty."), rest);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice("The body is copied.");
  } catch {
    notice("The browser does not let the console copy.", "bad");
  }
}

/** A choice of one of a few, as buttons in a row. */
export function chooser(label, options, chosen, deed) {
  const name = `choice-${++number}`;
  return h("fieldset", { class: "choice" }, h("legend", { class: "unseen" }, label), options.map((option) =>
    h("label", {}, h("input", {
      type: "radio", name, value: option, checked: option === chosen, onchange: () => deed(option),
    }), h("span", {}, option))));
}

function isJSON(text) {
  if (!/^\s*[[{"\d\-tfn]/.test(text) || text.length > 2_000_000) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const token = /"(?:[^"\\]|\\.)*"|[-\d][\d.eE+-]*|true|false|null|[{}[\],:]/g;

/**
 * JSON in lines, with a class for each kind of value, and whether it was cut.
 *
 * The very text of names and values is kept: a number may be longer than this language can count.
 */
function lines(text, limit) {
  const out = [];
  const tokens = text.match(token) ?? [];
  let depth = 0;
  let length = 0;
  const turn = () => out.push("\n" + "  ".repeat(Math.min(depth, 24)));
  for (const [index, one] of tokens.entries()) {
    const next = tokens[index + 1];
    length += one.length;
    if (length > limit) return [out, true];
    if (one === "{" || one === "[") {
      depth += 1;
      out.push(one);
      if (next !== "}" && next !== "]") turn();
    } else if (one === "}" || one === "]") {
      depth -= 1;
      if (!["{", "["].includes(tokens[index - 1])) turn();
      out.push(one);
    } else if (one === ",") {
      out.push(one);
      turn();
    } else if (one === ":") {
      out.push(": ");
    } else {
      out.push(h("span", { class: kind(one, next) }, printableLines(one)));
    }
  }
  return [out, false];
}

function kind(value, next) {
  if (value[0] === '"') return next === ":" ? "name" : "string";
  return value === "null" ? "null" : value === "true" || value === "false" ? "boolean" : "number";
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
