export default function ({ data, parentElement, setTriggerValue }) {
  draw(parentElement, data, (passage) => {
    const marked = passage.marked && element("mark", { text: passage.marked });
    const text = element(
      "div",
      { className: "page", role: "region", tabindex: "0", label: "Text of the document" },
      document.createTextNode(passage.before), marked, document.createTextNode(passage.after),
    );
    if (marked) {
      requestAnimationFrame(() => { text.scrollTop = marked.offsetTop - text.offsetTop - text.clientHeight / 3; });
    }
    return [
      element("p", { className: "quiet", text: passage.place }),
      passage.heading && element("p", { className: "heading", text: passage.heading }),
      text,
      link(passage.link, setTriggerValue),
    ];
  });
}

function link(address, setTriggerValue) {
  if (!/^https?:\/\//.test(address)) return null;
  return element("a", {
    className: "link", text: "Open the document ↗", href: address, target: "_blank", rel: "noopener noreferrer",
    on: () => setTriggerValue("act", { kind: "open" }),
  });
}
