// Sends files one after the other, then follows the server's jobs until each ends in a receipt or a reason.
// Nothing here is markup: names and messages are put in as text.

(() => {
  const section = document.getElementById("sending");
  if (!section) return; // readers send nothing
  const list = document.getElementById("sent");
  const told = document.getElementById("told");
  const tidy = document.getElementById("tidy");
  const most = () => Number(section.dataset.mostMb) * 1e6; // bytes
  const suffixes = () => section.dataset.suffixes.split(" ");
  const KEPT = "footnote-jobs"; // ids alone: what this page sent, to be shown again when it is reloaded
  const waiting = []; // entries whose file is still to be sent
  const following = []; // entries whose job has not ended
  let sending = null;
  let polling = false;

  const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const number = (count) => count.toLocaleString("en");
  const counted = (count, one) => `${number(count)} ${one}${count === 1 ? "" : "s"}`;
  const size = (bytes) => `${number(Math.ceil(bytes / 1e5) / 10)} MB`;

  function made(tag, of = {}, ...inside) {
    const node = Object.assign(document.createElement(tag), of);
    node.append(...inside);
    return node;
  }

  // ── what is shown of a file ────────────────────────────────────────────────────────────────────

  function entry(name, file) {
    const bar = made("progress", { max: 1, value: 0 });
    bar.setAttribute("aria-label", name);
    const said = made("span", { className: "said" });
    const ways = made("span", { className: "ways" });
    const title = made("b", {}, made("bdi", { textContent: name }));
    const node = made("li", {}, title, bar, said, ways);
    list.append(node);
    return { name, file, node, bar, said, ways, job: null };
  }

  function underWay(each, text, share) {
    each.said.textContent = text;
    each.bar.hidden = false;
    if (share === undefined) each.bar.removeAttribute("value");
    else each.bar.value = share;
  }

  function ended(each, kind, text) {
    each.node.className = kind;
    each.bar.hidden = true;
    each.said.textContent = text;
    each.ways.replaceChildren();
    told.textContent = `${each.name}: ${text}`;
    tidy.hidden = false;
  }

  function failed(each, text, again) {
    ended(each, "bad", text);
    if (!again || !each.file) return;
    const button = made("button", { type: "button", className: "plain", textContent: "Try again" });
    button.setAttribute("aria-label", `Try again: ${each.name}`);
    button.addEventListener("click", () => begin(each));
    each.ways.append(button);
  }

  function link(href, text, name) {
    const way = made("a", { href, textContent: text });
    way.setAttribute("aria-label", `${text}: ${name}`);
    return way;
  }

  function receipted(each, receipt) {
    const warnings = receipt.warnings.length
      ? made("ul", { className: "warnings" }, ...receipt.warnings.map((w) => made("li", { dir: "auto", textContent: w })))
      : "";
    each.node.querySelector(".warnings")?.remove();
    if (!receipt.characters || !receipt.passages) {
      ended(each, "bad", "No text was found in it: nothing can be asked of it. Send a version with text, or remove it.");
    } else {
      const counts = [counted(receipt.characters, "character"), counted(receipt.passages, "passage")];
      if (receipt.pages) counts.push(counted(receipt.pages, "page"));
      if (receipt.empty_pages?.length) counts.push(`${counted(receipt.empty_pages.length, "page")} of them without text`);
      const outcomes = {
        added: "Taken in",
        replaced: "Replaced the version before",
        unchanged: "Already here, nothing changed",
        moved: "Already here under another name, which it has now",
      };
      const like = (receipt.near_duplicates ?? []).map((near) => near.source);
      const twin = receipt.duplicate_of
        ? ` The same text is here as ${receipt.duplicate_of.source}.`
        : like.length
          ? ` Nearly the same text is here as ${like.join(", ")}.`
          : "";
      const warned = receipt.warnings.length || receipt.empty_pages?.length || twin || receipt.outcome === "unchanged";
      const outcome = outcomes[receipt.outcome] ?? receipt.outcome;
      ended(each, warned ? "mind" : "good", `${outcome}: ${counts.join(", ")}.${twin}`);
      each.ways.append(link(`/?d=${encodeURIComponent(receipt.document_id)}`, "Ask only this", each.name));
    }
    each.ways.prepend(link(`/documents/${encodeURIComponent(receipt.document_id)}`, "Open", each.name));
    each.said.after(warnings);
  }

  // ── sending ────────────────────────────────────────────────────────────────────────────────────

  function objection(file) {
    const known = suffixes().some((each) => file.name.toLowerCase().endsWith(each));
    if (!known) return `Such files cannot be read: ${suffixes().join(", ")} can. Nothing was sent.`;
    if (!file.size) return "The file is empty (0 bytes). Nothing was sent.";
    if (file.size <= most()) return "";
    return `The file has ${size(file.size)}, and at most ${size(most())} are taken. Nothing was sent.`;
  }

  function begin(each) {
    each.node.className = "";
    each.ways.replaceChildren();
    underWay(each, "waits to be sent", 0);
    waiting.push(each);
    sendNext();
  }

  const pending = () => [sending, ...waiting, ...following].filter(Boolean);

  function take(files) {
    for (const file of files) {
      const same = pending().find((each) => each.name === file.name);
      const each = entry(file.name, file);
      const wrong = objection(file);
      if (wrong) failed(each, wrong);
      else if (same?.file?.size === file.size) failed(each, "This file is on its way already. It was sent once.");
      else if (same) failed(each, "Another file of this name is on its way: it would take its place. Rename one of them.", true);
      else begin(each);
    }
  }

  async function sendNext() {
    if (sending || !waiting.length) return;
    const each = (sending = waiting.shift());
    const readable = await each.file.slice(0, 1).arrayBuffer().catch(() => null);
    const { status, body, seconds } = readable ? await post(each) : {};
    sending = null;
    if (!readable) failed(each, "The file cannot be read, or has changed since it was chosen: choose it again.");
    else if (status === 202) {
      each.job = body.id;
      following.push(each);
      keep();
      underWay(each, "sent, waits to be read");
      follow();
    } else if (status === 429) {
      underWay(each, `too many requests: goes on in ${counted(seconds, "second")}`, 0);
      sending = each;
      await pause(seconds);
      sending = null;
      waiting.unshift(each);
    } else refused(each, status, body);
    sendNext();
  }

  function refused(each, status, body) {
    const message = body?.error?.message;
    if (!status) failed(each, "The server does not answer. Nothing is lost here: try again.", true);
    else if (status === 401) {
      failed(each, "You are signed out.", true);
      each.ways.prepend(link(`/sign-in?next=${encodeURIComponent("/documents")}`, "Sign in", each.name));
    } else if (status === 413) failed(each, `The server takes no file so large: at most ${size(most())}.`);
    else failed(each, message ? `${message.replace(/\.$/, "")}.` : `The server failed (${status}).`, status >= 500);
  }

  function post(each) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", each.file, each.name);
      request.upload.addEventListener("progress", (event) => {
        const share = event.total ? event.loaded / event.total : 0;
        underWay(each, share < 1 ? `${Math.floor(100 * share)} % sent` : "sent, is being kept", share);
      });
      request.addEventListener("loadend", () => resolve({ status: request.status, body: read(request), seconds: later(request) }));
      request.open("POST", "/v1/documents");
      request.setRequestHeader("Accept", "application/json");
      request.send(form);
    });
  }

  function read(request) {
    try {
      return JSON.parse(request.responseText);
    } catch {
      return null;
    }
  }

  const later = (request) => Math.min(60, Number(request.getResponseHeader("Retry-After")) || 5);

  // ── what became of it ──────────────────────────────────────────────────────────────────────────

  const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");

  function keep() {
    const ids = [...kept(), ...following.map((each) => each.job)];
    sessionStorage.setItem(KEPT, JSON.stringify([...new Set(ids)].slice(-200)));
  }

  async function asked(path) {
    try {
      const answer = await fetch(path, { headers: { Accept: "application/json" } });
      const seconds = Math.min(60, Number(answer.headers.get("Retry-After")) || 2);
      return { status: answer.status, body: await answer.json().catch(() => null), seconds };
    } catch {
      return { status: 0, seconds: 3 };
    }
  }

  function settle(each, job) {
    if (job.status === "done") receipted(each, job.receipt);
    else if (job.status === "failed") failed(each, `${job.reason.replace(/\.$/, "")}.`, true);
    else {
      underWay(each, job.status === "running" ? "is being read" : "sent, waits to be read");
      return false;
    }
    if (job.status === "done" && job.receipt.outcome !== "unchanged") document.dispatchEvent(new Event("documents"));
    return true;
  }

  // The server reads one file after the other: only the oldest is asked about, so that many cost few requests.
  async function follow() {
    if (polling) return;
    polling = true;
    while (following.length) {
      const each = following[0];
      const { status, body, seconds } = await asked(`/v1/jobs/${encodeURIComponent(each.job)}`);
      if (status === 200) {
        if (settle(each, body)) following.shift();
        else await pause(0.5);
      } else if (status === 404) {
        following.shift();
        failed(each, "The server has begun anew since, and goes on with this file unseen: look for it in the list.", true);
      } else if (status === 401) {
        following.shift();
        refused(each, status);
      } else {
        underWay(each, status === 429 ? "sent, waits to be read" : "the server does not answer: asked again in a moment");
        await pause(seconds);
      }
    }
    polling = false;
  }

  async function resume() {
    const { status, body } = await asked("/v1/jobs");
    if (status !== 200) return;
    const mine = new Set(kept());
    const open = (job) => job.status === "queued" || job.status === "running";
    for (const job of body.jobs.reverse()) {
      if (!open(job) && !mine.has(job.id)) continue;
      if (following.some((each) => each.job === job.id)) continue;
      const each = entry(job.source, null);
      each.job = job.id;
      if (open(job)) {
        underWay(each, "sent, waits to be read");
        following.push(each);
      } else settle(each, job);
    }
    told.textContent = "";
    follow();
  }

  // ── hands ──────────────────────────────────────────────────────────────────────────────────────

  const input = document.getElementById("files");
  input.addEventListener("change", () => {
    take(input.files);
    input.value = ""; // so that the same file can be chosen again
  });

  tidy.addEventListener("click", () => {
    list.querySelectorAll(":scope > :is(.good, .mind, .bad)").forEach((node) => node.remove());
    sessionStorage.removeItem(KEPT);
    keep();
    tidy.hidden = true;
    input.focus();
  });

  function dropped(transfer) {
    const files = [];
    for (const item of transfer.items) {
      const file = item.kind === "file" && item.getAsFile();
      if (!file) continue;
      if (item.webkitGetAsEntry?.()?.isDirectory)
        failed(entry(file.name, null), "This is a folder. Send the files in it, or take it in with footnote index.");
      else files.push(file);
    }
    take(files);
  }

  const brings = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    section.classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) section.classList.remove("over");
  });
  addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    section.classList.remove("over");
    dropped(event.dataTransfer);
  });

  addEventListener("beforeunload", (event) => {
    if (sending || waiting.length) event.preventDefault(); // what is not sent yet would be lost
  });

  section.hidden = false;
  resume();
})();
