// The reference in the browser: an editor, a worker that runs the laws, and
// the smallest problem that breaks the one that decides, drawn.

(() => {
  const place = document.getElementById("browser");
  if (!place) return;
  const say = JSON.parse(place.querySelector("script").textContent);
  const find = (selector) => place.querySelector(selector);
  const [editor, button] = [find("textarea"), find("button")];
  const [status, found, laws] = [
    find("[role=status]"), find(".browser-found"), find(".browser-laws"),
  ];
  let worker = null;
  let counts = null;
  const INDENT = 4;

  const fill = (text, values) =>
    text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function element(tag, text, kind) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }

  function table(title, maps, { wrong, shape }) {
    const part = element("div", "", "browser-table");
    part.append(element("p", title));
    if (shape && !maps.length) part.append(element("p", shape));
    for (const rows of maps) {
      const drawn = part.appendChild(element("table"));
      rows.forEach((row, i) => {
        const line = drawn.appendChild(element("tr"));
        row.forEach((value, j) => {
          const marked = wrong && wrong[0] === i && wrong[1] === j;
          line.append(element("td", value, marked ? "wrong" : ""));
        });
      });
    }
    return part;
  }

  function draw(problem) {
    const { image, kernel, expected, got, said, wrong, options } = problem;
    const [given, wanted] = problem.shapes;
    const tables = element("div", "", "browser-tables");
    tables.append(
      table(say.image, image, { shape: given }),
      table(say.kernel, kernel, {}),
      table(say.expected, expected, { wrong, shape: wanted }),
      table(say.got, got, { wrong }),
    );
    if (said) tables.lastChild.append(element("p", said));
    const title = element("h2", say.found);
    const line = element("p", `${say.options}: ${options}`);
    found.replaceChildren(title, line, tables);
  }

  function tell({ law, verdict, reason, drawn, all }) {
    counts.ran += 1;
    counts.broken += verdict === "broken";
    status.textContent = fill(say.running, { n: counts.ran, all });
    counts.all = all;
    const item = element("li");
    item.append(
      element("strong", say[verdict] ?? verdict, `is-${verdict}`),
      ` ${law}`,
    );
    if (verdict === "broken") item.append(element("div", reason, "reason"));
    laws.append(item);
    if (drawn) draw(drawn);
  }

  function end(text) {
    status.textContent = text;
    button.textContent = say.run;
    counts = null;
  }

  function hear({ data }) {
    if (data.ready)
      status.textContent = fill(say.running, { n: 0, all: data.ready });
    if (data.told) tell(data.told);
    if (data.done) end(fill(say.done, counts));
    if (data.failed) end(fill(say.failed, { error: data.failed }));
    if (data.unloaded) lose(data.unloaded);
  }

  function quit(text) {
    worker.terminate();
    worker = null;
    end(text);
  }

  // A worker that did not load never will: the next run starts another.
  const lose = (error) => quit(fill(say.failed, { error }));

  function run() {
    if (counts) {
      quit(say.stopped);
      return;
    }
    found.replaceChildren();
    laws.replaceChildren();
    counts = { ran: 0, broken: 0 };
    button.textContent = say.stop;
    status.textContent = say.loading;
    worker ??= new Worker(`${say.base}worker.js`);
    worker.onmessage = hear;
    worker.onerror = (error) => lose(error.message ?? error.type);
    worker.postMessage(editor.value);
  }

  // A new line starts where the last one did, and Backspace takes a whole
  // step of that away. Tab goes on to the button, as it does everywhere.
  function type(event) {
    const { value, selectionStart: at, selectionEnd } = editor;
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey)
      return;
    const before = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
    if (event.key === "Enter") {
      const deeper = /:\s*$/.test(before) ? INDENT : 0;
      const margin = before.match(/^ */)[0] + " ".repeat(deeper);
      event.preventDefault();
      document.execCommand("insertText", false, `\n${margin}`);
    } else if (event.key === "Backspace" && at === selectionEnd) {
      if (!/^ +$/.test(before)) return;
      const extra = (before.length - 1) % INDENT;
      editor.setSelectionRange(at - extra - 1, at);
      event.preventDefault();
      document.execCommand("delete");
    }
  }

  editor.addEventListener("keydown", type);
  button.addEventListener("click", run);
  if (location.protocol === "file:") {
    status.textContent = say.served;
    button.disabled = true;
  }
})();
