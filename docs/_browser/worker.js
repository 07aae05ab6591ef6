// Python, on a thread of its own: a page stays as it is while laws are run.

importScripts("pyodide.js");

const PACKAGES = {
  "numpy.tar.gz": ["tar.gz", "/"],
  "hypothesis.zip": ["zip", "/lib/python3.12/site-packages"],
  "sortedcontainers.zip": ["zip", "/lib/python3.12/site-packages"],
  "refspec.zip": ["zip", "/lib/python3.12/site-packages"],
};

const started = (async () => {
  const base = new URL("./", self.location).href;
  const python = await loadPyodide({ indexURL: base });
  for (const [name, [format, extractDir]] of Object.entries(PACKAGES)) {
    const answer = await fetch(base + name);
    if (!answer.ok) throw Error(`${name}: ${answer.status}`);
    python.unpackArchive(await answer.arrayBuffer(), format, { extractDir });
  }
  const lines = await (await fetch(`${base}judge.py`)).text();
  python.runPython(lines);
  return python;
})();

const last = (error) => String(error.message ?? error).trim().split("\n").pop();

self.onmessage = async ({ data: source }) => {
  let python;
  try {
    python = await started;
  } catch (error) {
    self.postMessage({ unloaded: last(error) });
    return;
  }
  try {
    self.postMessage({ ready: python.globals.get("ALONE").length });
    const tell = (text) => self.postMessage({ told: JSON.parse(text) });
    python.globals.get("judge")(source, tell);
    self.postMessage({ done: true });
  } catch (error) {
    self.postMessage({ failed: last(error) });
  }
};
