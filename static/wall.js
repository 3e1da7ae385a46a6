// Follows the room: asks every other second how many are there and have voted, and fetches the page's middle anew when
// the room has gone on. A lost connection is said and waited out; what was last seen stays. Without this file the page
// comes again by itself.
"use strict";
const PATIENCE = 8000;
const main = document.querySelector("main");
const lost = main.querySelector("[data-lost]");
let etag = "";
let wait = 2000;
let last = performance.now();
let timer;

const renew = async () => {
  const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok && answer.status !== 410) throw new Error("away");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  main.querySelector("#vagg").replaceWith(page.querySelector("#vagg"));
  document.title = page.title;
  last = performance.now();
};

const follow = async () => {
  const headers = etag ? { "If-None-Match": etag } : {};
  const answer = await fetch(main.dataset.live, { cache: "no-store", headers, signal: AbortSignal.timeout(PATIENCE) });
  if (answer.status === 410) return renew();
  if (!answer.ok && answer.status !== 304) throw new Error("away");
  const here = main.querySelector("#vagg").dataset;
  if (answer.status === 200) {
    const now = await answer.json();
    if ((now.state ?? "lobby") !== here.state || (now.question ?? "") !== here.question) await renew();
    for (const place of main.querySelectorAll("[data-number]")) {
      const n = String(now[place.dataset.number]);
      if (place.textContent !== n) place.textContent = n;
    }
    etag = answer.headers.get("ETag") ?? "";
  } else if (here.again && performance.now() - last > 1000 * here.again) await renew();
};

const look = async () => {
  clearTimeout(timer);
  timer = null;
  try {
    await follow();
    wait = 2000;
    lost.textContent = "";
  } catch {
    etag = "";
    wait = Math.min(wait * 1.5, 10000);
    lost.textContent = lost.dataset.lost;
  }
  if (main.querySelector("#vagg").dataset.state !== "over") timer = setTimeout(look, wait);
};

const awake = () => {
  if (timer && document.visibilityState === "visible") look();
};
addEventListener("online", awake);
addEventListener("pageshow", awake);
document.addEventListener("visibilitychange", awake);
look();
