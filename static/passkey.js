// Asks the browser for a passkey and sends the form with its answer. Without this file one uses a code.
"use strict";
{
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const letters = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  function understood(asked) {
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const known of [...(asked.allowCredentials ?? []), ...(asked.excludeCredentials ?? [])]) known.id = bytes(known.id);
    return asked;
  }

  function told(key) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]) {
      if (key.response[name]) response[name] = letters(key.response[name]);
    }
    return JSON.stringify({ id: key.id, rawId: letters(key.rawId), type: key.type, response, clientExtensionResults: {} });
  }

  async function ask(place, form) {
    const data = new FormData();
    data.set("csrf_token", form.elements.csrf_token.value);
    data.set(place.dataset.deed, "1");
    const answer = await fetch(place.dataset.at, { method: "POST", body: data });
    if (!answer.ok || answer.status === 204) throw new Error(String(answer.status));
    const publicKey = understood(await answer.json());
    return place.dataset.deed === "make" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
  }

  for (const place of window.PublicKeyCredential ? document.querySelectorAll(".with-passkey") : []) {
    const [button, said] = place.children;
    const form = place.closest("form");
    place.hidden = false;
    button.addEventListener("click", async () => {
      said.textContent = "";
      try {
        form.elements[place.dataset.into].value = told(await ask(place, form));
        form.submit();
      } catch {
        said.textContent = said.dataset.failed;
      }
    });
  }
}
