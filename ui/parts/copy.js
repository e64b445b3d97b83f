export default function ({ data, parentElement, setTriggerValue }) {
  draw(parentElement, data, ({ text }) => {
    const said = element("span", { text: "Copy" });
    const button = element("button", { className: "copy", label: "Copy this answer with its sources" }, icon(), said);
    button.onclick = async () => {
      await write(text);
      said.textContent = "Copied";
      setTimeout(() => { said.textContent = "Copy"; }, 1600);
      setTriggerValue("act", { kind: "copy" });
    };
    return [button];
  });
}

function icon() {
  const of = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const drawing = of("svg", { viewBox: "0 0 20 20", width: "17", height: "17", "aria-hidden": "true" });
  drawing.append(
    of("rect", { x: "7", y: "7", width: "9.5", height: "9.5", rx: "2" }),
    of("path", { d: "M13 7V5.5a2 2 0 0 0-2-2H5.5a2 2 0 0 0-2 2V11a2 2 0 0 0 2 2H7" }),
  );
  return drawing;
}

// Browsers offer the clipboard only over HTTPS and on loopback; elsewhere the old way still works.
async function write(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = element("textarea", { "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
