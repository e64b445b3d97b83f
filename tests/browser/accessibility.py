"""What a screen reader and tired eyes need of a page, looked for in all that it draws."""

from playwright.sync_api import Page

AUDIT = """() => {
  const wrong = [];
  const every = (root, found = []) => {
    for (const one of root.querySelectorAll("*")) { found.push(one); if (one.shadowRoot) every(one.shadowRoot, found); }
    return found;
  };
  const shown = one => one.checkVisibility({checkVisibilityCSS: true}) && !one.closest("[aria-hidden=true]");
  const said = one => {
    const by = (one.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
    const named = by.map(id => one.getRootNode().getElementById(id)?.textContent ?? "").join(" ");
    const labels = [...(one.labels ?? [])].map(label => label.textContent).join(" ");
    const words = ["INPUT", "TEXTAREA", "SELECT"].includes(one.tagName) ? "" : one.textContent;
    const image = one.querySelector?.("img[alt], [role=img][aria-label]");
    const drawn = image ? image.getAttribute("alt") ?? image.getAttribute("aria-label") : "";
    const given = one.getAttribute("aria-label") ?? one.getAttribute("placeholder") ?? one.getAttribute("title") ?? "";
    return [given, named, labels, words, drawn].join(" ").trim();
  };
  const what = one => one.outerHTML.slice(0, 160);
  const all = every(document).filter(shown);
  for (const one of all) {
    const role = one.getAttribute("role");
    const acts = one.matches("button, a[href], input, textarea, select, summary")
      || ["button", "link", "tab", "radio", "checkbox", "combobox", "textbox", "dialog", "region"].includes(role);
    if (acts && !said(one)) wrong.push("has no name: " + what(one));
    if (one.tagName === "IMG" && !one.hasAttribute("alt")) wrong.push("has no alt: " + what(one));
    if (one.tabIndex > 0) wrong.push("jumps the order of tabs: " + what(one));
  }
  const headings = all.filter(one => one.matches("h1, h2, h3, h4, h5, h6"));
  let before = 0;
  for (const one of headings) {
    const level = Number(one.tagName[1]);
    if (level > before + 1) wrong.push(`h${level} after h${before}: ` + what(one));
    before = level;
  }
  if (!document.documentElement.lang) wrong.push("the page has no language");
  if (!document.title) wrong.push("the page has no title");
  const dialog = document.querySelector("[role=dialog]");
  if (dialog && !dialog.contains(document.activeElement)) wrong.push("the dialog has not the focus");
  return wrong;
}"""
CONTRAST = """() => {
  const wrong = new Set();
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d");
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const parent = one => one.parentElement ?? (one.getRootNode() instanceof ShadowRoot ? one.getRootNode().host : null);
  const behind = one => {
    const layers = [];
    for (let each = one; each; each = parent(each)) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const walk = root => {
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) walk(one.shadowRoot);
      const words = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim().length > 1);
      if (!words || !one.checkVisibility({checkVisibilityCSS: true, checkOpacity: true})) continue;
      if (one.closest(":disabled, [aria-disabled=true], [aria-hidden=true], style, script, noscript")) continue;
      const box = one.getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue;
      const style = getComputedStyle(one), back = behind(one), ink = over(rgba(style.color), back);
      const [a, b] = [light(ink), light(back)].sort((x, y) => y - x);
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < (large ? 3 : 4.5)) wrong.add(`${ratio.toFixed(1)}: ${one.textContent.trim().slice(0, 60)}`);
    }
  };
  walk(document);
  return [...wrong];
}"""
WIDTH = """() => {
  const wide = [...document.querySelectorAll("html, body, .stMain, [data-testid=stMain]")];
  return wide.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.tagName + "." + one.className);
}"""


def barriers(page: Page) -> list[str]:
    """List what has no name, no alternative, or stands out of order."""
    return page.evaluate(AUDIT)


def faint(page: Page) -> list[str]:
    """List texts that stand out too little from what is behind them (WCAG AA)."""
    return page.evaluate(CONTRAST)


def too_wide(page: Page) -> list[str]:
    """List what has to be scrolled sideways."""
    return page.evaluate(WIDTH)
