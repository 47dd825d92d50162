// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Numbers, times and names as people read them.

const grouped = new Intl.NumberFormat("en");
const lengths = [["d", 86400000], ["h", 3600000], ["min", 60000], ["s", 1000], ["ms", 1]];
// Control characters, and those that turn the direction of what follows.
const steering = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
let skew = 0;

/** Takes the broker's time, so that ages are right though this machine's clock is not. */
export function setNow(milliseconds) {
  const found = milliseconds - Date.now();
  skew = Math.abs(found) > 2000 ? found : 0;
}

/** The broker's time, in Unix milliseconds. */
export function now() {
  return Date.now() + skew;
}

/** A whole number with its thousands apart. */
export function count(number) {
  return grouped.format(number ?? 0);
}

/** A number of things: `1 message`, `2 messages`. */
export function counted(number, one, many = one + "s") {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A rate, with one digit behind the point below 10. */
export function rate(number) {
  const value = number ?? 0;
  return value < 10 && value > 0 ? value.toFixed(1) : count(Math.round(value));
}

/** A length of time in its two largest units. */
export function duration(milliseconds) {
  let rest = Math.max(0, Math.round(milliseconds ?? 0));
  const parts = [];
  for (const [unit, length] of lengths) {
    if (rest >= length) parts.push(`${Math.floor(rest / length)} ${unit}`);
    rest %= length;
  }
  return parts.length ? parts.slice(0, 2).join(" ") : "0 s";
}

/** How long ago a time is, in whole seconds. */
export function age(milliseconds) {
  return duration(Math.floor(Math.max(0, now() - milliseconds) / 1000) * 1000);
}

/** In how long a time is, rounded up to seconds. */
export function distance(milliseconds) {
  return duration(Math.ceil(Math.max(0, milliseconds - now()) / 1000) * 1000);
}

/** A time of day, with the date when it is not today's. */
export function time(milliseconds) {
  const moment = new Date(milliseconds);
  const two = (number) => String(number).padStart(2, "0");
  const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
  if (moment.toDateString() === new Date(now()).toDateString()) return clock;
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${clock}`;
}

/** A number of bytes in the unit that leaves one to four digits. */
export function size(bytes) {
  let value = bytes ?? 0;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1024) return unit === "B" ? `${value} B` : `${Math.round(value * 10) / 10} ${unit}`;
    value /= 1024;
  }
  return `${Math.round(value * 10) / 10} TiB`;
}

/** Text of others in one line, without what would steer a reader. */
export function printable(text) {
  return String(text ?? "").replace(/[\r\n\t]/g, " ").replace(steering, "\ufffd");
}

/** Text of others in many lines. */
export function printableLines(text) {
  return String(text ?? "").replace(/\r\n/g, "\n").replace(steering,
    (found) => "\n\t".includes(found) ? found : "\ufffd");
}

/** The bytes of base64. */
export function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A field that is text, or base64 where it is not UTF-8; undefined when it is not there. */
export function field(object, name) {
  if (object?.[name] !== undefined && object[name] !== "") return printable(object[name]);
  const base64 = object?.[`${name}Base64`];
  return base64 === undefined ? undefined : `base64:${base64}`;
}

/** A setting's name in words: `maxFailures` is `max failures`. */
export function words(name) {
  return name.replace(/[A-Z]/g, (letter) => " " + letter.toLowerCase());
}
