export default function ({ data, parentElement, setTriggerValue }) {
  const act = (what) => setTriggerValue("act", what);
  draw(parentElement, data, ({ hits }) => [
    element("ol", { className: "hits", label: "Results" }, ...hits.map((hit) => hitOf(hit, act))),
  ]);
}

function hitOf(hit, act) {
  const page = hit.page ? ` · page ${hit.page}` : "";
  const open = () => act({ kind: "click", rank: hit.rank });
  return element(
    "li",
    { className: "hit" },
    element("button", { className: "title", text: hit.title, "data-at": `hit${hit.rank}`, on: open }),
    element("p", { className: "quiet", text: `${hit.where}${page} · ${hit.date}` }),
    hit.heading && element("p", { className: "heading", text: hit.heading }),
    element("p", { className: "snippet" }, ...hit.snippet.map(pieceOf)),
    hit.confirmed && element("p", { className: "quiet", text: hit.confirmed }),
    hit.also.length > 0 && element("p", { className: "quiet", text: `The same in ${hit.also.join(", ")}` }),
    element("div", { className: "under" }, why(hit), rightButton(hit.relevant, hit.title, `right${hit.rank}`,
      () => act({ kind: "relevant", rank: hit.rank }))),
  );
}

function pieceOf(piece) {
  return piece.mark ? element("mark", { text: piece.text }) : document.createTextNode(piece.text);
}

function why(hit) {
  const rows = hit.why.flatMap(({ stage, rank }) => [element("dt", { text: stage }), element("dd", { text: rank })]);
  return element("details", {},
    element("summary", { text: "Why this?", label: `Why ${hit.title} was found` }), element("dl", {}, ...rows));
}
