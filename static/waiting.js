// Looks every other second whether what this page waits for has come, and then shows the page anew.
// Without this file its button asks by hand.
"use strict";
{
  const here = document.querySelector("[data-state]").dataset.state;
  const again = () => setTimeout(look, 2000);
  const look = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.querySelector("[data-state]")?.dataset.state !== here) return location.reload();
    } catch {
      // Away for a moment: look again.
    }
    again();
  };
  again();
}
