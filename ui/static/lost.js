// A server that is lost on the way to an answer: that is said, and the question can be asked again.
// Gradio loads the page anew once its server answers again; the question is carried over that, no further.

(() => {
  const page = document;
  const CARRIED = "footnote-asked";
  const EVERY = 2000; // milliseconds from one look to the next
  const PATIENCE = 5000;
  const FORM = `<div class="fn-said"><h3 class="fn-question" dir="auto"></h3>
    <p class="fn-notice" role="alert"><b></b> <span></span></p>
    <div class="fn-tools"><button type="button">Try again</button>
    <button type="button" data-do="edit">Edit</button></div></div>`;
  const box = () => page.querySelector("#question textarea");
  let asked = ""; // what is on its way
  let again = false; // whether it is asked as soon as the page is there again
  let looking;

  const alive = () =>
    fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) }).then(
      (answer) => answer.ok,
      () => false,
    );

  function begin(question) {
    end();
    asked = question;
    if (asked) looking = setInterval(look, EVERY);
  }

  function end() {
    clearInterval(looking);
    asked = "";
    page.getElementById("lost")?.remove();
  }

  async function look() {
    if ((await alive()) || !asked || page.getElementById("lost")) return;
    clearInterval(looking);
    tell("The server does not answer.", "Your question is not lost: try again in a moment.").onclick = retry;
  }

  // Shows what happened in the place of the answer; returns the button to try again with.
  function tell(title, message) {
    const pending = page.querySelector("#now .fn-pending");
    pending?.classList.remove("fn-pending");
    pending?.setAttribute("hidden", "");
    const told = page.createElement("article");
    told.id = "lost";
    told.className = "fn-exchange fn-failed";
    told.innerHTML = FORM;
    page.querySelector("#now .html-container > div").append(told); // where clicks are listened to
    told.querySelector("h3").textContent = asked;
    told.querySelector("b").textContent = title;
    told.querySelector("span").textContent = message;
    for (const button of told.querySelectorAll("button")) button.dataset.text = asked;
    told.scrollIntoView({ block: "nearest" });
    return told.querySelector("button");
  }

  async function retry() {
    const words = page.querySelector("#lost span");
    words.textContent = "Trying …";
    again = await alive();
    if (again) location.reload(); // what Gradio had open to the server stays broken
    else words.textContent = "There is still no answer. Your question is not lost: try again in a moment.";
  }

  function takeUp() {
    const carried = sessionStorage.getItem(CARRIED);
    sessionStorage.removeItem(CARRIED);
    const [how] = performance.getEntriesByType("navigation");
    if (!carried || how?.type !== "reload") return; // another visit, perhaps somebody else's
    const watching = new MutationObserver(() => {
      if (!box() || !page.querySelector("#past :is(.fn-welcome, .fn-bar)")) return;
      watching.disconnect();
      const { question, now } = JSON.parse(carried);
      asked = question;
      const button = tell("The server was away.", "Your question was not answered.");
      button.dataset.do = "ask";
      if (now) button.click();
    });
    watching.observe(page, { childList: true, subtree: true });
  }

  page.addEventListener("click", (event) => {
    if (event.target.closest("#ask")) begin(box().value.trim());
  });
  page.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && !event.shiftKey && event.target === box()) begin(box().value.trim());
    },
    true, // before the box is emptied
  );
  addEventListener("pagehide", () => {
    if (asked) sessionStorage.setItem(CARRIED, JSON.stringify({ question: asked, now: again }));
  });
  new MutationObserver((changes) => {
    const shown = changes.some(({ target, addedNodes }) => addedNodes.length && target.closest?.("#now"));
    if (asked && shown && page.querySelector("#now .fn-exchange:not(#lost, .fn-pending, [hidden])")) end();
  }).observe(page, { childList: true, subtree: true });
  takeUp();
})();
