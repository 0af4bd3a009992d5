// SPDX-License-Identifier: EUPL-1.2
// Shortcuts of the desk. Everything works without them; they are silent while somebody types, and can be switched off.
"use strict";
(() => {
  const OFF = "meja-tombol-mati";
  const kept = (() => { try { return window.localStorage; } catch { return null; } })();
  document.body.classList.add("has-script");

  const choice = document.querySelector("[data-keys-switch]");
  if (choice) {
    choice.checked = kept?.getItem(OFF) !== "1";
    choice.addEventListener("change", () => kept?.setItem(OFF, choice.checked ? "0" : "1"));
  }

  const visible = (element) => element !== null && element.offsetParent !== null;
  const links = () => [...document.querySelectorAll("[data-queue] a")].filter(visible);
  const move = (step) => {
    const all = links();
    const here = all.indexOf(document.activeElement);
    const start = here >= 0 ? here : all.findIndex((link) => link.hasAttribute("aria-current"));
    const next = start < 0 && step < 0 ? null : all[start < 0 ? 0 : start + step];
    next?.focus();
  };
  const open = (id) => {
    const act = document.getElementById(id);
    if (act instanceof HTMLDetailsElement) { act.open = true; (act.querySelector("textarea") ?? act.querySelector("select"))?.focus(); }
  };
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    "/": () => [...document.querySelectorAll("#nomor")].find(visible)?.focus(),
    b: () => open("jawab"),
    t: () => open("tanya"),
    f: () => { open("saring"); document.querySelector("[data-filter]")?.click(); },
    n: () => document.querySelector("a[rel=next]")?.click(),
    "?": () => { window.location.href = document.body.querySelector("[data-keys-page]")?.href ?? "#"; },
  };
  if (window.location.hash === "#saring") open("saring");
  document.querySelectorAll(".quick a").forEach((link) => link.addEventListener("click", () => {
    const id = link.hash.slice(1);
    window.setTimeout(() => open(id));
  }));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || kept?.getItem(OFF) === "1") return;
    const act = acts[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
