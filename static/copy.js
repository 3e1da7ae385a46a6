// A button that copies the text beside it and says so. Without this file the text is marked and copied by hand.
"use strict";
for (const place of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(place.dataset.copy);
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.className = "ds-button";
  button.dataset.variant = "secondary";
  button.textContent = place.dataset.label;
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(text.textContent.trim());
      said.textContent = place.dataset.done;
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = place.dataset.failed;
    }
  });
  place.append(button, " ", said);
}
