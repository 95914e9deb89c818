// Measures within the page: how long from a press to the change that it was pressed for.
window.climbdcBench = (() => {
  const started = {};
  const shows = (css) => {
    const found = document.querySelector(css);
    return Boolean(found) && found.getClientRects().length > 0;
  };
  const text = (css) => [...document.querySelectorAll(css)].map((found) => found.textContent).join('\n').trim();
  // Told as soon as the page has changed so that `is` holds; null when it does not within the patience (ms).
  const until = (is, patience) => new Promise((tell) => {
    const begun = performance.now();
    const look = () => {
      if (is()) end(performance.now() - begun);
      else if (performance.now() - begun > patience) end(null);
    };
    const watcher = new MutationObserver(look);
    const clock = setInterval(look, 20);
    const end = (waited) => { watcher.disconnect(); clearInterval(clock); tell(waited); };
    watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
  const press = async ({ press, changes, patience }) => {
    const button = [...document.querySelectorAll(press)].find((found) => found.getClientRects().length > 0);
    if (!button) throw new Error(`nothing to press at ${press}`);
    const before = text(changes);
    button.click();
    return until(() => { const now = text(changes); return now !== '' && now !== before; }, patience);
  };
  // The first change after a press, and the first of something else that the first may have been part of.
  const pressed = async ({ press: button, changes, then, patience }) => {
    const before = text(then);
    const begun = performance.now();
    const first = await press({ press: button, changes, patience });
    await until(() => { const now = text(then); return now !== '' && now !== before; }, patience);
    return [first, performance.now() - begun];
  };
  return {
    press,
    pressed,
    shows,
    text,
    // When something can first be seen, in ms since the navigation began.
    note: (name, css) => {
      if (started[name] === undefined) started[name] = until(() => shows(css), 60000).then(() => performance.now());
      return started[name];
    },
    painted: () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  };
})();
