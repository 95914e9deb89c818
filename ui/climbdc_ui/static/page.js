// Parts of the page: what the server renders is morphed in, and what is pressed is told to the server in one form.
(() => {
  const told = (part, button, extra) => ({
    part, do: button.dataset.do, values: { ...extra, ...JSON.parse(button.dataset.values || '{}') },
  });

  const formValues = (form) => {
    const values = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value !== 'string') continue;
      const plain = name.replace(/\[\]$/, '');
      if (name.endsWith('[]') || plain in values) values[plain] = [].concat(values[plain] ?? [], value);
      else values[plain] = value;
    }
    for (const box of form.querySelectorAll('[name$="[]"]')) values[box.name.slice(0, -2)] ??= [];
    return values;
  };

  const opening = (button) => ({
    part: 'panel', do: 'open',
    values: { panel: button.dataset.open, state: JSON.parse(button.dataset.values || 'null') },
  });

  // One question to the server at a time: answers that overtook one another would leave old parts on the page.
  const PATIENCE = 15000;
  const waiting = [];
  let asked = 0;
  const next = () => {
    if (Date.now() - asked < PATIENCE) return;
    const one = waiting.shift();
    if (!one) return;
    asked = Date.now();
    one();
    setTimeout(next, PATIENCE + 50);
  };
  const send = (one) => { if (!waiting.includes(one)) waiting.push(one); next(); };
  window.climbdcAnswered = () => { asked = 0; setTimeout(next); };

  // What a person is typing, has ticked or has unfolded stays as it is while the rest is drawn anew.
  const morph = (root, html) => window.Idiomorph.morph(root, html, {
    morphStyle: 'innerHTML',
    // Idiomorph leaves the content of whatever has the focus as it is: right for a field, wrong for a button.
    ignoreActiveValue: !!document.activeElement?.matches('input, textarea, select'),
    callbacks: {
      beforeNodeMorphed: (old, fresh) => !(old.nodeType === 1 && old.hasAttribute('data-keep') && fresh.nodeType === 1
        && old.id === fresh.id && old.dataset.keep === fresh.dataset.keep),
      beforeAttributeUpdated: (name, node) => !(
        (name === 'open' && node.tagName === 'DETAILS') ||
        (['checked', 'value', 'selected'].includes(name) && node.closest('form[data-touched]'))),
    },
  });

  window.climbdcPart = (element, props, trigger, watch) => {
    const root = element.querySelector('.part');
    const part = root.dataset.part;
    const say = (message) => { root.setAttribute('aria-busy', 'true'); send(() => trigger('click', message)); };
    const draw = () => {
      const log = root.querySelector('[role=log]');
      const follows = !log || log.scrollHeight - log.scrollTop - log.clientHeight < 60;
      root.removeAttribute('aria-busy');
      morph(root, props.value || '');
      const grown = root.querySelector('[role=log]');
      if (grown && follows) grown.scrollTop = grown.scrollHeight;
      const newest = grown && [...grown.querySelectorAll('.message')].pop();
      if (newest) {
        // A phone shows the card and not the conversation above it: an answer would come unseen.
        const answered = root.dataset.newest && root.dataset.newest !== newest.id && newest.matches('.model');
        if (answered && window.innerWidth <= 768) newest.scrollIntoView({ block: 'center' });
        root.dataset.newest = newest.id;
      }
      const focus = root.querySelector('[data-focus]');
      if (focus && focus.dataset.focus !== root.dataset.focused) {
        root.dataset.focused = focus.dataset.focus;
        focus.focus({ preventScroll: false });
      }
    };
    const partOf = (node) => node.closest('[data-part]').dataset.part || part;
    if (part === 'notice') root.addEventListener('click', () => { props.value = ''; draw(); });
    draw();
    watch('value', draw);
    root.addEventListener('click', (event) => {
      const open = event.target.closest('[data-open]');
      if (open) { say(opening(open)); return; }
      const button = event.target.closest('button[data-do]');
      if (button && !button.disabled) { event.preventDefault(); say(told(partOf(button), button, button.form && button.type === 'submit' ? formValues(button.form) : {})); }
    });
    root.addEventListener('submit', (event) => {
      event.preventDefault();
      const form = event.target;
      delete form.dataset.touched;
      const pressed = event.submitter;
      const values = formValues(form);
      if (pressed?.name) values[pressed.name] = pressed.value;
      say(told(partOf(form), pressed?.dataset.do ? pressed : form, { ...values, ...JSON.parse(form.dataset.values || '{}') }));
    });
    root.addEventListener('input', (event) => { const form = event.target.form; if (form) form.dataset.touched = ''; });
    root.addEventListener('change', (event) => {
      const field = event.target.closest('[data-do]:is(select, input, textarea)');
      if (!field) return;
      const value = field.type === 'checkbox' ? (field.checked ? field.value : '') : field.value;
      say(told(partOf(field), field, { [field.name]: value }));
    });
  };

  // A key presses the button that names it, wherever nothing is being typed.
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, [contenteditable]')) return;
    for (const button of document.querySelectorAll('button[data-key]')) {
      if (button.dataset.key === event.key && button.offsetParent !== null && !button.disabled) {
        event.preventDefault();
        button.click();
        return;
      }
    }
  });

  // Arrow keys move between tabs, as in every tab list.
  document.addEventListener('keydown', (event) => {
    const tab = event.target.closest('[role=tab]');
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    const tabs = [...tab.parentElement.querySelectorAll('[role=tab]')];
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    event.preventDefault();
    next.focus();
    next.click();
  });

  // One stream for each tab that can be seen: a browser allows only a handful of connections to one server.
  let stream = null;
  let watched = '';
  const connect = () => {
    if (stream) stream.close();
    stream = null;
    if (!watched || document.hidden) return;
    stream = new EventSource(`live/${watched}`);
    stream.onmessage = () => refresh();
    stream.onerror = () => {
      if (stream?.readyState !== EventSource.CLOSED) return;
      stream = null;
      setTimeout(() => stream || connect(), 2000);
      // Whoever was logged out is shown the login.
      fetch(`s/${watched}`, { redirect: 'manual' }).then((it) => it.status === 401 && window.location.reload(), () => {});
    };
  };
  document.addEventListener('visibilitychange', connect);
  let tell = () => {};
  let asking = false;
  let again = false;
  const ask = () => tell();
  const refresh = () => {
    if (asking) { again = true; return; }
    asking = true;
    send(ask);
    setTimeout(() => { asking = false; if (again) { again = false; refresh(); } }, 150);
  };
  window.climbdcLive = (session, how) => {
    tell = how;
    if (session === watched) return;
    watched = session;
    const url = new URL(window.location.href);
    if (session) url.searchParams.set('session', session); else url.searchParams.delete('session');
    if (url.href !== window.location.href) window.history.replaceState({}, '', url);
    connect();
  };
})();
