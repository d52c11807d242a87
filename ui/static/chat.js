// What the chat page does in the browser: footnotes that light up, copying, feedback, the address.
// No answer is made here: all that is shown comes from the server, escaped.

function footnote(element, watch, act) {
  const page = document;
  const inside = (node, selector) => node.closest(selector);
  const box = () => page.querySelector("#question textarea");

  function put(text, send) {
    const area = box();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    if (send) setTimeout(() => page.querySelector("#ask").click(), 50); // once the box has taken it in
  }

  function tell(node, text) {
    inside(node, ".fn-said").querySelector(".fn-told").textContent = text;
  }

  function cite(marker) {
    const source = page.getElementById(marker.hash.slice(1));
    if (!source) return;
    page.querySelectorAll(".fn-lit").forEach((lit) => lit.classList.remove("fn-lit"));
    source.classList.add("fn-lit");
    source.from = marker;
    source.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    source.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  function back(button) {
    const source = inside(button, ".fn-source");
    const marker = source.from?.isConnected ? source.from : page.querySelector(`a[href="#${source.id}"]`);
    source.classList.remove("fn-lit");
    marker?.focus();
    marker?.scrollIntoView({ block: "center" });
  }

  function widen(button) {
    const wide = inside(button, ".fn-source").classList.toggle("fn-wide");
    button.setAttribute("aria-expanded", wide);
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.text);
    } catch {
      const area = page.createElement("textarea"); // pages that did not come by HTTPS have no clipboard
      area.value = button.dataset.text;
      page.body.append(area);
      area.select();
      page.execCommand("copy");
      area.remove();
      button.focus();
    }
    tell(button, "Copied.");
  }

  async function mark(node, verdict, done) {
    const said = inside(node, ".fn-exchange");
    const body = { exchange_id: said.dataset.exchange, verdict, note: said.querySelector("textarea").value };
    try {
      const answer = await fetch("/v1/feedback", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error((await answer.json()).error?.message);
    } catch (error) {
      tell(node, `That was not kept: ${error.message || "the server does not answer"}`);
      return;
    }
    for (const each of said.querySelectorAll("[data-verdict]"))
      each.setAttribute("aria-pressed", each.dataset.verdict === verdict);
    tell(node, done);
  }

  const chosen = (node) =>
    inside(node, ".fn-exchange").querySelector('[data-verdict][aria-pressed="true"]')?.dataset.verdict ?? null;

  function note(button) {
    const form = page.getElementById(button.getAttribute("aria-controls"));
    form.hidden = !form.hidden;
    button.setAttribute("aria-expanded", !form.hidden);
    if (!form.hidden) form.querySelector("textarea").focus();
  }

  function toggle(button) {
    const open = inside(button, ".fn-nav").classList.toggle("fn-open");
    button.setAttribute("aria-expanded", open);
  }

  function open(id) {
    element.closest("#page").querySelector(".fn-nav")?.classList.remove("fn-open");
    act({ do: "open", id });
  }

  const clicks = {
    all: (node) => {
      choose(""); // what the address says is asked
      put(node.dataset.text, true);
    },
    cite,
    back,
    widen,
    copy,
    note,
    toggle,
    ask: (node) => put(node.dataset.text, true),
    edit: (node) => put(node.dataset.text, false),
    mark: (node) => {
      const verdict = node.getAttribute("aria-pressed") === "true" ? null : node.dataset.verdict;
      mark(node, verdict, verdict ? `Marked ${verdict}. Thank you.` : "Taken back.");
    },
    open: (node) => open(node.dataset.id),
    new: () => {
      open("");
      box().focus();
    },
    delete: () => act({ do: "delete" }),
  };

  element.addEventListener("click", (event) => {
    const node = inside(event.target, "[data-do]");
    const does = node && clicks[node.dataset.do];
    if (!does || event.ctrlKey || event.metaKey || event.shiftKey) return; // links open in new tabs as ever
    if (node.tagName === "A") event.preventDefault();
    does(node);
  });

  element.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.do === "rename") act({ do: "rename", title: form.elements.title.value });
    else if (form.dataset.do === "save-note") mark(form, chosen(form), "The note is kept.");
    else return;
    event.preventDefault();
  });

  let waiting;
  element.addEventListener("input", (event) => {
    if (event.target.dataset.do !== "find") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => act({ do: "find", text: event.target.value }), 200);
  });

  // The address says which conversation is shown: the server reads it there.
  function address() {
    const nav = element.querySelector(".fn-nav");
    if (!nav) return;
    const here = new URL(location.href);
    if ((here.searchParams.get("c") ?? "") === nav.dataset.current) return;
    if (nav.dataset.current) here.searchParams.set("c", nav.dataset.current);
    else here.searchParams.delete("c");
    history.pushState(null, "", here);
  }

  if (element.closest("#list")) {
    watch("value", address);
    addEventListener("popstate", () => open(new URL(location.href).searchParams.get("c") ?? ""));
  }

  if (element.closest("#now"))
    watch("value", () => {
      const last = element.querySelector(".fn-exchange");
      last?.scrollIntoView({ block: "start", behavior: "auto" });
    });

  if (element.closest("#past")) {
    let shown = "";
    watch("value", () => {
      const opened = element.querySelector(".fn-bar")?.dataset.conversation ?? "";
      const last = [...element.querySelectorAll(".fn-exchange")].at(-1);
      if (opened !== shown) last?.scrollIntoView({ block: "start", behavior: "auto" });
      shown = opened;
    });
    page.addEventListener("keydown", (event) => {
      const writing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        box().focus();
      }
      if (event.key === "Escape" && page.querySelector(".fn-pending")) page.querySelector("#stop").click();
    });
  }
}
