// The list of documents: removing, choosing, and keeping it up to date while files come in.

(() => {
  const told = document.getElementById("told");
  const failure = document.getElementById("failure");
  const dialog = document.getElementById("removal");

  function ready() {
    document.querySelectorAll('[data-do="remove"]').forEach((button) => (button.hidden = false));
    count();
  }

  function fail(message) {
    failure.textContent = message;
    failure.hidden = !message;
    if (message) failure.scrollIntoView({ block: "nearest" });
  }

  // ── the list as it is now ──────────────────────────────────────────────────────────────────────

  const chosen = () => [...document.querySelectorAll('#list [name="d"]:checked')].map((box) => box.value);

  async function refresh() {
    try {
      const answer = await fetch(location.href);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const list = page.getElementById("list");
      if (!list || dialog?.open) return;
      const kept = new Set(chosen());
      const focused = document.activeElement;
      const row = focused?.closest("tr")?.dataset.id;
      const at = focused?.closest("#list") ? { id: focused.id, row, kind: focused.tagName, text: focused.value } : null;
      document.getElementById("list").replaceWith(list);
      document.getElementById("total").textContent = page.getElementById("total").textContent;
      list.querySelectorAll('[name="d"]').forEach((box) => (box.checked = kept.has(box.value)));
      ready();
      if (at) again(list, at);
    } catch {
      // the server is away: the list stays as it was, and whatever is done next tells
    }
  }

  function again(list, at) {
    const row = [...list.querySelectorAll("tr")].find((each) => each.dataset.id === at.row);
    const node = at.id ? document.getElementById(at.id) : row?.querySelector(at.kind);
    if (at.id === "q" && node) node.value = at.text;
    node?.focus();
  }

  let soon;
  document.addEventListener("documents", () => {
    clearTimeout(soon);
    soon = setTimeout(refresh, 300); // many files that end at once cost one look
  });

  // ── choosing ───────────────────────────────────────────────────────────────────────────────────

  function count() {
    const button = document.getElementById("ask");
    if (!button) return;
    const number = chosen().length;
    button.disabled = !number;
    button.textContent = number > 1 ? `Ask the ${number} chosen documents` : "Ask the chosen document";
    if (!number) button.textContent = "Choose documents to ask them alone";
  }

  document.addEventListener("change", (event) => {
    if (event.target.name === "d") count();
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "list") return;
    const chats = event.submitter?.id === "ask";
    event.target.addEventListener(
      "formdata",
      ({ formData }) => {
        if (chats || !formData.get("q")) formData.delete("q"); // nothing of it belongs into the address
      },
      { once: true },
    );
  });

  // ── removing ───────────────────────────────────────────────────────────────────────────────────

  let row = null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest('[data-do="remove"]');
    if (!button) return;
    row = button.closest("tr");
    document.getElementById("removed").textContent = row.querySelector("th a").textContent;
    dialog.returnValue = "";
    dialog.showModal();
  });

  dialog?.addEventListener("close", () => {
    if (dialog.returnValue === "remove") remove(row);
  });

  const whys = {
    0: "the server does not answer: try again",
    401: "you are signed out: reload the page to sign in",
    429: "there were too many requests: try again in a moment",
  };

  async function remove(row) {
    const name = row.querySelector("th a").textContent;
    const button = row.querySelector('[data-do="remove"]');
    fail("");
    button.disabled = true;
    button.textContent = "Is being removed …";
    let status = 0;
    let message = "";
    try {
      const answer = await fetch(`/v1/documents/${encodeURIComponent(row.dataset.id)}`, { method: "DELETE" });
      status = answer.status;
      if (!answer.ok) message = (await answer.json()).error.message;
    } catch {
      // told below
    }
    if (status === 204 || status === 404) {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (next?.querySelector("th a") ?? document.getElementById("top")).focus();
      told.textContent = status === 204 ? `Removed: ${name}` : `Somebody had removed it before: ${name}`;
      shown(told.textContent);
      refresh();
      return;
    }
    button.disabled = false;
    button.textContent = "Remove";
    fail(`“${name}” was not removed: ${whys[status] ?? (message || `the server failed (${status})`)}`);
  }

  function shown(text) {
    document.querySelector(".done")?.remove();
    const line = document.createElement("p");
    line.className = "done";
    line.dir = "auto";
    line.textContent = text;
    line.setAttribute("aria-hidden", "true"); // it is told by the status line
    document.getElementById("list").before(line);
  }

  ready();
})();
