// Says how many characters are left in a long text, politely, once fifty or fewer remain.
// The limit stands in words beside the field and the server checks it: without this file nothing is lost.
"use strict";
for (const said of document.querySelectorAll("[data-count]")) {
  const field = document.getElementById(said.dataset.count);
  const tell = () => {
    const left = said.dataset.max - Array.from(field.value.replaceAll("\r\n", "\n")).length;
    const words = left < 0 ? said.dataset.over : left <= 50 ? said.dataset.left : "";
    said.textContent = words.replace("#", Math.abs(left));
  };
  field.addEventListener("input", tell);
  tell();
}
