// Shows the questions that fit the filters; what is chosen stands in the address, so that it can be linked.
(() => {
  "use strict";
  const form = document.querySelector(".filters");
  if (!form) return;
  const { show, run, type, find } = form.elements;
  const told = form.querySelector("output");
  const empty = document.querySelector(".empty");
  const questions = [...document.querySelectorAll(".question")].map((element) => ({
    element,
    type: element.dataset.type,
    verdicts: element.dataset.verdicts.split(" "),
    tags: element.dataset.tags.split(" "),
    words: null,
  }));

  const wordsOf = (question) =>
    (question.words ??= [...question.element.querySelectorAll(".searched")]
      .map((each) => each.textContent)
      .join("\n")
      .toLowerCase());

  // What a filter takes: a tag, or one of its verdicts in the chosen run or in any.
  const takes = (filter, question) => {
    const { verdicts, tag } = filter.dataset;
    if (tag) return question.tags.includes(tag);
    if (!verdicts) return true;
    const chosen = run && run.value ? [question.verdicts[run.selectedIndex - 1]] : question.verdicts;
    return chosen.some((each) => verdicts.split(" ").includes(each));
  };

  const filters = [...form.querySelectorAll("input[name=show]")];
  const count = (number) => number.toLocaleString("en");

  const apply = () => {
    const filter = filters.find((each) => each.checked);
    const sought = find.value.trim().toLowerCase();
    let shown = 0;
    for (const question of questions) {
      const fits =
        takes(filter, question) &&
        (!type.value || type.value === question.type) &&
        (!sought || wordsOf(question).includes(sought));
      question.element.hidden = !fits;
      shown += fits;
    }
    for (const each of filters) {
      const number = questions.filter((question) => takes(each, question)).length;
      each.parentElement.querySelector("b").textContent = count(number);
    }
    told.textContent = `${count(shown)} of ${count(questions.length)} shown`;
    empty.hidden = shown > 0;
  };

  const write = () => {
    const chosen = new URLSearchParams();
    if (show.value !== "all") chosen.set("show", show.value);
    for (const field of [run, type, find]) if (field && field.value.trim()) chosen.set(field.name, field.value.trim());
    const state = chosen.toString();
    history.replaceState(null, "", state ? `#${state}` : location.pathname + location.search);
  };

  const choose = (state) => {
    const wanted = new URLSearchParams(state);
    show.value = wanted.get("show") ?? "all";
    if (!show.value) show.value = "all";
    for (const field of [run, type, find]) if (field) field.value = wanted.get(field.name) ?? "";
    for (const field of [run, type]) if (field && field.selectedIndex < 0) field.value = "";
    apply();
  };

  // A hash is the state of the filters, or names a part of the page, which must be seen then.
  const follow = () => {
    const hash = location.hash.slice(1);
    const target = hash && document.getElementById(hash);
    if (!target) choose(hash);
    else if (target.hidden) {
      choose("");
      target.scrollIntoView();
    }
  };

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      apply();
      write();
    }, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  form.hidden = false;
  apply();
  follow();
})();
