// What is wrong with a page as it is laid out now: a sentence each, and the addresses that its links lead to.
// isPaper: boxes that scroll on a screen do not scroll on paper.
(isPaper) => {
  const found = new Set();
  const quoted = (text) => `'${text.trim().replace(/\s+/g, " ").slice(0, 60)}'`;
  const root = document.scrollingElement;
  if (root.scrollWidth > window.innerWidth) {
    const scrolls = (element) => element.closest("[data-scrolls]");
    for (const element of document.querySelectorAll("body *"))
      if (getComputedStyle(element).overflowX !== "visible") element.dataset.scrolls = "";
    const reach = (element) => (scrolls(element) ? 0 : element.getBoundingClientRect().left + element.scrollWidth);
    const widest = [...document.body.querySelectorAll("*")].reduce((a, b) => (reach(b) >= reach(a) ? b : a), document.body);
    found.add(`the page is ${root.scrollWidth} px wide in a window of ${window.innerWidth}: ` +
      `<${widest.localName} class="${widest.className}"> ${quoted(widest.textContent)}`);
  }

  // The part of a box that is in sight, and the first box that cuts it off without a way to scroll.
  const clipped = (element, box) => {
    let { left, right, top, bottom } = box, cutBy = null;
    for (let outer = element; outer && outer !== document.body; outer = outer.parentElement) {
      const style = getComputedStyle(outer), edge = outer.getBoundingClientRect();
      if (style.display === "inline" || (style.overflowX === "visible" && style.overflowY === "visible")) continue;
      const isOut = { x: left < edge.left - 1 || right > edge.right + 1, y: top < edge.top - 1 || bottom > edge.bottom + 1 };
      for (const axis of ["x", "y"]) {
        const overflow = axis === "x" ? style.overflowX : style.overflowY;
        if (isOut[axis] && overflow !== "visible" && (isPaper || !["auto", "scroll"].includes(overflow))) cutBy ??= outer;
      }
      left = Math.max(left, edge.left); right = Math.min(right, edge.right);
      top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
    }
    return { left, right, top, bottom, cutBy };
  };
  const isForEyes = (element) => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box.width > 1 && box.height > 1;
  };
  const block = (element) => {
    while (["inline", "contents"].includes(getComputedStyle(element).display)) element = element.parentElement;
    return element;
  };

  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const owner = node.parentElement;
    if (!node.data.trim() || !isForEyes(owner) || owner.matches("details:not([open])")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const around = block(owner).getBoundingClientRect();
    for (const line of range.getClientRects()) {
      if (line.width < 1) continue;
      const seen = clipped(owner, line);
      if (seen.cutBy) found.add(`${quoted(node.data)} is cut off by <${seen.cutBy.localName} class="${seen.cutBy.className}">`);
      else if (line.left + window.scrollX < -1 || line.top + window.scrollY < -1) found.add(`${quoted(node.data)} begins outside the page`);
      else if (line.left < around.left - 1.5 || line.right > around.right + 1.5 || line.bottom > around.bottom + line.height / 2)
        found.add(`${quoted(node.data)} sticks out of its <${block(owner).localName}>`);
      // The box of a letter is higher than the letter: lines that stand close may share a few pixels.
      const slack = (seen.bottom - seen.top) / 4;
      boxes.push({ node, text: node.data, left: seen.left + 1, right: seen.right - 1, top: seen.top + slack, bottom: seen.bottom - slack });
    }
  }
  for (const image of document.images) {
    if (!(image.getAttribute("alt") || "").trim()) found.add(`a picture has no alternative text: ${image.src.slice(0, 60)}`);
    if (!image.complete || !image.naturalWidth) found.add(`a picture does not load: ${image.alt}`);
    if (isForEyes(image)) {
      const seen = clipped(image, image.getBoundingClientRect());
      if (seen.cutBy) found.add(`the picture ${quoted(image.alt)} is cut off by <${seen.cutBy.localName} class="${seen.cutBy.className}">`);
      boxes.push({ node: image, text: `the picture ${image.alt}`, left: seen.left + 1, right: seen.right - 1, top: seen.top + 1, bottom: seen.bottom - 1 });
    }
  }
  for (const drawing of document.querySelectorAll("svg, canvas"))
    if (isForEyes(drawing) && !drawing.closest("[aria-hidden=true]") && !drawing.getAttribute("aria-label") && !drawing.querySelector("title"))
      found.add(`a drawing has no alternative text: <${drawing.localName}>`);

  const drawn = boxes.filter((box) => box.right > box.left && box.bottom > box.top).sort((a, b) => a.top - b.top);
  drawn.forEach((one, place) => {
    for (let next = place + 1; next < drawn.length && drawn[next].top < one.bottom; next++) {
      const other = drawn[next];
      if (other.node !== one.node && other.left < one.right && one.left < other.right)
        found.add(`${quoted(one.text)} and ${quoted(other.text)} overlap`);
    }
  });

  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) found.add(`two elements have the id '${id}'`);
  for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-controls"])
    for (const element of document.querySelectorAll(`[${name}]`))
      for (const id of element.getAttribute(name).split(/\s+/)) if (!ids.includes(id)) found.add(`${name}="${id}": no such element`);
  const links = [...document.querySelectorAll("a[href], area[href]")];
  for (const link of links) if (!(link.textContent + (link.ariaLabel || "") + (link.querySelector("img")?.alt || "")).trim()) found.add(`a link has no words: ${link.href}`);
  return { found: [...found], links: links.map((link) => link.href), ids };
}
