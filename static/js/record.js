/* The record of a reception: saves itself while it is typed, is merged with what others type, and survives a lost line, a
   crash of the browser and one of the server (docs/decisions/0016). Without this file the form is saved by its button. */
(function () {
  "use strict";
  const PAUSE = 2000, LONGEST = 4000, WATCH = 5000, AWAY = 600000, PATIENCE = 15000, FORGOTTEN = 30000;
  const form = document.querySelector("form[data-record]");
  if (!form) return;

  const account = form.dataset.record;
  const byHand = form.dataset.byHand !== undefined;
  const parts = Array.from(form.querySelectorAll("[data-part]"));
  const nameOf = (field) => field.dataset.part;
  const begun = (name) => form.elements["base_" + name];
  const texts = () => Object.fromEntries(parts.map((field) => [nameOf(field), field.value]));
  const bases = () => Object.fromEntries(parts.map((field) => [nameOf(field), begun(nameOf(field)).value]));
  const isNew = (field) => field.value !== begun(nameOf(field)).value;
  const unsaved = () => parts.some(isNew);

  /* --- what stands below the form --- */
  const said = form.querySelector("[data-said]"), progress = form.querySelector("[data-progress]");
  function say(text, link) {
    if (said.textContent === text + (link ? link.textContent : "")) return; /* a reader says it again only when it changed */
    said.replaceChildren(text);
    if (link) said.append(link);
  }
  const trouble = (on) => said.parentNode.classList.toggle("trouble", on);
  function lost(why, link) { trouble(true); progress.textContent = ""; say("未保存：" + why + "，内容保存在本机。", link); }
  function signIn() {
    const link = Object.assign(document.createElement("a"), { href: "/login", target: "_blank", rel: "noopener", textContent: "在新窗口登录" });
    lost("登录已过期", link);
  }

  /* --- the draft on this machine: by account, record and window; gone when saved and when signing out --- */
  const stored = {
    all: () => { try { return Object.keys(localStorage); } catch (error) { return []; } },
    read: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; } },
    write: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch (error) { /* full or forbidden */ } },
    drop: (key) => { try { localStorage.removeItem(key); } catch (error) { /* there is none */ } },
  };
  function windowName() {
    const fresh = String(Date.now()) + Math.random().toString(36).slice(2, 8);
    try {
      const kept = sessionStorage.getItem("record-window") || fresh;
      sessionStorage.setItem("record-window", kept);
      return kept;
    } catch (error) { return fresh; }
  }
  const mine = ["draft", "record", account, ""].join("|");
  const key = mine + form.getAttribute("action") + "|" + windowName();
  function keep() {
    if (!unsaved()) stored.drop(key);
    else stored.write(key, { address: form.getAttribute("action"), at: Date.now(), base: bases(), text: texts() });
  }

  /* --- changing a text somebody is typing in --- */
  function moved(place, before, after) {
    const head = before.slice(0, place), tail = before.slice(place);
    if (after.startsWith(head)) return place;
    if (after.endsWith(tail)) return after.length - tail.length;
    for (let length = Math.min(head.length, 24); length > 0; length -= 1) {
      const found = [];
      for (let at = after.indexOf(head.slice(-length)); at >= 0; at = after.indexOf(head.slice(-length), at + 1)) found.push(at + length);
      if (found.length) return found.reduce((best, at) => (Math.abs(at - place) < Math.abs(best - place) ? at : best));
    }
    return Math.min(place, after.length);
  }
  function put(field, text) {
    if (field.value === text) return;
    const before = field.value, top = field.scrollTop, here = document.activeElement === field;
    const caret = here ? [field.selectionStart, field.selectionEnd].map((place) => moved(place, before, text)) : null;
    field.value = text;
    if (field.matches("textarea")) {
      field.style.height = "auto";
      field.style.height = Math.min(field.scrollHeight + 2, 480) + "px";
    }
    if (caret) field.setSelectionRange(caret[0], caret[1]);
    field.scrollTop = top;
  }
  let composing = false; /* an input method is at work: the text is not a text yet, and must not be touched */
  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", () => { composing = false; typed(); });

  /* Take over how the record stands. `sent` is what this window had sent (nothing when it only looked). A field in which
     somebody has typed since keeps its text: what was sent is part of what stands now, so the next merge begins there. */
  function adopt(answer, sent) {
    if (answer.token) form.elements.csrf_token.value = answer.token;
    form.dataset.version = answer.version;
    form.querySelectorAll("[data-writing]").forEach((node) => {
      const text = answer.others[node.dataset.writing] || "";
      if (node.textContent !== text) node.textContent = text;
    });
    if (!answer.parts) return;
    parts.forEach(function (field) {
      const name = nameOf(field), untouched = field.value === (sent ? sent[name] : begun(name).value);
      if (untouched && !(composing && document.activeElement === field)) {
        put(field, answer.parts[name]);
        begun(name).value = answer.parts[name];
      } else if (sent) begun(name).value = sent[name];
    });
  }

  /* --- talking to the server --- */
  class SignedOut extends Error {}
  async function ask(address, options) {
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const answer = await fetch(address, Object.assign({ headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "manual", signal: stop.signal }, options));
      if (answer.type === "opaqueredirect" || answer.status === 401) throw new SignedOut();
      const isJson = (answer.headers.get("Content-Type") || "").includes("json");
      return { status: answer.status, told: isJson ? await answer.json() : {} };
    } finally { clearTimeout(timer); }
  }
  const body = () => new URLSearchParams(new FormData(form));
  async function post(address, make) {
    let answer = await ask(address, { method: "POST", body: make() });
    if (answer.status !== 400) return answer;
    const fresh = await ask(form.getAttribute("action")); /* signed in again: the page's token is an old one */
    if (fresh.told.token) form.elements.csrf_token.value = fresh.told.token;
    return ask(address, { method: "POST", body: make() });
  }

  let timer, oldest = 0, busy = false, again = false, failures = 0, restored = false, lastActive = Date.now();
  async function save() {
    clearTimeout(timer);
    if (composing) return;
    if (busy) { again = true; return; }
    busy = true;
    again = false;
    oldest = 0;
    const sent = texts();
    progress.textContent = "正在保存…";
    try {
      const answer = await post(form.getAttribute("action"), body);
      if (answer.status >= 500 || answer.status === 429) throw new Error("busy");
      if (answer.status !== 200) {
        lost((answer.told.problems || ["服务器没有接受（" + answer.status + "）"]).join("；").replace(/[。；]+$/, ""));
      } else {
        failures = 0;
        adopt(answer.told, sent);
        keep();
        trouble(false);
        say(restored ? "已保存，上次没有保存的内容已并入" : "已保存");
        restored = false;
        progress.textContent = answer.told.saved;
        if (unsaved()) again = !byHand;
      }
    } catch (error) {
      if (error instanceof SignedOut) signIn();
      else lost("连接中断");
      failures += 1;
      if (!(error instanceof SignedOut)) timer = setTimeout(save, Math.min(30000, 1000 * 2 ** Math.min(failures, 5)));
    } finally {
      busy = false;
      if (again) later();
    }
  }
  function later() {
    const now = Date.now();
    oldest = oldest || now;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(PAUSE, oldest + LONGEST - now)));
  }
  function typed() {
    lastActive = Date.now();
    keep();
    if (composing || !unsaved()) return;
    if (byHand) { trouble(true); progress.textContent = ""; say("未保存：写完请点“保存记录”，内容保存在本机。"); }
    else if (!failures) later();
  }
  form.addEventListener("input", typed);
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    event.stopPropagation();
    failures = 0;
    save();
  });
  const retry = () => { if (failures && unsaved()) save(); };
  window.addEventListener("online", retry);
  window.addEventListener("focus", retry);
  function leave() {
    if (byHand || !unsaved() || composing) return;
    try { fetch(form.getAttribute("action"), { method: "POST", body: body(), headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "manual", keepalive: true }).catch(() => {}); } catch (error) { /* too long for it: the draft is here */ }
  }
  window.addEventListener("pagehide", leave);

  /* --- seeing what others write, as long as somebody sits here --- */
  async function look() {
    if (!busy && !failures && document.visibilityState === "visible" && Date.now() - lastActive < AWAY) {
      try {
        const answer = await ask(form.getAttribute("action") + "?version=" + form.dataset.version);
        if (answer.status === 200 && !busy) adopt(answer.told, null);
      } catch (error) { /* saving will say so */ }
    }
    setTimeout(look, WATCH);
  }
  setTimeout(look, WATCH);
  ["pointerdown", "keydown"].forEach((name) => document.addEventListener(name, () => { lastActive = Date.now(); }));

  if (!byHand) say("停止输入两秒后自动保存，也可随时点“保存记录”。");

  /* --- what was not saved last time: of this window into the form, of others straight to the server --- */
  const left = stored.read(key);
  if (left && !form.querySelector("[data-summary]")) {
    parts.forEach(function (field) {
      const name = nameOf(field);
      if (left.text[name] === undefined || left.text[name] === left.base[name]) return;
      begun(name).value = left.base[name];
      put(field, left.text[name]);
    });
    restored = unsaved();
    if (restored && byHand) typed();
    else if (restored) save();
    else stored.drop(key);
  }
  stored.all().filter((other) => other.startsWith(mine) && other !== key).forEach(async function (other) {
    const draft = stored.read(other);
    if (!draft || Date.now() - draft.at < FORGOTTEN) return;
    const make = () => new URLSearchParams(Object.assign({ csrf_token: form.elements.csrf_token.value }, draft.text,
      Object.fromEntries(Object.entries(draft.base).map(([name, text]) => ["base_" + name, text]))));
    try {
      if ((await post(draft.address, make)).status === 200 && (stored.read(other) || draft).at === draft.at) stored.drop(other);
    } catch (error) { /* next time */ }
  });
})();
