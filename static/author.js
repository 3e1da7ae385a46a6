// Lets a row of the list of questions be dragged to another's place. Only on top: Upp, Ner and a number do the same.
"use strict";
const form = document.querySelector("form.place");
const number = (row) => row.querySelector(".n").textContent;
let dragged = null;

for (const row of form ? document.querySelectorAll(".listed > li:has(.moves)") : []) {
  row.draggable = true;
  row.addEventListener("dragstart", (event) => {
    dragged = row;
    event.dataTransfer.effectAllowed = "move";
  });
  row.addEventListener("dragover", (event) => {
    if (!dragged || dragged === row) return;
    event.preventDefault();
    row.classList.add("over");
  });
  row.addEventListener("dragleave", () => row.classList.remove("over"));
  row.addEventListener("drop", (event) => {
    event.preventDefault();
    form.elements.fraga.value = number(dragged);
    form.elements.plats.value = number(row);
    form.requestSubmit();
  });
}
