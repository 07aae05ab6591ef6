// What a check asks of the page it looks at: each answers with its faults.

const page = (() => {
  const FOCUSABLE =
    "a[href], button, input, select, textarea, summary, [tabindex]";

  const name = (e) =>
    `<${e.localName}${e.id && "#" + e.id} ` +
    `${e.getAttribute("class") ?? ""}> ` +
    (e.textContent || e.getAttribute("src") || "").trim().slice(0, 40);
  const find = (selector) => [...document.querySelectorAll(selector)];
  const shown = (e) => e.getClientRects().length > 0;
  const stops = (e) => e.matches(FOCUSABLE) && e.tabIndex >= 0 && shown(e);

  function* boxesAround(e) {
    for (let box = e.parentElement; box; box = box.parentElement)
      if (getComputedStyle(box).display !== "inline") yield box;
  }

  // The nearest box that ends before its content does, unless one scrolls.
  function cutBy(e, axis) {
    const [from, to] = { X: ["left", "right"], Y: ["top", "bottom"] }[axis];
    const inner = e.getBoundingClientRect();
    for (const box of boxesAround(e)) {
      const outer = box.getBoundingClientRect();
      const style = getComputedStyle(box)[`overflow${axis}`];
      if (["auto", "scroll"].includes(style)) return null;
      const out = inner[from] < outer[from] - 1 || inner[to] > outer[to] + 1;
      if (out && ["hidden", "clip"].includes(style)) return box;
    }
    return null;
  }

  function wider(e) {
    const [box] = boxesAround(e.closest("mjx-container"));
    const scrolls = ["auto", "scroll"].includes(
      getComputedStyle(box).overflowX,
    );
    return !scrolls && e.getBoundingClientRect().right >
      box.getBoundingClientRect().right + 1;
  }

  // All that a reader may open or scroll to is there to be looked at.
  async function settle() {
    for (const e of find("details")) e.open = true;
    for (const e of find("[loading=lazy]")) e.loading = "eager";
    await window.MathJax?.startup?.promise;
    await document.fonts.ready;
    await Promise.all(find("img").map((e) => e.decode().catch(() => null)));
    await new Promise((done) => requestAnimationFrame(() => done()));
  }

  const finish = () => document.getAnimations().forEach((a) => a.finish());

  function cut() {
    const boxes = find("mjx-container svg, img, article svg, canvas, table");
    return boxes.filter(shown).flatMap((e) => [
      ...["X", "Y"]
        .map((axis) => cutBy(e, axis))
        .filter((box) => box)
        .map((box) => `${name(e)} is cut by ${name(box)}`),
      ...(e.closest("mjx-container") && wider(e)
        ? [`${name(e.closest(".math") ?? e)} is wider than its box`]
        : []),
    ]);
  }

  function unrendered() {
    const texts = document.createTreeWalker(document.body, 4);
    const raw = [];
    while (texts.nextNode()) {
      const { parentElement: e, data } = texts.currentNode;
      if (/\\[([]|\$\$/.test(data) && !e.closest("script, style, pre, code"))
        raw.push(`${name(e)} is not rendered`);
    }
    const wrong = find("mjx-merror, [data-mml-node=merror]");
    const silent = find("mjx-container").filter(
      (e) => !e.querySelector("mjx-assistive-mml") && !e.ariaLabel,
    );
    return [
      ...raw,
      ...wrong.map((e) => `${name(e)} is an error of MathJax`),
      ...silent.map((e) => `${name(e.parentElement)} cannot be read aloud`),
    ];
  }

  function sideways() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (Math.max(scrollWidth, document.body.scrollWidth) <= clientWidth)
      return [];
    const guilty = find("body *").filter(
      (e) =>
        e.getBoundingClientRect().right > clientWidth + 1 &&
        ![...boxesAround(e)].some(
          (box) => getComputedStyle(box).overflowX !== "visible",
        ),
    );
    const last = guilty.filter((e) => !guilty.includes(e.firstElementChild));
    return [
      `${scrollWidth} pixels in ${clientWidth}: ` +
        last.slice(0, 3).map(name).join(", "),
    ];
  }

  function nameless() {
    const silent =
      "[aria-hidden=true], [role=presentation], [role=none], " +
      "button, a, label, mjx-container, svg svg";
    const said = (e) =>
      [
        e.getAttribute("alt"),
        e.ariaLabel,
        e.getAttribute("aria-labelledby"),
        e.querySelector(":scope > title")?.textContent,
      ].some((text) => text?.trim());
    return find("img, svg, canvas, [role=img]")
      .filter((e) => shown(e) && !e.closest(silent) && !said(e))
      .map((e) => `${name(e)} in ${name(e.parentElement)} has no name`);
  }

  function unreachable() {
    const scrolls = (e) => {
      const { overflowX, overflowY } = getComputedStyle(e);
      const may = (style) => ["auto", "scroll"].includes(style);
      return (
        (may(overflowX) && e.scrollWidth > e.clientWidth + 1) ||
        (may(overflowY) && e.scrollHeight > e.clientHeight + 1)
      );
    };
    return find("body *")
      .filter((e) => shown(e) && scrolls(e))
      .filter((e) => !stops(e) && ![...e.querySelectorAll("*")].some(stops))
      .map((e) => `${name(e)} scrolls, but not by keyboard`);
  }

  function noSkip() {
    const first = find(FOCUSABLE).find(stops);
    const target = first?.hash && document.getElementById(first.hash.slice(1));
    if (!target) return [`the first stop, ${name(first)}, skips nothing`];
    first.focus();
    finish();
    const { top, left } = first.getBoundingClientRect();
    first.blur();
    return top >= 0 && left >= 0 ? [] : ["the skip link is out of sight"];
  }

  function uncopied() {
    const hidden = find(".copybtn").filter((e) => {
      e.focus();
      finish();
      const seen = Number(getComputedStyle(e).opacity) > 0;
      const reached = document.activeElement === e && stops(e);
      e.blur();
      return shown(e) && !(seen && reached);
    });
    const without = find("article div.highlight > pre").filter(
      (e) => shown(e) && !e.parentElement.querySelector(".copybtn"),
    );
    return [
      ...hidden.map((e) => `${name(e.parentElement)}: button out of reach`),
      ...without.map((e) => `${name(e)} has no copy button`),
    ];
  }

  const links = () => find("[href], [src]")
    .map((e) => e.href?.baseVal ?? e.href ?? e.src)
    .filter((link) => link)
    .map((link) => new URL(link, document.baseURI).href);
  const ids = () => find("[id]").map((e) => e.id);

  return {
    cut, finish, ids, links, nameless, noSkip, settle, sideways, uncopied,
    unreachable, unrendered,
  };
})();
