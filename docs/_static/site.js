// What scrolls sideways can be scrolled by keyboard, and nothing else stops.

(() => {
  const boxes = () =>
    document.querySelectorAll("article pre, div.math, .table-wrapper");

  const mark = () =>
    boxes().forEach((box) => {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });

  const start = async () => {
    await window.MathJax?.startup?.promise;
    mark();
    const seen = new ResizeObserver(mark);
    boxes().forEach((box) => seen.observe(box));
    // by night some words are bold, and lines longer
    const turned = { attributeFilter: ["data-theme"] };
    new MutationObserver(mark).observe(document.body, turned);
  };

  window.addEventListener("load", start);
})();
