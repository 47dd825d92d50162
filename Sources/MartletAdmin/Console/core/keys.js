// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Shortcuts of one key. They can be turned off, and rest while a person types or a dialog is open.

const stored = "martlet-shortcuts";
const everywhere = new Map();
let ofPage = new Map();
let prefix = "";
let forget;

/** Whether shortcuts are heard. */
export function areOn() {
  try { return localStorage.getItem(stored) !== "off"; } catch { return true; }
}

/** Turns shortcuts on or off. */
export function turn(on) {
  try { localStorage.setItem(stored, on ? "on" : "off"); } catch { /* for this page only then */ }
}

/** Adds a shortcut of every page: its keys, what it does in words, and the deed. */
export function addShortcut(keys, words, deed) {
  everywhere.set(keys, { words, deed });
}

/** Sets the shortcuts of the page that is shown. */
export function setPageShortcuts(list) {
  ofPage = new Map(list.map(([keys, words, deed]) => [keys, { words, deed }]));
}

/** The shortcuts that hold now, as keys and words. */
export function shortcuts() {
  const told = (map) => [...map].map(([keys, { words }]) => [keys, words]);
  return { page: told(ofPage), everywhere: told(everywhere) };
}

function isTyping(target) {
  return target instanceof HTMLElement
    && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (!areOn() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const keys = prefix + event.key;
  const found = ofPage.get(keys) ?? everywhere.get(keys);
  clearTimeout(forget);
  prefix = "";
  if (found) {
    event.preventDefault();
    found.deed();
  } else if (event.key === "g") {
    prefix = "g ";
    forget = setTimeout(() => { prefix = ""; }, 1500);
  }
});
