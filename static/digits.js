// Answers a question by the digit beside its choice, for whoever writes while another talks. Off until switched on
// (WCAG 2.1.4), and remembered by the page alone. Without this file nothing is shown and nothing is missing.
"use strict";
{
  const place = document.querySelector("[data-digits]");
  const NAME = "number-keys"; // no question can be called so
  const TYPED = "textarea, select, input:not([type=radio], [type=checkbox])";
  const questions = [...document.querySelectorAll("fieldset.choices")].filter((one) => byDigit(one).size);

  // What is not read out has signs of its own; where a choice has two digits, none is pressed.
  function byDigit(question) {
    const inputs = [...question.querySelectorAll("input")].filter((input) => /^\d+$/.test(input.value));
    return new Map(inputs.some((input) => input.value.length > 1) ? [] : inputs.map((input) => [input.value, input]));
  }

  // The question one stands in; from anywhere else the first that is not answered yet.
  function atHand() {
    const here = document.activeElement?.closest("fieldset.choices");
    return here ?? questions.find((one) => !one.querySelector("input:checked"));
  }

  function choose(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.target.closest?.(TYPED)) return;
    const input = /^\d$/.test(event.key) && atHand() && byDigit(atHand()).get(event.key);
    if (!input) return;
    event.preventDefault();
    input.focus();
    input.click();
  }

  function label(question, on) {
    for (const [digit, input] of byDigit(question)) {
      input.parentElement.querySelector("kbd")?.remove();
      if (!on) continue;
      const key = document.createElement("kbd");
      key.setAttribute("aria-hidden", "true"); // the choice keeps its name
      key.textContent = digit;
      input.after(key);
    }
  }

  function switchTo(on) {
    document[on ? "addEventListener" : "removeEventListener"]("keydown", choose);
    for (const question of questions) label(question, on);
  }

  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: NAME, id: NAME, value: "1", className: "ds-input" });
  box.checked = place.dataset.digits === "1";
  box.addEventListener("change", () => switchTo(box.checked));
  if (questions.length) {
    const row = document.createElement("label");
    const words = document.createElement("span");
    const hint = document.createElement("p");
    row.className = "row";
    words.textContent = place.dataset.label;
    hint.className = "hint";
    hint.id = `${NAME}-hint`;
    hint.textContent = place.dataset.hint;
    box.setAttribute("aria-describedby", hint.id);
    row.append(box, words);
    place.append(row, hint);
    switchTo(box.checked);
  } else if (box.checked) {
    box.type = "hidden"; // carried on to the next page that asks
    place.append(box);
  }
}
