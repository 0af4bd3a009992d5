// SPDX-License-Identifier: EUPL-1.2
// The page of a case, smoother: a template goes in at the cursor, others learn that somebody writes, the answer is
// looked at while it grows, and leaving with an unsent letter is asked about. All of it works without this file.
"use strict";
(() => {
  const REST = 1500;
  const box = (form) => form.querySelector("textarea[name=text]");
  const putIn = (area, text) => {
    const start = area.selectionStart, before = area.value.slice(0, start), after = area.value.slice(area.selectionEnd);
    const lead = before && !before.endsWith("\n") ? "\n\n" : "", tail = after && !after.startsWith("\n") ? "\n\n" : "";
    area.setRangeText(lead + text + tail, start, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const tell = async (form) => {
    const said = new FormData(form), told = new URLSearchParams();
    for (const name of ["csrfmiddlewaretoken", "text", "outcome"]) told.set(name, said.get(name) ?? "");
    try {
      const answer = await fetch(`${form.dataset.letter}/menulis`, { method: "POST", body: told });
      if (!answer.ok || answer.redirected) return;
      const pieces = await answer.json();
      const writers = document.querySelector("[data-writers]"), hints = form.querySelector("[data-hints]");
      if (writers && writers.innerHTML.trim() !== pieces.writers.trim()) writers.innerHTML = pieces.writers;
      if (hints && hints.innerHTML.trim() !== pieces.hints.trim()) hints.innerHTML = pieces.hints;
    } catch { /* no connection: the letter is still here, and nothing else depends on it */ }
  };

  let unsent = false;
  document.querySelectorAll("form[data-letter]").forEach((form) => {
    let waiting = 0;
    // After a look at the letter, or a refusal, it stands here and was not sent.
    unsent ||= box(form).value !== "";
    form.addEventListener("input", () => {
      unsent = true;
      window.clearTimeout(waiting);
      waiting = window.setTimeout(() => tell(form), REST);
    });
    form.addEventListener("submit", () => { unsent = false; window.clearTimeout(waiting); });
    form.addEventListener("click", async (event) => {
      const button = event.target.closest("button[data-pick], button[data-insert]");
      if (!button) return;
      const area = box(form);
      if (button.dataset.insert) {
        event.preventDefault();
        area.setSelectionRange(area.value.length, area.value.length);
        putIn(area, button.dataset.insert);
        return;
      }
      const chosen = form.querySelector("select[name=template]");
      event.preventDefault();
      if (!chosen.value) { chosen.focus(); return; }
      try {
        const answer = await fetch(`${form.dataset.letter}/templat/${chosen.value}`);
        if (!answer.ok || answer.redirected) throw new Error("no template");
        putIn(area, await answer.text());
        chosen.value = "";
      } catch { form.requestSubmit(button); }
    });
  });
  window.addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });
})();
