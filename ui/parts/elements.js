// What every component of the pages uses. Text comes from documents, people and language models: it is only ever
// put into text nodes and attributes that no browser interprets.

function element(tag, { className, text, label, hint, on, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  if (hint) made.title = hint;
  if (tag === "button") made.type = "button";
  if (on) made.onclick = on;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter(Boolean));
  return made;
}

// Draws anew only when the data has changed, and gives the focus back to what had it.
const drawn = new WeakMap();

function draw(parent, data, make) {
  const root = parent.querySelector(".root");
  const state = JSON.stringify(data);
  if (!root || drawn.get(root) === state) return;
  const focused = (parent.activeElement ?? document.activeElement)?.dataset?.at;
  root.replaceChildren(...make(data).filter(Boolean));
  drawn.set(root, state);
  if (focused) root.querySelector(`[data-at="${CSS.escape(focused)}"]`)?.focus();
}

function rightButton(pressed, title, at, on) {
  return element(
    "button",
    {
      className: "right",
      text: pressed ? "✓ Right source" : "Mark as the right source",
      label: pressed ? `${title} is marked as the right source. Undo` : `Mark ${title} as the right source`,
      "aria-pressed": String(pressed),
      "data-at": at,
      on,
    },
  );
}
