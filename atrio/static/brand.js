// The brand page: the chosen picture at once, what is cut off it, and whether white can be read on the colour.
"use strict";
(() => {
  const input = document.querySelector("[data-preview]");
  const stage = input && document.getElementById(input.dataset.preview);
  const cut = () => ["top", "right", "bottom", "left"].map((side) => `${document.querySelector(`[data-cut=${side}]`).value || 0}%`);
  const show = () => { stage.firstElementChild.style.clipPath = `inset(${cut().join(" ")})`; };
  input?.addEventListener("change", () => {
    if (!input.files[0]) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => { stage.firstElementChild.src = reader.result; stage.classList.add("cutting"); show(); });
    reader.readAsDataURL(input.files[0]);
  });
  document.addEventListener("input", (event) => { if (event.target.matches("[data-cut]")) show(); });

  const colour = document.querySelector("[data-contrast]");
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  colour?.addEventListener("input", () => {
    const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(colour.value.slice(at, at + 2), 16) / 255));
    const ratio = 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
    const place = document.getElementById(colour.dataset.contrast);
    place.textContent = `${ratio.toFixed(1)} · ${ratio >= 4.5 ? place.dataset.good : place.dataset.bad}`;
  });
})();
