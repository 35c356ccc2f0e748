// Sign-in and passwords: show what is typed, tick what is met, do the work that a challenge asks. All of it works without.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const says = (name) => document.body.dataset[name] || "";

  for (const input of all("input[data-reveal]")) {
    const box = document.createElement("span"), button = document.createElement("button");
    const show = (on) => {
      input.type = on ? "text" : "password";
      button.textContent = says(on ? "hide" : "show");
      button.setAttribute("aria-pressed", on);
      button.setAttribute("aria-label", says("reveal"));
    };
    box.className = "reveal";
    button.type = "button";
    input.before(box);
    box.append(input, button);
    button.addEventListener("click", () => show(input.type === "password"));
    input.form?.addEventListener("submit", () => show(false));
    show(false);
  }

  const rules = { digit: /\p{Nd}/u, upper: /\p{Lu}/u, lower: /\p{Ll}/u, special: /[^\p{L}\p{N}\s]/u };
  for (const list of all("ul[data-rules]")) {
    const input = document.getElementById(list.dataset.rules);
    const look = () => all("li", list).forEach((item) => {
      const rule = rules[item.dataset.rule];
      const met = rule ? rule.test(input.value) : [...input.value].length >= Number(list.dataset.min);
      item.classList.toggle("met", met);
      item.querySelector(".sr").textContent = met ? says("met") : "";
    });
    input?.addEventListener("input", look);
  }

  async function solve({ challenge, salt, hardest, signature }) {
    const bytes = new TextEncoder();
    const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
    for (let from = 0; from <= hardest; from += 500) {
      const tried = Array.from({ length: 500 }, (_, i) => crypto.subtle.digest("SHA-256", bytes.encode(salt + (from + i))));
      const found = (await Promise.all(tried)).findIndex((buffer) => hex(buffer) === challenge);
      if (found >= 0) return btoa(JSON.stringify({ algorithm: "SHA-256", challenge, number: from + found, salt, signature }));
    }
    return "";
  }

  // The question is for whoever has no script, or no secure connection: the work is done without anybody.
  for (const box of all("[data-challenge]")) {
    if (!window.crypto?.subtle) continue;
    const form = box.closest("form"), question = box.querySelector("[data-question]"), said = box.querySelector("[role=status]");
    const waits = (event) => { event.preventDefault(); form.dataset.sent = "1"; };
    question.hidden = true;
    said.textContent = says("checking");
    form.addEventListener("submit", waits);
    solve(box.dataset).then((work) => {
      form.removeEventListener("submit", waits);
      box.querySelector("[name=altcha]").value = work;
      question.hidden = Boolean(work);
      said.textContent = work ? says("checked") : "";
      if (form.dataset.sent) form.requestSubmit();
    });
  }
})();
