export default function ({ data, parentElement, setTriggerValue }) {
  draw(parentElement, data, ({ text }) => {
    const button = element("button", { className: "copy", text: "Copy", label: "Copy this answer with its sources" });
    button.onclick = async () => {
      await write(text);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
      setTriggerValue("act", { kind: "copy" });
    };
    return [button];
  });
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
