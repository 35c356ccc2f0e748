// What pages gain with JavaScript. Everything works without it: these are shortcuts, never the only way.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const says = (name) => document.body.dataset[name] || "";
  const token = () => one("input[name=csrfmiddlewaretoken]")?.value || "";
  const post = (url, body) => fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" }, keepalive: true });

  function toast(text, tone = "error") {
    const box = one("#toasts");
    if (!box || !text) return;
    const note = document.createElement("div");
    note.className = `notice ${tone}`;
    note.textContent = text;
    box.append(note);
    setTimeout(() => note.remove(), 7000);
  }

  // Menus: one open at a time, closed by a click elsewhere or Escape, with focus given back.
  const menus = () => all("details.menu[open]");
  document.addEventListener("click", (event) => {
    const left = menus().filter((menu) => !menu.contains(event.target));
    left.forEach((menu) => { menu.open = false; });
    const target = event.target;
    if (target.closest("[data-dismiss]")) target.closest(".notice")?.remove();
    if (target.closest("[data-close]")) { event.preventDefault(); target.closest("dialog")?.close(); }
    if (target.nodeName === "DIALOG") target.close();
    const copy = target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => toast(says("copied"), "success"));
    if (target.closest("[data-print]")) print();
    if (!left.length) openRow(event);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      menus().forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
      const found = one("#found");
      if (found && event.target.closest(".search")) { found.replaceChildren(); event.target.value = ""; }
    } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      one("#search-text")?.focus();
    } else if (event.key === "Enter" && event.target.matches("[data-picker] input[type=search]")) {
      event.preventDefault(); // the first that was found, and not the form
      one(".picked input:not(:checked):not([value=''])", event.target.parentElement)?.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      moveInResults(event);
    }
  });

  function moveInResults(event) {
    const menu = event.target.closest(".search, details.menu[open]");
    if (!menu || event.target.nodeName === "SELECT" || event.target.closest(".filter")) return;
    const stops = [one("#search-text", menu) || one("summary", menu), ...all("#found a, .pop a, .pop button", menu)];
    const next = stops[stops.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  // A click anywhere on a row opens it, unless something in it was meant or text was selected.
  function openRow(event) {
    const row = event.target.closest(".data.rows tbody tr");
    if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
    const link = one("td a", row);
    if (link && (event.metaKey || event.ctrlKey)) window.open(link.href, "_blank", "noopener");
    else link?.click();
  }

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-select-all]")) all('input[name="ids"]', box.closest("table")).forEach((item) => { item.checked = box.checked; });
    if (box.matches('[data-select-all], .tick input[name="ids"]')) countSelected(box.closest("#results"));
    if (box.matches("[data-submit]")) box.form.requestSubmit();
    const filter = box.closest(".filter");
    if (filter) filter.toggleAttribute("data-on", all("input, select", filter).some(isSet));
    if (box.type === "file") nameFiles(box);
    const picker = box.closest("[data-picker]");
    if (picker && isTick(box)) one("input[type=search]", picker).value = ""; // what is ticked answers what was typed
  });
  const isTick = (input) => /checkbox|radio/.test(input.type);
  const isSet = (input) => (isTick(input) ? input.checked && input.value !== "" : input.value !== "");

  function countSelected(results) {
    const boxes = all('.tick input[name="ids"]', results);
    const count = boxes.filter((item) => item.checked).length;
    const head = one("[data-select-all]", results);
    if (head) { head.checked = count === boxes.length; head.indeterminate = count > 0 && count < boxes.length; }
    all("[data-selected]", results).forEach((place) => { place.textContent = count; });
  }

  // Empty fields say nothing: they are left out of the address.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (target.method === "get") [...new Set(formData.keys())].forEach((key) => { if (!formData.getAll(key).some(Boolean)) formData.delete(key); });
  });

  function nameFiles(input) {
    const place = one("[data-file-names]", input.closest(".upload") || document.createElement("i"));
    if (place) place.textContent = [...input.files].map((file) => file.name).join(", ");
  }
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => event.target.closest?.(".upload")?.classList.toggle("over", kind === "dragover"));
  }

  // htmx: fragments go into the dialog; a redirect leaves the page; a failure is said in words.
  document.addEventListener("htmx:beforeRequest", () => document.documentElement.classList.add("busy"));
  document.addEventListener("htmx:afterRequest", () => document.documentElement.classList.remove("busy"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const reply = event.detail.xhr;
    const whole = /^\s*<!doctype/i.test(reply.responseText || "");
    // A refusal is read where one is: asking for its address again could show the question, and not the answer.
    const refusal = whole && reply.status >= 400 && event.detail.target.closest("dialog")
      && one(".errorpage", new DOMParser().parseFromString(reply.responseText, "text/html"));
    if (refusal) {
      event.detail.serverResponse = refusal.outerHTML;
    } else if (whole && event.detail.target.id !== "results") {
      event.detail.shouldSwap = false;
      location.assign(reply.responseURL);
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.target.closest?.("dialog");
    if (dialog && !dialog.open) dialog.showModal();
    if (dialog) one("[autofocus], [aria-invalid=true], .field input, .field textarea, .field select", dialog)?.focus();
    charts(event.target);
  });
  for (const kind of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(kind, () => toast(says("offline")));
  document.addEventListener("htmx:responseError", () => toast(says("failed")));

  // Unread notifications, asked for only while somebody looks.
  async function unread() {
    const bell = one("[data-unread-url]");
    if (!bell || document.visibilityState !== "visible") return;
    const reply = await fetch(bell.dataset.unreadUrl, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!reply || reply.status !== 200) return;
    const { unread: count = 0 } = await reply.json();
    const badge = one("b", bell);
    badge.textContent = count > 99 ? "99+" : count;
    badge.hidden = count === 0;
  }
  setInterval(unread, 45000);

  // The person has looked at the document: told by POST, because GET changes nothing.
  const seen = one("[data-seen-url]");
  if (seen) setTimeout(() => { if (document.visibilityState === "visible") post(seen.dataset.seenUrl).catch(() => null); }, 1500);

  // That somebody was here today, and which files were fetched: told the same way.
  const body = document.body.dataset;
  if (body.presentUrl) setTimeout(() => post(body.presentUrl).catch(() => null), 1500);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!body.downloadedUrl || !link || !/\/(pdf\/|files\/\d+\/|export\.(csv|xlsx))$/.test(link.pathname)) return;
    post(body.downloadedUrl, new URLSearchParams({ path: link.pathname })).catch(() => null);
  });
  document.addEventListener("submit", (event) => {
    const to = new URL(event.submitter?.formAction || event.target.action);
    if (!body.downloadedUrl || !/\/pdfs\.zip$/.test(to.pathname)) return;
    const said = new URLSearchParams(new FormData(event.target));
    said.append("path", to.pathname);
    post(body.downloadedUrl, said).catch(() => null);
  });

  // Lines: paste cells copied from a sheet, starting at the field that has the focus.
  document.addEventListener("paste", (event) => {
    const field = event.target.closest?.("[data-lines] input, [data-lines] select");
    const text = event.clipboardData?.getData("text/plain") || "";
    if (!field || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    pasteCells(field, text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t")));
  });

  function editable(row) {
    return all("input:not([type=hidden]):not([type=checkbox]), select", row).filter((input) => !input.readOnly && !input.disabled);
  }

  function pasteCells(field, cells) {
    const region = field.closest("[data-lines]");
    const rows = all("tbody tr", region);
    const first = rows.indexOf(field.closest("tr"));
    const column = editable(rows[first]).indexOf(field);
    cells.slice(0, rows.length - first).forEach((line, i) => {
      const inputs = editable(rows[first + i]);
      line.forEach((value, j) => { if (inputs[column + j]) inputs[column + j].value = value.trim(); });
    });
    field.dispatchEvent(new Event("change", { bubbles: true }));
    if (cells.length > rows.length - first) moreRows(region, cells, first, column);
  }

  // More lines were pasted than there are rows: the server adds them, then what is left is pasted.
  function moreRows(region, cells, first, column) {
    const have = all("tbody tr", region).length;
    const add = one("[data-add-line]", region);
    const wanted = one("input[name=_add_count]", region);
    if (!add || !wanted || !window.htmx) return;
    wanted.value = cells.length - (have - first);
    document.addEventListener("htmx:afterSettle", () => {
      const row = all("[data-lines] tbody tr")[have];
      if (row) pasteCells(editable(row)[column], cells.slice(have - first));
    }, { once: true });
    add.click();
  }

  // Drafts: what is typed is kept by the server a moment after the hand rests.
  for (const form of all("form[data-autosave-url]")) {
    let timer = 0;
    const place = one("[data-autosave]", form);
    const save = async () => {
      const body = new FormData(form);
      [...body.keys()].forEach((key) => { if (body.get(key) instanceof File) body.delete(key); });
      const reply = await post(form.dataset.autosaveUrl, body).catch(() => null);
      if (place) place.textContent = reply?.ok ? place.dataset.saved : place.dataset.unsaved;
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 1500); });
    form.addEventListener("submit", () => clearTimeout(timer));
  }

  // Charts: the data is in the page as JSON; colours come from the style sheet, so both themes and any brand fit.
  const drawn = new Map();
  const colour = (name) => {
    const probe = document.createElement("i");
    probe.className = "sr";
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return (alpha) => `rgb(${r} ${g} ${b} / ${alpha})`;
  };

  function options(data, line, text) {
    const flat = data.kind === "bars" || data.kind === "horizontal";
    const compact = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
    const ticks = { color: text(1), font: { size: 12 } };
    const value = { border: { display: false }, grid: { color: line(1) }, ticks: { ...ticks, maxTicksLimit: 5, callback: (n) => compact.format(n) }, beginAtZero: true, stacked: data.stacked };
    const label = { border: { color: line(1) }, grid: { display: false }, ticks: { ...ticks, maxRotation: 0, autoSkip: !flat, autoSkipPadding: 8 }, stacked: data.stacked };
    return {
      animation: false, maintainAspectRatio: false, indexAxis: flat ? "y" : "x", interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: data.series.length > 1, align: "end", labels: { color: text(1), boxWidth: 8, boxHeight: 8, useBorderRadius: true, borderRadius: 2 } } },
      scales: data.kind === "doughnut" ? {} : flat ? { x: value, y: label } : { x: label, y: value },
    };
  }

  function draw(canvas) {
    const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    const tones = ["--atrio-chart-1", "--atrio-chart-2", "--atrio-chart-3", "--atrio-chart-4"].map(colour);
    const type = { line: "line", doughnut: "doughnut" }[data.kind] || "bar";
    const datasets = data.series.map((series, i) => ({
      label: series.label, data: series.data, borderRadius: 3, maxBarThickness: 30, borderWidth: type === "line" ? 2 : 0,
      pointRadius: 0, pointHoverRadius: 4, tension: .25, fill: type === "line" && i === 0,
      borderColor: tones[i % 4](1), backgroundColor: type === "doughnut" ? data.labels.map((_, j) => tones[j % 4](1)) : tones[i % 4](type === "line" ? .1 : 1),
    }));
    drawn.get(canvas)?.destroy();
    drawn.set(canvas, new window.Chart(canvas, { type, data: { labels: data.labels, datasets }, options: options(data, colour("--line"), colour("--ink-3")) }));
  }

  function charts(root = document) {
    if (window.Chart) all("canvas[data-chart]", root).forEach(draw);
  }
  charts();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts());

  // Passkeys: the browser makes or reads one, and the form carries what it says. The sign-in page asks for its options.
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-passkey]");
    if (!form || form.elements.credential.value) return;
    event.preventDefault();
    const problem = one("[data-problem]", form);
    try {
      const given = form.dataset.options ? JSON.parse(form.dataset.options) : (await (await fetch(form.action, { headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" } })).json()).request_options;
      const making = form.dataset.passkey === "create";
      if (making) Object.assign(given.publicKey.authenticatorSelection ||= {}, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
      const options = { publicKey: PublicKeyCredential[making ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON"](given.publicKey) };
      const made = await navigator.credentials[making ? "create" : "get"](options);
      form.elements.credential.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch {
      problem.textContent = problem.dataset.problem;
    }
  });
})();
