// SPDX-License-Identifier: EUPL-1.2
// Makes photos small before they are sent, to save data: at most 1920 pixels, as JPEG, without what the camera noted.
// Without this script, or where a browser cannot read a photo, it is sent as it is and made small there.
"use strict";
(() => {
  const LONGEST = 1920;
  const QUALITY = 0.82;
  const SMALL_ENOUGH = 400000;
  const MOST = 10;
  const LANGUAGE = document.documentElement.lang;

  const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString(LANGUAGE, { maximumFractionDigits: 1 })} MB`;
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const weight = (files) => files.reduce((sum, file) => sum + file.size, 0);

  const shrunk = async (file) => {
    if (!file.type.startsWith("image/") || file.size <= SMALL_ENOUGH) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const part = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * part));
      canvas.height = Math.max(1, Math.round(picture.height * part));
      const paint = canvas.getContext("2d");
      paint.fillStyle = "#fff";
      paint.fillRect(0, 0, canvas.width, canvas.height);
      paint.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const small = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
      canvas.width = canvas.height = 0; // phones give the memory back at once
      if (!small || small.size >= file.size) return file;
      return new File([small], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: "image/jpeg" });
    } catch (_) {
      return file;
    }
  };

  for (const input of document.querySelectorAll("input[data-photos]")) {
    const words = document.getElementById("foto_words");
    const say = (sentence, values) => { words.textContent = fill(sentence, values || {}); };
    let work = null;

    const shrinkAll = async (chosen) => {
      const box = new DataTransfer();
      for (const [n, file] of chosen.entries()) {
        if (n < MOST) say(input.dataset.shrinking, { n: n + 1, all: Math.min(MOST, chosen.length) });
        box.items.add(n < MOST ? await shrunk(file) : file);
      }
      return box.files;
    };

    const choose = () => {
      const chosen = [...input.files];
      say("");
      if (!chosen.length) { work = null; return; }
      const mine = shrinkAll(chosen).then((files) => {
        if (work !== mine) return; // other photos were chosen meanwhile
        input.files = files;
        work = null;
        const [before, after] = [weight(chosen), weight([...files])];
        say(after < before ? input.dataset.ready : "", { before: megabytes(before), after: megabytes(after) });
      }).catch(() => { if (work === mine) work = null; });
      work = mine;
    };
    input.addEventListener("change", choose);
    // On a slow line somebody has chosen before this script was there.
    if (input.files.length) choose();

    input.form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (work) {
        event.preventDefault();
        work.then(() => (button ? button.click() : input.form.requestSubmit()));
        return;
      }
      setTimeout(() => { if (input.files.length && !event.defaultPrevented) say(input.dataset.sending); });
    });
  }
})();
