// Looks every other second whether what this page waits for has come, and then shows the page anew.
// Without this file the page comes again by itself, and its button asks by hand.
"use strict";
const said = document.querySelector("[data-state]");
const look = async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.querySelector("[data-state]")?.dataset.state !== said.dataset.state) return location.reload();
  } catch {
    // Away for a moment: look again.
  }
  setTimeout(look, 2000);
};
setTimeout(look, 2000);
