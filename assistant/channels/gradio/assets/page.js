// Puts regions of HTML where they belong, sends what a person does, and keeps what belongs to the browser:
// what is being typed, which tab or menu is open, where the focus is. It knows nothing about answers.
(() => {
  "use strict";
  const SHELL = `
    <header class="top" data-region="top"></header>
    <main>
      <section class="ask" data-page="ask">
        <div class="left">
          <div data-region="head"></div>
          <div class="talk" data-region="talk"></div>
          <div data-region="composer"></div>
        </div>
        <div class="right"><div class="result" data-region="result" tabindex="-1"></div></div>
      </section>
      <section class="plain" data-page="segments"><div data-region="segments"></div></section>
      <section class="plain" data-page="customers"><div class="owners customers" data-region="customers" tabindex="-1"></div></section>
      <section class="plain" data-page="data"><div class="owners data" data-region="data" tabindex="-1"></div></section>
      <section class="plain" data-page="catalogue">
        <div class="filters" data-region="catalogue-head"></div>
        <div class="catalogue" data-region="catalogue"></div>
      </section>
      <section class="plain" data-page="campaigns"><div class="owners campaigns" data-region="campaigns" tabindex="-1"></div></section>
      <section class="plain" data-page="models"><div class="owners models" data-region="models" tabindex="-1"></div></section>
      <section class="plain" data-page="boards"><div class="owners boards" data-region="boards" tabindex="-1"></div></section>
      <section class="plain" data-page="review"><div class="review" data-region="review"></div></section>
      <section class="plain" data-page="insights"><div class="insights" data-region="insights"></div></section>
      <section class="plain" data-page="admin"><div class="admin" data-region="admin"></div></section>
      <section class="plain" data-page="account"><div class="account" data-region="account"></div></section>
      <section class="plain" data-page="closed"><div data-region="closed"></div></section>
    </main>
    <div class="lost" role="alert" hidden></div>
    <div data-region="dialog"></div>
    <div data-region="notice"></div>`;

  const NARROW = window.matchMedia("(max-width: 860px)");
  const DARK = window.matchMedia("(prefers-color-scheme: dark)");
  const frame = { language: "zh", page: "ask", dataset: "", title: "", asked: false, busy: false, visit: "", words: {} };
  const revisions = {};
  const waiting = {}; // regions that arrived before the shell
  const fetched = new Set();
  const began = {};
  let root = null;
  let send = () => {};
  let server = {};
  let opener = null;
  let dismissed = -1;
  let lastInResult = false;
  let restored = false;

  const find = (selector) => root.querySelector(selector);
  const place = (name) => find(`[data-region="${name}"]`);

  // ---- drawing: change what differs, keep the rest with its focus, scroll and open menus

  const KEPT = {
    question: { children: true },
    underlay: { children: true },
    completions: { children: true, attributes: ["hidden"] },
    dropdown: { attributes: ["open"] },
    tab: { attributes: ["aria-selected", "tabindex"] },
    hidden: { attributes: ["hidden"] },
    upload: { children: true, attributes: ["hidden"] },
    typed: { attributes: ["value"] },
  };

  function same(a, b) {
    if (a.nodeType !== b.nodeType || a.nodeName !== b.nodeName) return false;
    return a.nodeType !== 1 || (a.dataset?.key ?? "") === (b.dataset?.key ?? "");
  }

  function update(old, fresh) {
    if (old.nodeType !== 1) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    const kept = KEPT[old.dataset?.own] ?? {};
    const ours = new Set(kept.attributes ?? []);
    if (old.nodeName === "DIALOG") ours.add("open");
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !ours.has(name)) old.removeAttribute(name);
    for (const { name, value } of [...fresh.attributes]) {
      if (ours.has(name) || old.getAttribute(name) === value) continue;
      old.setAttribute(name, value);
      if (name === "value" && "value" in old) old.value = value;
    }
    if (kept.children || old.dataset?.elapsed) return;
    reconcile(old, fresh);
  }

  function reconcile(parent, fresh) {
    let here = parent.firstChild;
    for (const node of [...fresh.childNodes]) {
      let match = here;
      while (match && !same(match, node)) match = match.nextSibling;
      if (match) {
        while (here !== match) {
          const gone = here;
          here = here.nextSibling;
          gone.remove();
        }
        update(match, node);
        here = match.nextSibling;
      } else {
        parent.insertBefore(node, here);
      }
    }
    while (here) {
      const gone = here;
      here = here.nextSibling;
      gone.remove();
    }
  }

  function draw(name, html) {
    const target = place(name);
    if (!target) return;
    const template = document.createElement("template");
    template.innerHTML = html;
    if (name === "talk") home();
    const before = target.firstElementChild?.dataset.key;
    reconcile(target, template.content);
    (AFTER[name] ?? (() => {}))(target, before);
  }

  const AFTER = {
    top(target) {
      const here = target.querySelector("nav [aria-current]");
      if (here) here.parentNode.scrollLeft = here.offsetLeft - here.parentNode.offsetLeft - 16;
    },
    talk(target) {
      settle();
      if (frame.busy || !target.dataset.count || Number(target.dataset.count) !== target.children.length) bottom();
      target.dataset.count = target.children.length;
    },
    result(target, before) {
      if (before !== target.firstElementChild?.dataset.key) find(".right").scrollTop = 0;
      if (lastInResult && document.activeElement === document.body) {
        target.focus({ preventScroll: true });
        lastInResult = false;
      }
    },
    composer: () => resize(),
    data: turned,
    customers: turned,
    boards: turned,
    campaigns: turned,
    models: turned,
    segments: turned,
    dialog(target) {
      const dialog = target.querySelector("dialog");
      if (dialog && !dialog.open) {
        opener = document.activeElement;
        dialog.addEventListener("close", () => act({ act: "dialog-close" }));
        dialog.showModal();
        dialog.querySelector("input[autofocus]")?.select();
      } else if (!dialog && opener) {
        if (opener.isConnected) opener.focus();
        opener = null;
      }
      if (dialog) conditions(dialog.querySelector("form"));
    },
    notice(target) {
      const notice = target.firstElementChild;
      if (!notice) return;
      const number = Number(notice.dataset.notice);
      notice.hidden = number <= dismissed;
      clearTimeout(target.timer);
      target.timer = setTimeout(() => {
        dismissed = number;
        notice.hidden = true;
      }, notice.querySelector("button") ? 12000 : 5000);
    },
  };

  function turned(target, before) {
    // Another view begins at its top and keeps the keyboard's place; what a change would do is brought into sight.
    if (before !== target.firstElementChild?.dataset.key) {
      target.parentNode.scrollTop = 0;
      if (NARROW.matches) scrollTo(0, 0);
      const first = target.querySelector("[autofocus]");
      if (before && document.activeElement === document.body) (first ?? target).focus({ preventScroll: true });
    }
    const fresh = target.querySelector("[data-reveal]");
    if (fresh && !fresh.dataset.seen) {
      fresh.scrollIntoView({ block: "nearest" });
      fresh.focus({ preventScroll: true });
    }
    if (fresh) fresh.dataset.seen = "yes";
  }

  function settle() {
    // On a narrow screen the result stands under its answer.
    const slot = NARROW.matches ? find("[data-slot]") : null;
    const result = place("result");
    const target = slot ?? find(".right");
    if (result.parentNode !== target) target.append(result);
  }

  function home() {
    const result = place("result");
    if (result.parentNode !== find(".right")) find(".right").append(result);
  }

  function bottom() {
    const talk = place("talk");
    talk.scrollTop = talk.scrollHeight;
    if (NARROW.matches && frame.asked) talk.lastElementChild?.scrollIntoView({ block: "start" });
  }

  function apply(name, value) {
    if (!value) return;
    if (!root) {
      waiting[name] = value;
      return;
    }
    const cut = value.indexOf("\n");
    const revision = Number(value.slice(0, cut));
    if (revision <= (revisions[name] ?? -1) || (root.dataset.page === "closed" && name !== "closed")) return;
    revisions[name] = revision;
    const content = value.slice(cut + 1);
    if (name === "frame") applyFrame(JSON.parse(content));
    else if (name === "files") JSON.parse(content).forEach(fetchFile);
    else draw(name, content);
  }

  function applyFrame(told) {
    const moved = told.page !== frame.page;
    if (moved && place("notice").firstElementChild) dismissed = Number(place("notice").firstElementChild.dataset.notice);
    if (moved && place("notice").firstElementChild) place("notice").firstElementChild.hidden = true;
    Object.assign(frame, told);
    root.dataset.page = frame.page;
    root.dataset.asked = frame.asked ? "yes" : "no";
    root.dataset.busy = frame.busy ? "yes" : "no";
    place("result").setAttribute("aria-busy", String(frame.busy));
    document.documentElement.lang = frame.language === "zh" ? "zh-CN" : "en";
    document.title = frame.title;
    root.dataset.ready = "yes";
    if (frame.page === "closed") return; // the address stays for when one is back
    remember("language", frame.language);
    remember("dataset", frame.dataset);
    const address = new URL(location.href); // `page` in it belongs to the tool-kit
    address.searchParams.set("lang", frame.language);
    for (const once of ["link", "board", "data"]) address.searchParams.delete(once);
    if (frame.page === "ask") address.searchParams.delete("view");
    else address.searchParams.set("view", frame.page);
    if (address.href !== location.href) history[moved ? "pushState" : "replaceState"]({}, "", address);
  }

  function remember(name, value) {
    try {
      localStorage.setItem(`qunxiang.${name}`, value);
    } catch {
      // private windows may refuse; the address keeps the language
    }
  }

  function recall(name) {
    try {
      return localStorage.getItem(`qunxiang.${name}`) ?? "";
    } catch {
      return "";
    }
  }

  function fetchFile(path) {
    if (fetched.has(path)) return;
    fetched.add(path);
    const link = document.createElement("a");
    link.href = `${window.gradio_config?.root ?? ""}/gradio_api/file=${path.split("/").map(encodeURIComponent).join("/")}`;
    link.download = path.split("/").pop();
    document.body.append(link);
    link.click();
    link.remove();
  }

  // ---- sending

  function act(data) {
    send(data);
  }

  function fields(element) {
    const { act: name, turn, ref, index, text } = element.dataset;
    return { act: name, turn, ref, index: index === undefined ? undefined : Number(index), text };
  }

  function onClick(event) {
    const target = event.target.closest("button, summary, a, dialog");
    for (const open of root.querySelectorAll("details.dropdown[open]")) {
      if (!open.contains(event.target) || event.target.closest(".menu button")) open.open = false;
    }
    if (!target) return;
    if (target.nodeName === "DIALOG") return event.target === target ? target.close() : undefined;
    if (target.dataset.act) {
      lastInResult = place("result").contains(target);
      if (target.closest(".notice")) target.closest(".notice").hidden = true;
      if (target.dataset.act === "ask") clearQuestion();
      return act(fields(target));
    }
    if (target.getAttribute("role") === "tab") return openTab(target);
    if (target.dataset.prefill !== undefined) return accept(target.dataset.prefill);
    if (target.dataset.sort !== undefined) return sort(target);
    if (target.dataset.copy !== undefined) return copy(target);
    if (target.dataset.stop !== undefined) target.closest("form").dataset.stopped = "yes";
  }

  function onSubmit(event) {
    const form = event.target;
    if (form.hasAttribute("action")) return; // goes to the server as forms do
    event.preventDefault();
    if (form.dataset.form === "ask") return ask();
    const file = form.querySelector("input[type=file]")?.files[0];
    if (file) return upload(form, file);
    const sent = { act: form.dataset.form };
    for (const [name, value] of new FormData(form, event.submitter)) {
      if (typeof value === "string") sent[name] = name in sent ? [sent[name], value].flat() : value;
    }
    act(sent);
  }

  // ---- a file on its way to the server: in pieces, each no larger than a request may be

  const PIECE = 96 * 1024; // bytes at first; smaller ones where the server takes less
  const SMALLEST = 6 * 1024;

  function encoded(blob) {
    return new Promise((done, failed) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = failed;
      reader.readAsDataURL(blob);
    });
  }

  async function upload(form, file) {
    const bar = form.querySelector(".uploading");
    const submit = form.querySelector("[type=submit]");
    const id = crypto.randomUUID?.() ?? String(Math.random());
    delete form.dataset.stopped;
    bar.hidden = false;
    submit.disabled = true;
    const told = await pieces(form, file, id, (share) => {
      bar.querySelector("progress").value = share;
      bar.querySelector(".sent").textContent = `${Math.round(share * 100)}%`;
    });
    submit.disabled = false;
    if (told !== true) {
      bar.querySelector(".sent").textContent = told;
      act({ act: "upload-forget", ref: id });
      return;
    }
    bar.hidden = true;
    if (form.isConnected) act({ act: form.dataset.form, upload: id, address: "" });
  }

  async function pieces(form, file, id, tell) {
    const bar = form.querySelector(".uploading");
    let offset = 0;
    let size = PIECE;
    do {
      if (form.dataset.stopped || !form.isConnected) return bar.dataset.stopped;
      const blob = file.slice(offset, offset + size);
      const sent = { upload: id, name: file.name, offset, data: blob.size ? await encoded(blob) : "", dataset: frame.dataset, language: frame.language };
      let answer;
      try {
        answer = await server.receive(sent);
      } catch {
        answer = undefined;
      }
      if (answer?.fault) return answer.fault;
      if (answer?.received === undefined) {
        if (size <= SMALLEST) return bar.dataset.failed;
        size /= 2;
        continue;
      }
      offset = answer.received;
      tell(file.size ? offset / file.size : 1);
    } while (offset < file.size);
    return true;
  }

  function conditions(form) {
    const values = Object.fromEntries(new FormData(form));
    for (const part of form.querySelectorAll("[data-when]")) {
      const [name, value] = part.dataset.when.split("=");
      part.hidden = values[name] !== value;
    }
  }

  function later(wait, work) {
    let timer = 0;
    return (...given) => {
      clearTimeout(timer);
      timer = setTimeout(() => work(...given), wait);
    };
  }

  const search = later(180, (input) => act({ act: input.dataset.input, text: input.value }));

  // ---- tabs, sorting, copying

  function openTab(tab) {
    for (const other of tab.parentNode.children) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    tab.focus({ preventScroll: true });
  }

  function moveTab(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.target.getAttribute("role") !== "tab") return false;
    const tabs = [...event.target.parentNode.children];
    openTab(tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length]);
    return true;
  }

  function sort(button) {
    const heading = button.closest("th");
    const body = button.closest("table").tBodies[0];
    const down = heading.getAttribute("aria-sort") !== "descending";
    for (const other of heading.parentNode.children) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const position = Number(button.dataset.sort);
    const value = (row) => {
      const cell = row.cells[position];
      return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
    };
    const order = (a, b) => {
      const [x, y] = [value(a), value(b)];
      return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), frame.language);
    };
    body.append(...[...body.rows].sort((a, b) => (down ? order(b, a) : order(a, b))));
  }

  function copy(button) {
    const code = button.parentNode.querySelector("code");
    const said = button.textContent;
    navigator.clipboard.writeText(code.textContent).then(() => {
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = said), 1500);
    });
  }

  // ---- the question box

  const question = () => find("#question");
  let chosen = -1;

  function draft(text) {
    try {
      if (text === undefined) return sessionStorage.getItem("qunxiang.draft") ?? "";
      sessionStorage.setItem("qunxiang.draft", text);
    } catch {
      // private windows may refuse; a reload then begins with an empty box
    }
    return "";
  }

  function resize() {
    const box = question();
    if (!box) return;
    if (!restored) {
      restored = true;
      box.value ||= draft();
    }
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
  }

  function clearQuestion() {
    const box = question();
    box.value = "";
    draft("");
    understand.latest = "";
    showSpans("", []);
    showCompletions([]);
    resize();
  }

  function ask(text = question().value) {
    if (!text.trim() || lost) return; // while there is no connection the words stay where they are
    clearQuestion();
    act({ act: "ask", text });
  }

  const understand = later(140, async () => {
    const text = question().value;
    understand.latest = text;
    if (!text.trim()) return showCompletions([]);
    const told = await server.complete({ text, dataset: frame.dataset, language: frame.language });
    if (understand.latest !== text || question().value !== text) return;
    showSpans(text, told.spans);
    showCompletions(told.completions);
  });

  function showSpans(text, spans) {
    const layer = find(".underlay");
    layer.replaceChildren();
    let end = 0;
    for (const [from, to, known] of spans) {
      layer.append(text.slice(end, from));
      const mark = document.createElement("span");
      mark.className = known ? "known" : "unknown";
      mark.textContent = text.slice(from, to);
      layer.append(mark);
      end = to;
    }
    layer.append(text.slice(end));
    layer.scrollTop = question().scrollTop;
  }

  function showCompletions(completions) {
    const list = find("#completions");
    chosen = -1;
    list.replaceChildren(
      ...completions.map(({ text, hint }, index) => {
        const item = document.createElement("li");
        item.role = "option";
        item.id = `completion-${index}`;
        const said = document.createElement("span");
        said.textContent = text;
        const about = document.createElement("span");
        about.className = "quiet";
        about.textContent = hint;
        item.append(said, about);
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          accept(text);
        });
        return item;
      }),
    );
    list.hidden = !completions.length;
    question().removeAttribute("aria-activedescendant");
  }

  function choose(step) {
    const items = [...find("#completions").children];
    chosen = (chosen + step + items.length + (chosen < 0 && step < 0 ? 1 : 0)) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
    items[chosen].scrollIntoView({ block: "nearest" });
    question().setAttribute("aria-activedescendant", items[chosen].id);
  }

  function accept(text) {
    const box = question();
    box.value = text;
    showCompletions([]);
    resize();
    understand();
    box.focus();
  }

  function onQuestionKey(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is at work
    const list = find("#completions");
    const open = !list.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? 1 : -1);
    } else if (open && chosen >= 0 && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      accept(list.children[chosen].firstChild.textContent);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      ask();
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      showCompletions([]);
    }
  }

  function onKey(event) {
    if (event.target.id === "question") onQuestionKey(event);
    if (moveTab(event)) return;
    if (event.key === "Escape" && !event.defaultPrevented && !root.querySelector("dialog[open]")) {
      const menu = root.querySelector("details.dropdown[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      } else if (frame.busy) {
        act({ act: "stop" });
      }
    }
    const inMenu = event.target.closest?.("details.dropdown[open]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (inMenu && step) {
      event.preventDefault();
      const items = [...inMenu.querySelectorAll(".menu :is(button, a)")];
      const next = items.indexOf(document.activeElement) + step;
      items[(next + items.length) % items.length]?.focus();
    }
  }

  // ---- a broken connection: say so calmly, try again, go on where it was

  const LOOK = 4000; // milliseconds between looks at whether the server is there
  let lost = false;

  async function look() {
    if ((document.hidden && !lost) || root.dataset.page === "closed" || !frame.visit) return;
    let answer;
    try {
      answer = await fetch(`${location.pathname}?visit=${frame.visit}`, { method: "HEAD", cache: "no-store" });
    } catch {
      return lose();
    }
    if (answer.redirected || answer.status === 401 || answer.status === 403) return close();
    if (answer.status === 410) return tellLost(frame.words.expired, frame.words.reload);
    if (!lost || !answer.ok) return;
    lost = false;
    find(".lost").hidden = true;
    act({ act: "sync" });
  }

  function close() {
    // Signed out, or another login took over: nothing of what was shown stays.
    if (!root || root.dataset.page === "closed") return;
    for (const region of root.querySelectorAll("[data-region]")) region.replaceChildren();
    root.dataset.page = "closed";
    draw("closed", frame.words.closed);
  }

  const fetching = window.fetch;
  const OURS = /\/gradio_api\/(queue\/(join|data)|component_server)/;
  window.fetch = async (...given) => {
    const answer = await fetching.apply(window, given);
    if ((answer.status === 401 || answer.status === 403) && OURS.test(answer.url)) close();
    return answer;
  };

  function lose() {
    lost = true;
    tellLost(frame.words.lost);
  }

  function tellLost(text, label) {
    const bar = find(".lost");
    if (!bar.hidden && bar.dataset.text === text) return;
    bar.dataset.text = text;
    bar.replaceChildren(text);
    if (label) {
      const again = document.createElement("button");
      again.type = "button";
      again.className = "button link";
      again.textContent = label;
      again.addEventListener("click", () => location.reload());
      bar.append(again);
    }
    bar.hidden = false;
  }

  // ---- elapsed time

  const WATCH = 1000; // milliseconds between looks at work that goes on by itself
  let watchedAt = 0;

  function tick() {
    for (const element of root.querySelectorAll("[data-elapsed]")) {
      const id = element.dataset.elapsed;
      began[id] ??= performance.now();
      const seconds = (performance.now() - began[id]) / 1000;
      element.textContent = seconds < 1 ? "" : element.dataset.words.replace("{n}", Math.floor(seconds));
    }
    const watched = [...root.querySelectorAll("[data-watch]")].filter((element) => element.getClientRects().length);
    if (watched.length && !lost && !document.hidden && performance.now() - watchedAt > WATCH) {
      watchedAt = performance.now();
      for (const name of new Set(watched.map((element) => element.dataset.watch))) act({ act: name });
    }
    for (const id of Object.keys(began)) if (!root.querySelector(`[data-elapsed="${id}"]`)) delete began[id];
  }

  // ---- beginning

  function start(element, sender, functions) {
    const shell = element.querySelector("#qunxiang") ?? element;
    shell.innerHTML = SHELL;
    root = shell;
    send = sender;
    server = functions;
    root.addEventListener("click", onClick);
    root.addEventListener("submit", onSubmit);
    root.addEventListener("change", (event) => {
      if (event.target.form?.closest("dialog")) conditions(event.target.form);
      if (event.target.type === "file") event.target.form.querySelector(".file-name").textContent = event.target.files[0]?.name ?? "";
    });
    root.addEventListener("keydown", onKey);
    root.addEventListener("input", (event) => {
      if (event.target.id === "question") {
        resize();
        draft(event.target.value);
        showSpans("", []);
        understand();
      } else if (event.target.dataset.input) {
        search(event.target);
      }
    });
    root.addEventListener("focusout", (event) => event.target.id === "question" && showCompletions([]));
    root.addEventListener("scroll", (event) => {
      if (event.target.id === "question") find(".underlay").scrollTop = event.target.scrollTop;
    }, true);
    NARROW.addEventListener("change", settle);
    DARK.addEventListener("change", () => act({ act: "ground", ref: DARK.matches ? "dark" : "light" }));
    addEventListener("popstate", () => act({ act: "page", ref: new URL(location.href).searchParams.get("view") ?? "ask" }));
    setInterval(tick, 200);
    setInterval(look, LOOK);
    document.addEventListener("visibilitychange", () => {
      const open = document.hidden ? [] : [...root.querySelectorAll("[data-return]")];
      const seen = open.find((element) => element.getClientRects().length);
      if (seen && !lost) act({ act: seen.dataset.return });
    });
    addEventListener("offline", lose);
    addEventListener("online", look);
    for (const [name, value] of Object.entries(waiting)) apply(name, value);
  }

  function region(name, props, watch) {
    watch("value", () => apply(name, props.value));
    apply(name, props.value);
  }

  function arrival() {
    const address = new URL(location.href).searchParams;
    const system = navigator.language.startsWith("zh") ? "zh" : "en";
    return JSON.stringify({
      language: address.get("lang") ?? (recall("language") || system),
      page: address.get("view") ?? "ask",
      dataset: address.get("data") || recall("dataset"),
      link: address.get("link") ?? "",
      board: address.get("board") ?? "",
      ground: DARK.matches ? "dark" : "light",
    });
  }

  window.qunxiang = { start, region, arrival };
})();
