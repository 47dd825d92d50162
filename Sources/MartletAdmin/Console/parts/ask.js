// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Dialogs that ask before something is changed.

import { button, fill, h } from "../core/dom.js";

let number = 0;

/**
 * Asks for fields and consent; answers the values by name, or undefined when it is called off.
 *
 * A field has `name`, `label`, and as needed `hint`, `value`, `options`, `lines`, `required` and `must` (the only text
 * that is taken).
 */
export function ask({ title, text = [], fields = [], confirm, danger = false }) {
  return new Promise((resolve) => {
    const id = `ask-${++number}`;
    const controls = new Map();
    const error = h("p", { class: "wrong", role: "alert" });
    let answer;
    const form = h("form", { class: "ask" },
      h("h2", { id }, title), [text].flat().map((line) => line instanceof Node ? line : h("p", {}, line)),
      fields.map((field) => labelled(field, `${id}-${field.name}`, controls)), error,
      h("div", { class: "row end" }, button("Cancel", () => dialog.close()),
        h("button", { type: "submit", class: danger ? "danger" : "primary" }, confirm)));
    const dialog = h("dialog", { "aria-labelledby": id }, form);
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wrong = fields.find((field) => objection(field, controls.get(field.name).value));
      if (wrong) {
        fill(error, objection(wrong, controls.get(wrong.name).value));
        controls.get(wrong.name).focus();
        return;
      }
      answer = Object.fromEntries([...controls].map(([name, control]) => [name, control.value.trim()]));
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    ([...controls.values()][0] ?? form.querySelector(".end button")).focus();
  });
}

function objection(field, value) {
  if (field.must !== undefined && value !== field.must) return `Type ${field.must} to go on.`;
  if (field.required && value.trim() === "") return `${field.label} is needed.`;
  return undefined;
}

/** A control with its label and hint. */
export function labelled(field, id, controls) {
  const described = field.hint ? `${id}-hint` : undefined;
  const common = { id, name: field.name, "aria-describedby": described, required: field.required, autocomplete: "off" };
  const control = field.options
    ? h("select", common, field.options.map(([value, words]) =>
      h("option", { value, selected: value === field.value }, words)))
    : field.lines
      ? h("textarea", { ...common, rows: field.lines, value: field.value ?? "" })
      : h("input", {
        ...common, type: field.type ?? "text", value: field.value ?? "", spellcheck: "false",
        placeholder: field.placeholder,
      });
  controls.set(field.name, control);
  return h("div", { class: "field" }, h("label", { for: id }, field.label), control,
    field.hint && h("small", { id: described }, field.hint));
}

/** A dialog that only tells something. */
export function tell(title, ...content) {
  const id = `ask-${++number}`;
  const dialog = h("dialog", { "aria-labelledby": id }, h("div", { class: "ask" }, h("h2", { id }, title), content,
    h("div", { class: "row end" }, button("Close", () => dialog.close(), { class: "primary" }))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
