// Keeps the facilitator's numbers fresh: how many are there and have voted. Goes nowhere by itself: where another screen
// has led the room on, it says so and offers to show it. Without this file the numbers are as old as the page.
"use strict";
{
  const PATIENCE = 8000;
  const now = document.querySelector("[data-live]");
  const moved = now.querySelector("[data-moved]");
  let etag = "";

  const told = (room) => {
    for (const place of document.querySelectorAll("main [data-number]")) {
      const n = String(room[place.dataset.number]);
      if (place.textContent !== n) place.textContent = n;
    }
    const elsewhere = (room.state ?? "lobby") !== now.dataset.state || (room.question ?? "") !== now.dataset.question;
    if (elsewhere && !moved.firstChild) {
      const link = document.createElement("a");
      link.className = "ds-link";
      link.href = location.pathname;
      link.textContent = moved.dataset.renew;
      moved.append(moved.dataset.moved, " ", link);
    } else if (!elsewhere) moved.replaceChildren();
  };

  const look = async () => {
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(now.dataset.live, { cache: "no-store", headers, signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag") ?? "";
        told(await answer.json());
      } else if (answer.status === 410) return; // ended: the next press says so
    } catch {
      // Away for a moment: look again.
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
}
