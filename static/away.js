// Says three minutes before that one is about to be signed out, and lets one stay, as often as one likes.
// Without this file the sign-in page says why one has been signed out.
"use strict";
{
  const place = document.querySelector(".away");
  const WARNING = 180_000;
  const tabs = new BroadcastChannel("samsvar-here"); // another page of ours that was opened keeps this one alive too
  let until, before, told;

  function begin() {
    until = Date.now() + place.dataset.stays * 1000;
    told = "";
    place.replaceChildren();
  }

  function say(words, ...more) {
    const text = document.createElement("span");
    text.textContent = words;
    place.replaceChildren(text, ...more);
  }

  function warn() {
    const button = document.createElement("button");
    const clock = new Date(until).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    button.type = "button";
    button.className = "ds-button";
    button.textContent = place.dataset.stay;
    button.addEventListener("focus", (event) => (before = event.relatedTarget));
    button.addEventListener("click", stay);
    say(place.dataset.soon.replace("#", clock), button);
  }

  async function stay() {
    const answer = await fetch(place.dataset.ask).catch(() => null);
    if (!answer) return;
    (before ?? document.getElementById("innehall")).focus();
    if (answer.status !== 204) return end();
    begin();
    say(place.dataset.here);
    tabs.postMessage("");
  }

  function end() {
    told = "gone";
    say(place.dataset.gone);
  }

  function look() {
    const left = until - Date.now();
    if (left <= 0 && told !== "gone") end();
    else if (left <= WARNING && !told) {
      told = "soon";
      warn();
    }
  }

  begin();
  tabs.onmessage = begin;
  tabs.postMessage("");
  setInterval(look, 5000);
  document.addEventListener("visibilitychange", look);
}
