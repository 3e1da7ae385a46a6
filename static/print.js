// A button that prints the page. Without this file one prints with the browser's own.
"use strict";
for (const place of document.querySelectorAll("[data-print]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ds-button";
  button.dataset.variant = "secondary";
  button.textContent = place.dataset.print;
  button.addEventListener("click", () => print());
  place.append(button);
}
