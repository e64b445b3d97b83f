export default function ({ data, parentElement, setTriggerValue }) {
  const act = (what) => setTriggerValue("act", what);
  draw(parentElement, data, (turn) => {
    const tip = element("div", { className: "tip", role: "tooltip", id: "tip", hidden: "" });
    const chip = (index) => citation(turn.refs[index], index, tip, act);
    return [
      note(turn.note),
      sides(turn.sides, chip),
      ...turn.blocks.map((block) => blockOf(block, chip)),
      beside(turn.beside, chip),
      turn.hidden && element("p", { className: "quiet", text: turn.hidden }),
      sources(turn.sources, act),
      near(turn, act),
      ...turn.degraded.map((line) => element("p", { className: "quiet lost", text: line })),
      tip,
    ];
  });
}

function note(found) {
  if (!found) return null;
  return element(
    "div",
    { className: `note ${found.tone}`, role: "note" },
    element("p", { className: "note-title", text: found.title }),
    found.text && element("p", { className: "note-text", text: found.text }),
  );
}

function sides(found, chip) {
  if (!found.length) return null;
  const cards = found.map((side) =>
    element(
      "section",
      { className: "side", label: `${side.label}: ${side.title}, ${side.date}` },
      element("p", { className: "side-date", text: `${side.label} · ${side.date}` }),
      element("p", { className: "side-title", text: side.title }),
      ...side.blocks.map((block) => blockOf(block, chip)),
    ),
  );
  return element("div", { className: "sides" }, ...cards);
}

function beside(found, chip) {
  if (!found.length) return null;
  const cards = found.map((one) =>
    element(
      "section",
      { className: "beside", label: one.title },
      element("p", { className: "side-title", text: one.title }),
      ...one.blocks.map((block) => blockOf(block, chip)),
    ),
  );
  return element("section", { className: "also", label: "See also" }, element("h2", { text: "See also" }), ...cards);
}

function blockOf(block, chip) {
  const inner = (runs) => runs.map((run) => runOf(run, chip));
  if (block.kind === "list") {
    const items = block.items.map((runs) => element("li", {}, ...inner(runs)));
    return element(block.ordered ? "ol" : "ul", {}, ...items);
  }
  if (block.kind === "code") {
    return element("div", { className: "wide" },
      element("pre", {}, element("code", { text: block.text })), ...block.cites.map(chip));
  }
  if (block.kind === "table") {
    const rows = block.rows.map((cells) =>
      element("tr", {}, ...cells.map((runs) => element("td", {}, ...inner(runs)))),
    );
    return element("div", { className: "wide" }, element("table", {}, element("tbody", {}, ...rows)));
  }
  return element("p", { className: "text" }, ...inner(block.runs));
}

function runOf(run, chip) {
  if ("cite" in run) return chip(run.cite);
  if (run.bold) return element("strong", { text: run.text });
  return run.code ? element("code", { text: run.text }) : document.createTextNode(run.text);
}

function citation(ref, index, tip, act) {
  const button = element("button", {
    className: "chip",
    text: String(ref.number),
    label: `Source ${ref.number}: ${ref.title}. Open the passage`,
    "data-at": `cite${index}`,
    on: () => act({ kind: "open", cite: index }),
  });
  const show = () => {
    tip.replaceChildren(
      element("span", { className: "tip-title", text: ref.title }),
      element("span", { className: "quiet", text: ref.date }),
      element("span", { className: "tip-quote", text: `“${ref.quote}”` }),
    );
    tip.hidden = false;
    const room = tip.parentElement.getBoundingClientRect();
    const at = button.getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(at.left - room.left - 12, room.width - tip.offsetWidth))}px`;
    tip.style.top = `${at.bottom - room.top + 6}px`;
    button.setAttribute("aria-describedby", "tip");
  };
  const hide = () => { tip.hidden = true; button.removeAttribute("aria-describedby"); };
  button.onpointerenter = (event) => event.pointerType === "mouse" && show();
  button.onpointerleave = hide;
  button.onfocus = () => button.matches(":focus-visible") && show();
  button.onblur = hide;
  button.onkeydown = (event) => { if (event.key === "Escape") hide(); };  // a handler that gives false takes the key away
  return button;
}

function sources(found, act) {
  if (!found.length) return null;
  const rows = found.map((source) =>
    row(source, String(source.number), { cite: source.cite }, `source${source.number}`, act),
  );
  return element("section", { className: "sources", label: "Sources" }, element("h2", { text: "Sources" }),
    element("ul", {}, ...rows));
}

function near(turn, act) {
  if (!turn.closest.length) return null;
  const title = turn.sources.length ? "Also close" : "Closest documents";
  const rows = turn.closest.map((found, index) => row(found, "", { closest: index }, `close${index}`, act));
  return element("section", { className: "sources", label: title }, element("h2", { text: title }),
    element("ul", {}, ...rows));
}

function row(found, number, pointed, at, act) {
  const page = found.page ? ` · page ${found.page}` : "";
  return element(
    "li",
    {},
    element(
      "button",
      { className: "source", "data-at": at, on: () => act({ kind: "open", ...pointed }) },
      element("span", { className: "number", text: number || "·", "aria-hidden": "true" }),
      element(
        "span",
        { className: "what" },
        element("span", { className: "title", text: found.title }),
        element("span", { className: "quiet where", text: `${found.where}${page} · ${found.date}` }),
        found.snippet && element("span", { className: "quiet", text: found.snippet }),
      ),
    ),
    rightButton(found.relevant, found.title, `${at}right`, () => act({ kind: "relevant", ...pointed })),
  );
}
