// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Elements are made here and nowhere else. Text is always a text node: what a message says is never markup.

const drawing = new Set(["svg", "path", "line", "circle", "rect", "g"]);

/** Makes an element: attributes by name, listeners as `onclick`, children as nodes or text. */
export function h(tag, attributes = {}, ...children) {
  const element = drawing.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  put(element, children);
  return element;
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  put(element, children);
  return element;
}

function put(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Sets the text of an element, if it is another one. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A control that does something. */
export function button(text, action, attributes = {}) {
  return h("button", { type: "button", onclick: action, ...attributes }, text);
}

/** A link to a place of the console. */
export function link(text, href, attributes = {}) {
  return h("a", { href, ...attributes }, text);
}

/** Text that only screen readers tell. */
export function unseen(text) {
  return h("span", { class: "unseen" }, text);
}
