// SPDX-License-Identifier: EUPL-1.2
// Shows the print button where a browser can print from a script.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
