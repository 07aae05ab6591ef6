// The playground. Its first half is arithmetic, which a test compares with the
// answers of the definitions; its second half shows it.

const play = (() => {
  const span = (kernel, dilation) => kernel + (kernel - 1) * (dilation - 1);

  function outputSize(size, kernel, { stride, padding, dilation }) {
    const room = size + 2 * padding;
    const reach = span(kernel, dilation);
    if (reach > room)
      throw new RangeError(
        `kernel_size: a kernel of ${kernel} with dilation ${dilation} spans ` +
          `${reach} cells; the padded input has ${room}`,
      );
    return Math.floor((room - reach) / stride) + 1;
  }

  // The field of one axis after each of so many layers of one kind.
  function fields(kernel, { stride, dilation, layers }) {
    const found = [];
    let [size, jump] = [1, 1];
    for (let layer = 0; layer < layers; layer++) {
      size += (span(kernel, dilation) - 1) * jump;
      jump *= stride;
      found.push({ size, jump });
    }
    return found;
  }

  function checkGroups(groups, channels, filters) {
    if (channels % groups || filters % groups)
      throw new RangeError(
        `groups: expected a divisor of ${channels} input channels and of ` +
          `${filters} filters, found ${groups}`,
      );
  }

  const weightsOf = (p, channels) =>
    p.kernelRows * p.kernelColumns * (channels / p.groups) * p.filters;

  function parameters(p, channels = p.channels) {
    checkGroups(p.groups, channels, p.filters);
    return weightsOf(p, channels) + p.filters;
  }

  const multiplications = (p, [rows, columns], channels = p.channels) =>
    rows * columns * weightsOf(p, channels);

  const table = (rows, columns, cell) =>
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) => cell(i, j)),
    );

  const pad = (image, padding) =>
    table(
      image.length + 2 * padding,
      image[0].length + 2 * padding,
      (i, j) => image[i - padding]?.[j - padding] ?? 0,
    );

  function products(padded, weights, [i, j], { stride, dilation }) {
    return weights.map((row, u) =>
      row.map((weight, v) => {
        const pixel =
          padded[i * stride + u * dilation][j * stride + v * dilation];
        return { pixel, weight, product: pixel * weight };
      }),
    );
  }

  const total = (found) =>
    found.flat().reduce((sum, { product }) => sum + product, 0);

  function sizeOf(p, rows = p.rows, columns = p.columns) {
    return [
      outputSize(rows, p.kernelRows, p),
      outputSize(columns, p.kernelColumns, p),
    ];
  }

  function convolve(image, weights, p) {
    const padded = pad(image, p.padding);
    const [rows, columns] = sizeOf(p);
    return table(rows, columns, (i, j) =>
      total(products(padded, weights, [i, j], p)),
    );
  }

  // Each layer of the kind; null for the first one in which no window fits.
  function network(p) {
    const fieldRows = fields(p.kernelRows, p);
    const fieldColumns = fields(p.kernelColumns, p);
    const found = [];
    let [rows, columns, channels] = [p.rows, p.columns, p.channels];
    for (let at = 0; at < p.layers; at++) {
      const count = parameters(p, channels);
      try {
        [rows, columns] = sizeOf(p, rows, columns);
      } catch {
        return [...found, null];
      }
      found.push({
        output: [p.filters, rows, columns],
        fields: [fieldRows[at].size, fieldColumns[at].size],
        jump: fieldRows[at].jump,
        parameters: count,
        multiplications: multiplications(p, [rows, columns], channels),
      });
      channels = p.filters;
    }
    return found;
  }

  return {
    convolve, fields, multiplications, network, outputSize, pad, parameters,
    products, sizeOf, span, table, total,
  };
})();

// What is seen

