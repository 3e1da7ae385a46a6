// The voter's page in a room. Keeps the phone's token while the tab lives, so that a reload is the same phone, and says
// when the room has gone on. The page is never changed under anyone's fingers: the button fetches what is next.
"use strict";
const room = document.getElementById("live-room");
const said = room.querySelector("[role=status]");
const form = room.closest("form");
const state = form.elements.state;
const kept = `samsvar ${form.action.replace(/.*\//, "")}`;
const SOON = 2000, LATER = 8000, AWAY = 30000;
let etag = "", wait = SOON, own = "", timer = 0;

const say = (what) => {
  const words = said.dataset[what] || "";
  if (words === said.textContent) return;
  said.textContent = words;
  said.classList.toggle("prompt", Boolean(said.textContent));
};

const join = async () => {
  const rest = state.value.replace(/^[^.]*/, "");
  let token = "";
  try {
    token = sessionStorage.getItem(kept) || "";
    if (!/^[0-9a-f]{32}$/.test(token)) sessionStorage.setItem(kept, state.value.split(".")[0]);
  } catch { /* no storage here: the page's own token serves */ }
  if (state.value === token + rest) return; // a page that came of a form: the phone is known
  if (/^[0-9a-f]{32}$/.test(token)) state.value = token + rest;
  const body = new URLSearchParams({ state: state.value, go: "join" });
  const answer = await fetch(form.action, { method: "POST", body });
  if (answer.ok && form.querySelector("legend, h1 label")) say(own = (await answer.json()).vote);
};

const tell = (now) => {
  const here = room.dataset;
  if (now.state === "ended") say("ended");
  else if (now.state === "open" && (now.question !== here.question || here.stands !== "open")) say("next");
  else say(now.state === (here.stands || null) ? own : now.state || own);
};

const look = async () => {
  clearTimeout(timer);
  timer = 0;
  try {
    const answer = await fetch(room.dataset.live, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
    if (answer.status === 200 || answer.status === 410) {
      etag = answer.headers.get("ETag") || "";
      tell(await answer.json());
      wait = answer.ok ? SOON : AWAY;
    } else if (answer.status === 304) wait = Math.min(wait * 1.1, LATER);
    else wait = Math.min(wait * 2, AWAY);
  } catch { wait = Math.min(wait * 2, AWAY); }
  timer = setTimeout(look, wait * (0.8 + 0.4 * Math.random()));
};

// Whoever takes up the phone wants to know now, however long it has lain still.
const wake = () => {
  if (!timer || document.hidden || wait <= SOON) return;
  wait = SOON;
  look();
};

document.addEventListener("visibilitychange", wake);
document.addEventListener("pointerdown", wake);
document.addEventListener("keydown", wake);
join().catch(() => {});
timer = setTimeout(look, SOON * Math.random());
