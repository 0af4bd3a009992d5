// SPDX-License-Identifier: EUPL-1.2
// The key of a case travels in the fragment of a saved link, which no server sees. It moves into the form and out of
// the address bar.
(() => {
  const field = document.getElementById("kunci");
  const key = location.hash.slice(1);
  if (field && /^[0-9A-Za-z-]{20,29}$/.test(key)) {
    field.value = key;
    history.replaceState(null, "", location.pathname);
  }
})();
