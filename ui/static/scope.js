// Which documents and dates are asked: the page's address says so, the server reads it there.
// What is shown of it comes from the server as markup, escaped.

/** Make the address say what is to be asked: "" is all documents. */
let choose = () => {};

function choosing(element) {
  const page = document;
  const NAMES = ["d", "after", "before"];
  let latest = 0; // answers that come late are not shown

  const form = () => element.querySelector("#choosing");
  const wanted = () => element.querySelector("#wanted").value;

  /** The part of the address that says what is asked. */
  function asked() {
    const of = new URLSearchParams(location.search);
    for (const name of [...of.keys()]) if (!NAMES.includes(name)) of.delete(name);
    return of;
  }

  async function fetched(more = {}) {
    const of = asked();
    for (const [name, value] of Object.entries(more)) of.set(name, value);
    const mine = ++latest;
    try {
      const answer = await fetch(`/scope?${of}`);
      const text = await answer.text();
      if (mine !== latest) return null;
      if (answer.ok) return page.createRange().createContextualFragment(text);
      return told(answer.status === 401 ? "You are signed out: reload the page to sign in." : text.slice(0, 200));
    } catch {
      return mine === latest ? told("The server does not answer: try again in a moment.") : null;
    }
  }

  function told(message) {
    const at = element.querySelector('[data-part="problems"]') ?? element;
    const line = page.createElement("p");
    Object.assign(line, { className: "fn-problem", textContent: message });
    line.setAttribute("role", "alert");
    at.replaceChildren(line);
    return null;
  }

  /** Only the parts that tell are new: the fields stay as they are, with what is half typed in them. */
  function renew(fresh) {
    const focused = page.activeElement?.id;
    for (const part of fresh.querySelectorAll("[data-part]"))
      element.querySelector(`[data-part="${part.dataset.part}"]`).replaceWith(part);
    if (focused) page.getElementById(focused)?.focus();
    const status = element.querySelector('[role="status"]');
    const words = element.querySelector('[data-part="words"]').textContent;
    if (status.textContent !== words) status.textContent = words; // for those who do not see it change
    narrow();
  }

  const narrow = () => element.classList.toggle("fn-narrow", asked().size > 0);

  async function show(more = form()?.hidden === false ? { q: wanted() } : {}) {
    const fresh = await fetched(more);
    if (!fresh) return;
    if (form()) renew(fresh);
    else element.replaceChildren(fresh);
    narrow();
  }

  function put(of) {
    const here = new URL(location.href);
    NAMES.forEach((name) => here.searchParams.delete(name));
    for (const [name, value] of of) if (value) here.searchParams.append(name, value);
    history.replaceState(history.state, "", here);
    return show();
  }

  function fill() {
    const of = asked();
    for (const name of ["after", "before"]) form().elements[name].value = of.get(name) ?? "";
  }

  choose = (of) => {
    const done = put(new URLSearchParams(of));
    if (form()) fill();
    return done;
  };

  function open(button) {
    const panel = form();
    panel.hidden = !panel.hidden;
    const opener = element.querySelector(".fn-asked");
    opener.setAttribute("aria-expanded", !panel.hidden);
    if (panel.hidden) {
      if (button !== opener) opener.focus();
      return;
    }
    show({ q: wanted() });
    panel.querySelector("#wanted").focus();
  }

  element.addEventListener("click", (event) => {
    const node = event.target.closest("[data-do]");
    if (node?.dataset.do === "choose") open(node);
    if (node?.dataset.do === "all") choose("");
  });

  element.addEventListener("change", (event) => {
    if (event.target.closest("#choosing") && event.target.name) put(new FormData(form()));
  });

  let soon;
  element.addEventListener("input", (event) => {
    if (event.target.id !== "wanted") return;
    clearTimeout(soon);
    soon = setTimeout(show, 200);
  });

  element.addEventListener("submit", (event) => event.preventDefault());

  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !form() || form().hidden) return;
    event.stopPropagation();
    open(form());
  });

  page.addEventListener("click", (event) => {
    if (form() && !form().hidden && !element.contains(event.target)) open(element.querySelector(".fn-asked"));
    const link = event.target.closest('a[data-do="documents"]');
    if (link) link.search = location.search; // from there one comes back to the same conversation
  });

  addEventListener("popstate", () => {
    show();
    if (form()) fill();
  });
  show();
}
