// SPDX-License-Identifier: EUPL-1.2
// What is typed at /lapor outlives a closed browser and a lost connection. It stays on this device, seven days at most,
// and leaves it only by the form itself with its token `kiriman`, so that sending twice makes one case.
//
// localStorage keeps one draft for each token. Contact, and anything of a secret case, only if the person asks for it.
// sessionStorage, which ends with the tab, holds the one form that was just sent and has no answer yet, whole.
//
// Nothing is sent behind the person's back: the answer is the receipt with its key, shown once, which must not come to
// an empty room or to the next user of a shared phone. So a draft goes by itself only from the page that waits with it.
"use strict";
(() => {
  const KEPT = "melayani.draft.";
  const HELD = "melayani.held";
  const SENT = "melayani.sent";
  const MOST_AGE = 7 * 24 * 3600 * 1000;
  const AFTER_TYPING = 400;
  const BETWEEN_TRIES = 20000;
  const CONTACT = ["nama", "surel", "telepon"];
  const NOT_TYPED = ["csrfmiddlewaretoken", "tuju", "langkah"];
  // What the page itself says, so that these alone make no draft.
  const GIVEN = ["kiriman", "ubah", "dicari", "jenis", "tentang"];
  const SECRET = "rahasia";
  const LANGUAGE = document.documentElement.lang;
  const { finished, worker, scope } = document.currentScript.dataset;

  // A browser may refuse to store (private window, full memory): then the page is as it is without this script.
  const read = (store, key) => {
    try { return JSON.parse(window[store].getItem(key)); } catch (_) { return null; }
  };
  const write = (store, key, value) => {
    try {
      if (value === null) window[store].removeItem(key); else window[store].setItem(key, JSON.stringify(value));
      return true;
    } catch (_) { return false; }
  };
  const forget = (token) => {
    write("localStorage", KEPT + token, null);
    const held = read("sessionStorage", HELD);
    if (held && held.token === token) write("sessionStorage", HELD, null);
  };
  const drafts = () => {
    let keys = [];
    try { keys = Object.keys(localStorage).filter((key) => key.startsWith(KEPT)); } catch (_) { /* none */ }
    const found = [];
    for (const key of keys) {
      const draft = read("localStorage", key);
      const age = draft && draft.fields ? Date.now() - draft.at : NaN;
      if (age < MOST_AGE) found.push(draft); else write("localStorage", key, null);
    }
    const held = read("sessionStorage", HELD);
    const others = found.filter((draft) => !held || draft.token !== held.token);
    return [...(held ? [held] : []), ...others].sort((one, other) => other.at - one.at);
  };
  const said = (draft, name) => (draft.fields.filter((field) => field[0] === name).pop() || ["", ""])[1];

  if (finished !== undefined) {
    // The receipt: the case exists. A few letters of the token are remembered, so that the button "back" of the
    // browser, which sends the last page again, does not make a draft of it; they are too few to get the key anew.
    const held = read("sessionStorage", HELD);
    if (held) {
      write("sessionStorage", SENT, held.token.slice(0, 8));
      forget(held.token);
    }
    return;
  }

  const form = document.getElementById("lapor");
  const part = (name) => document.querySelector(`[data-part=${name}]`);
  const [offers, lost, waiting, note] = ["offers", "lost", "waiting", "note"].map(part);
  if (!form || !note) return;
  const alone = form.dataset.alone !== undefined; // the page for times without connection
  const token = form.elements.kiriman;
  const story = form.elements.cerita;
  if (!token.value) {
    const random = crypto.getRandomValues(new Uint8Array(24));
    token.value = btoa(String.fromCharCode(...random)).replace(/\+/g, "-").replace(/\//g, "_");
  }
  const wish = document.getElementById("simpan");
  let loaded = null; // the draft that this page goes on with
  let queued = false;
  let touched = false;
  let dropped = false;
  let pressed = null;

  // The draft of this page

  // A code alone says nothing to a person: the name is remembered where the page shows it, as long as the code stays.
  const placeName = (code) => {
    const box = form.querySelector("[name=tempat]:checked");
    if (box) return box.labels[0].textContent.trim();
    return loaded && said(loaded, "tempat") === code ? loaded.place : "";
  };
  const regionName = () => {
    const list = form.elements.kabupaten;
    return list && list.value && list.options ? list.options[list.selectedIndex].text : "";
  };
  const present = () => {
    const draft = {
      token: token.value,
      at: Date.now(),
      step: alone ? (loaded && loaded.step) || "apa" : form.elements.langkah.value,
      queued,
      whole: wish ? wish.checked : Boolean(loaded && loaded.whole),
      region: regionName(),
      fields: [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NOT_TYPED.includes(name)),
    };
    draft.place = placeName(said(draft, "tempat"));
    return draft;
  };
  const storable = (draft) => {
    if (draft.whole) return draft;
    if (said(draft, "privasi") === SECRET) return null;
    return { ...draft, fields: draft.fields.filter(([name]) => !CONTACT.includes(name)) };
  };
  const save = () => {
    if (dropped || token.value.startsWith(read("sessionStorage", SENT) || "\n")) return;
    const draft = present();
    const typed = draft.fields.some(([name, value]) => value.trim() && !GIVEN.includes(name));
    const kept = typed ? storable(draft) : null;
    const stored = write("localStorage", KEPT + draft.token, kept);
    const held = read("sessionStorage", HELD);
    if (alone && held && held.token === draft.token) write("sessionStorage", HELD, draft);
    loaded = draft;
    say(typed && !(kept && stored) ? "none" : draft.whole ? "whole" : "part");
  };
  const say = (kept) => {
    for (const line of document.querySelectorAll("[data-kept]")) line.hidden = !line.dataset.kept.includes(kept);
  };

  // Sending

  const csrf = async () => {
    if (form.elements.csrfmiddlewaretoken) return form.elements.csrfmiddlewaretoken.value;
    // The kept page has no token against forgery, and an old one would be worth nothing: a fresh form brings it.
    const answer = await fetch(form.action);
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[name=csrfmiddlewaretoken]").value;
  };
  const leave = (draft, fields, guard) => {
    write("sessionStorage", HELD, draft);
    const way = document.createElement("form");
    way.method = "post";
    way.action = form.action;
    way.hidden = true;
    for (const [name, value] of [...fields, ["csrfmiddlewaretoken", guard]]) way.append(hiddenField(name, value));
    document.body.append(way);
    way.submit();
  };
  const hiddenField = (name, value) => {
    const field = document.createElement("input");
    [field.type, field.name, field.value] = ["hidden", name, value];
    return field;
  };
  // A known place: everything is said, one sending files the case or leads to what still misses. A place in words must
  // be found first; then the person checks all answers as always.
  const forSending = (draft) => {
    const words = said(draft, "cari").trim();
    if (said(draft, "tempat") && !words) return [...draft.fields, ["langkah", "periksa"], ["tuju", "kirim"]];
    const rest = draft.fields.filter(([name]) => !["tempat", "cari", "dicari", "ubah"].includes(name));
    const place = [words, draft.region].filter(Boolean).join(", ");
    const where = words ? [["cari", place], ["tuju", "cari"]] : [["tuju", "lanjut"]];
    return [...rest, ...where, ["langkah", "tempat"], ["ubah", "ya"]];
  };
  const continuing = (draft) => [...draft.fields, ["langkah", draft.step], ["tuju", "tetap"]];

  let busy = false;
  let timer = 0;
  const tryToSend = async () => {
    if (!queued || busy || document.hidden) return;
    clearTimeout(timer);
    busy = true;
    waiting.setAttribute("aria-busy", "true");
    try {
      const guard = await csrf();
      if (queued) leave(present(), forSending(present()), guard);
    } catch (_) {
      part("tried").textContent = new Date().toLocaleTimeString(LANGUAGE);
      part("tried").parentElement.hidden = false;
      timer = setTimeout(tryToSend, BETWEEN_TRIES);
    }
    busy = false;
    waiting.removeAttribute("aria-busy");
  };
  const queue = () => {
    queued = true;
    save();
    part("carried").hidden = true;
    waiting.hidden = false;
    waiting.focus();
    tryToSend();
  };
  const unqueue = () => {
    queued = false;
    waiting.hidden = true;
  };

  // The page without connection takes a draft up by itself; all others let the server show it.

  const fill = (draft) => {
    form.reset();
    for (const added of form.querySelectorAll("[data-added]")) added.remove();
    loaded = draft;
    token.value = draft.token;
    if (wish) wish.checked = draft.whole;
    const placed = said(draft, "tempat");
    part("place").hidden = !placed;
    for (const [name, value] of draft.fields) {
      if (!(placed && ["cari", "dicari"].includes(name))) set(name, value, draft.place);
    }
    save();
  };
  const set = (name, value, place) => {
    const field = form.elements[name];
    if (name === "tempat") {
      [field.value, field.checked, field.disabled] = [value, true, false];
      if (place) field.labels[0].lastElementChild.textContent = place;
    } else if (field instanceof RadioNodeList && field[0].type === "radio") {
      for (const choice of field) choice.checked = choice.value === value;
    } else if (field instanceof Element && field.dataset.added === undefined) {
      field.value = value;
    } else {
      const added = hiddenField(name, value);
      added.dataset.added = "";
      form.append(added);
    }
  };

  // Drafts of other days

  const when = (at) => new Date(at).toLocaleString(LANGUAGE, {
    weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit",
  });
  const offer = (draft) => {
    const row = offers.querySelector("template").content.cloneNode(true);
    const find = (selector) => row.querySelector(selector);
    const take = (goOn, fields) => async () => {
      if (!alone) return leave(draft, fields(draft), await csrf());
      fill(draft);
      offers.hidden = true;
      return goOn();
    };
    const words = said(draft, "cerita").trim();
    find("time").textContent = when(draft.at);
    // The next user of a shared phone reads no word of a secret case without opening it.
    find("q").hidden = !words || said(draft, "privasi") === SECRET;
    find("q").textContent = words.length > 60 ? `${words.slice(0, 60)}…` : words;
    for (const line of row.querySelectorAll("[data-queued]")) line.hidden = (line.dataset.queued === "yes") !== draft.queued;
    find("[data-do=send]").onclick = take(queue, forSending);
    find("[data-do=continue]").onclick = take(() => story.focus(), continuing);
    find("[data-do=delete]").onclick = () => { if (sure()) { forget(draft.token); offerAll(); } };
    return row;
  };
  const offerAll = () => {
    const others = drafts().filter((draft) => draft.token !== token.value);
    for (const old of offers.querySelectorAll(".note")) old.remove();
    offers.append(...others.map(offer));
    offers.hidden = !others.length || !story || story.type === "hidden" || Boolean(story.value.trim());
  };
  const sure = () => confirm(note.dataset.sure);

  // What the person does

  form.before(offers, lost, part("carried"), waiting);
  let typing = 0;
  form.addEventListener("input", () => {
    unqueue();
    touched = true;
    clearTimeout(typing);
    typing = setTimeout(save, AFTER_TYPING);
  });
  form.addEventListener("change", save);
  if (wish) wish.addEventListener("change", save);
  const leaving = () => { if (touched || loaded) save(); };
  addEventListener("pagehide", leaving);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && button.form === form && button.type === "submit") pressed = button;
  }, true);
  form.addEventListener("submit", (event) => {
    save();
    write("sessionStorage", HELD, { ...present(), sent: pressed ? pressed.value : "" });
    const cut = !alone && navigator.onLine === false;
    lost.hidden = !cut;
    if (alone || cut) event.preventDefault();
    if (cut) lost.focus();
    if (alone && story.reportValidity()) queue();
  });
  const again = () => {
    if (!lost.hidden && pressed && !document.hidden && navigator.onLine !== false) pressed.click();
    tryToSend();
  };
  lost.querySelector("[data-do=again]").onclick = again;
  waiting.querySelector("[data-do=again]").onclick = tryToSend;
  addEventListener("online", again);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leaving(); else again();
  });
  note.querySelector("[data-do=delete]").onclick = () => {
    if (!sure()) return;
    dropped = true;
    forget(token.value);
    location.assign(form.action);
  };

  // Where the page begins

  const held = read("sessionStorage", HELD);
  if (alone && held) {
    fill(held);
    if (held.sent === "kirim" || held.queued) queue(); else part("carried").hidden = false;
  } else if (held && held.token === token.value) {
    write("sessionStorage", HELD, null); // the server has answered, and the page has it all
  }
  loaded = loaded || drafts().find((draft) => draft.token === token.value) || null;
  if (wish && loaded) wish.checked = loaded.whole;
  if (alone) story.required = true;
  if (story && story.value.trim()) save();
  offerAll();
  note.hidden = false;
  if (!navigator.serviceWorker) return;
  lost.querySelector("a").hidden = !navigator.serviceWorker.controller;
  addEventListener("load", () => navigator.serviceWorker.register(worker, { scope }).catch(() => {}));
})();