(() => {
  const place = document.getElementById("play");
  if (!place) return;
  const say = JSON.parse(place.querySelector("script").textContent);
  const find = (selector) => place.querySelector(selector);
  const form = find("form");
  const [button, slider] = [find("[name=play]"), find("input[type=range]")];
  const line = find(".play-sum");
  const SIDE = 26;

  const IMAGES = {
    // a seven, whatever the size: a bar, and a stroke down to the left
    digit: (i, j, { rows, columns }) => {
      const stroke = (columns - 1) * (1 - (0.6 * i) / (rows - 1));
      return i === 0 || j === Math.round(stroke) ? 9 : 0;
    },
    step: (i, j, { columns }) => (j < columns / 2 ? 0 : 9),
    pixel: (i, j, { rows, columns }) =>
      i === rows >> 1 && j === columns >> 1 ? 9 : 0,
    checkerboard: (i, j) => ((i + j) % 2 ? 9 : 0),
    ramp: (i, j) => i + j,
  };
  const middle = (size) => (size - 1) / 2;
  const WEIGHTS = {
    edge: (u, v, p) => Math.sign(v - middle(p.kernelColumns)),
    sharpen: (u, v, p) =>
      u === p.kernelRows >> 1 && v === p.kernelColumns >> 1
        ? p.kernelRows * p.kernelColumns
        : -1,
    mean: () => 1,
    count: (u, v, p) => u * p.kernelColumns + v + 1,
  };

  let problem = null;
  let timer = 0;

  const number = (value) =>
    value
      .toString()
      .replace("-", "\u2212")
      .replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const fill = (text, values) =>
    text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const sizes = (pair) => pair.map(number).join(" \u00d7 ");

  // A problem as the controls have it; a number past its ends is refused.
  function read() {
    const p = Object.fromEntries(new FormData(form));
    for (const field of form.querySelectorAll("input")) {
      const label = field.parentElement.textContent.trim();
      p[field.name] = field.valueAsNumber;
      if (!field.checkValidity() || Number.isNaN(p[field.name]))
        throw new RangeError(
          `${label}: ${field.min}, ..., ${field.max}`,
        );
    }
    return p;
  }

  const svg = (rows, columns, inner) =>
    `<svg viewBox="-2 -2 ${columns * SIDE + 4} ${rows * SIDE + 4}" ` +
    `width="${columns * SIDE + 4}" aria-hidden="true">${inner}</svg>`;
  const box = (i, j, kind, rows = 1, columns = 1, opacity = 1) =>
    `<rect x="${j * SIDE}" y="${i * SIDE}" width="${columns * SIDE}" ` +
    `height="${rows * SIDE}" class="${kind}" fill-opacity="${opacity}"/>`;
  const text = (i, j, value, kind = "") =>
    `<text x="${(j + 0.5) * SIDE}" y="${(i + 0.5) * SIDE}" ` +
    `class="${kind}">${number(value)}</text>`;

  function grid(values, { shade = true, outside = () => false } = {}) {
    const most = Math.max(1, ...values.flat().map((v) => Math.abs(v ?? 0)));
    return values
      .map((row, i) =>
        row
          .map((value, j) => {
            if (value === null) return box(i, j, "");
            const kind = value > 0 ? "positive" : "negative";
            const opacity = shade ? (0.5 * Math.abs(value)) / most : 0;
            return (
              box(i, j, value ? kind : "", 1, 1, opacity) +
              text(i, j, value, outside(i, j) ? "outside" : "")
            );
          })
          .join(""),
      )
      .join("");
  }

  const figure = (title, values, inner) =>
    `<figure>${title}${svg(values.length, values[0].length, inner)}</figure>`;

  function show() {
    const { p, padded, weights, map } = problem;
    const columns = map[0].length;
    const at = Number(slider.value);
    const [i, j] = [Math.floor(at / columns), at % columns];
    const found = play.products(padded, weights, [i, j], p);
    const sum = play.total(found);
    const outside = (r, c) =>
      r < p.padding ||
      c < p.padding ||
      r >= p.padding + p.rows ||
      c >= p.padding + p.columns;
    const read = weights
      .map((row, u) =>
        row
          .map((_, v) =>
            box(i * p.stride + u * p.dilation,
              j * p.stride + v * p.dilation, "window"),
          )
          .join(""),
      )
      .join("");
    const seen = map.map((row, r) =>
      row.map((value, c) => (r * columns + c <= at ? value : null)),
    );
    const each = found.map((row) => row.map(({ product }) => product));
    find(".play-pictures").innerHTML =
      figure(say.padded, padded, grid(padded, { outside }) + read) +
      figure(say.kernel, weights, grid(weights)) +
      figure(say.products, each, grid(each)) +
      figure(say.map, seen, grid(seen) + box(i, j, "window"));
    const where = { i: i + 1, j: j + 1, sum: number(sum) };
    find(".play-pictures").ariaLabel = fill(say.pictured, where);
    const factor = (value) => (value < 0 ? `(${number(value)})` : number(value));
    const terms = found
      .flat()
      .map(({ pixel, weight }) => `${factor(pixel)}\u00b7${factor(weight)}`)
      .join(" + ");
    line.textContent = fill(say.sum, { ...where, terms });
    slider.setAttribute("aria-valuetext", line.textContent);
  }

  // The formula in the lecture's letters, then with the numbers in it.
  function formula(letter, size, kernel, p) {
    const worked = (whole, padding, reach, stride) =>
      `\u230a(${whole} + ${padding} \u2212 ${reach}) / ${stride}\u230b + 1`;
    const span = play.span(kernel, p.dilation);
    return [
      worked(letter, "2P", "K_eff", "S"),
      worked(size, `2\u00b7${p.padding}`, span, p.stride),
      play.outputSize(size, kernel, p),
    ].join(" = ");
  }

  function spans(p) {
    const worked = [p.kernelRows, p.kernelColumns].map(
      (kernel) =>
        `${kernel} + ${kernel - 1}\u00b7${p.dilation - 1} = ` +
        play.span(kernel, p.dilation),
    );
    const different = [...new Set(worked)].join("; ");
    return `K_eff = K + (K \u2212 1)\u00b7(D \u2212 1) = ${different}`;
  }

  function row(tag, cells) {
    const line = document.createElement("tr");
    for (const words of cells) {
      const cell = document.createElement(tag);
      cell.textContent = words;
      line.append(cell);
    }
    return line;
  }

  function showLayers(layers) {
    const { layer, outputs, field, jump } = say;
    const caption = document.createElement("caption");
    caption.textContent = say.table;
    const head = row("th", [
      layer, outputs, field, jump, say.parameters, say.multiplications,
    ]);
    const rows = layers.map((found, at) =>
      row("td", found
        ? [
            at + 1,
            sizes(found.output),
            sizes(found.fields),
            found.jump,
            number(found.parameters),
            number(found.multiplications),
          ]
        : [at + 1, say.none, "", "", "", ""]),
    );
    find("table").replaceChildren(caption, head, ...rows);
  }

  function update() {
    stop();
    const error = find(".play-error");
    error.textContent = "";
    try {
      const p = read();
      const layers = play.network(p);
      const image = play.table(p.rows, p.columns, (i, j) =>
        IMAGES[p.image](i, j, p),
      );
      const weights = play.table(p.kernelRows, p.kernelColumns, (u, v) =>
        WEIGHTS[p.weights](u, v, p),
      );
      const map = play.convolve(image, weights, p);
      problem = { p, padded: play.pad(image, p.padding), weights, map };
      const [, rows, columns] = layers[0].output;
      find(".play-sizes").textContent = [
        fill(say.size, {
          rows: formula("H", p.rows, p.kernelRows, p),
          columns: formula("W", p.columns, p.kernelColumns, p),
        }),
        fill(say.span, {
          rows: play.span(p.kernelRows, p.dilation),
          columns: play.span(p.kernelColumns, p.dilation),
        }),
        spans(p),
      ].join("\n");
      slider.max = rows * columns - 1;
      slider.value = 0;
      showLayers(layers);
      show();
    } catch (fault) {
      if (!(fault instanceof RangeError)) throw fault;
      error.textContent = fault.message;
    }
    find(".play-shown").hidden = error.textContent !== "";
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    button.textContent = say.play;
  }

  // Only a single step is read aloud: the slider speaks for itself.
  function move(cells, aloud = "off") {
    line.setAttribute("aria-live", aloud);
    slider.value = Number(slider.value) + cells;
    show();
  }

  function start() {
    if (slider.value === slider.max) slider.value = 0;
    button.textContent = say.pause;
    timer = setInterval(() => {
      move(1);
      if (slider.value === slider.max) stop();
    }, 700);
  }

  function step(cells) {
    stop();
    move(cells, "polite");
  }

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  slider.addEventListener("input", () => (stop(), move(0)));
  button.addEventListener("click", () => (timer ? stop() : start()));
  find("[name=back]").addEventListener("click", () => step(-1));
  find("[name=forward]").addEventListener("click", () => step(1));
  update();
})();
