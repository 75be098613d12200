// Keeps an open page true: the server says that something changed, the page is fetched anew and its main part replaced.
// Without this script everything still works, on reload.
const main = document.querySelector('main');
const live = document.querySelector('#live');
const announcer = document.querySelector('#announcer');
let fetching = false;
let again = false;

function setLive(state, words) {
  if (live === null) return;
  live.dataset.state = state;
  live.textContent = words;
}

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const response = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (response.redirected) {
      location.reload();
      return;
    }
    if (response.ok) replaceMain(new DOMParser().parseFromString(await response.text(), 'text/html'));
  } catch {
    // The stream's own reconnection brings the next change.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      setTimeout(refresh, 250);
    }
  }
}

function replaceMain(page) {
  const next = page.querySelector('main');
  if (next === null || main === null || next.innerHTML === main.innerHTML) return;
  const focused = document.activeElement?.id ?? '';
  const log = main.querySelector('#log');
  const atEnd = log === null || log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const scrolled = log?.scrollTop ?? 0;
  main.replaceChildren(...next.childNodes);
  followLog(atEnd, scrolled);
  if (focused !== '' && main.querySelector(`#${CSS.escape(focused)}`) !== null) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
  if (next.dataset.announce !== main.dataset.announce) {
    main.dataset.announce = next.dataset.announce ?? '';
    if (announcer !== null) announcer.textContent = main.dataset.announce;
  }
}

function followLog(atEnd, scrolled) {
  const log = main?.querySelector('#log');
  if (log !== null && log !== undefined) log.scrollTop = atEnd ? log.scrollHeight : scrolled;
}

// The same words as pages/moment.tsx.
function ago(instant) {
  const seconds = Math.round((Date.now() - new Date(instant).getTime()) / 1000);
  const past = Math.abs(seconds);
  if (past < 45) return 'just now';
  const words =
    past < 3600
      ? `${Math.max(1, Math.round(past / 60))} min`
      : past < 86400
        ? `${Math.round(past / 3600)} h`
        : `${Math.round(past / 86400)} d`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}

setInterval(() => {
  for (const time of document.querySelectorAll('time')) time.textContent = ago(time.dateTime);
}, 15_000);

followLog(true, 0);
const source = new EventSource('/changes');
source.addEventListener('open', () => {
  setLive('on', 'Live');
  void refresh();
});
source.addEventListener('change', () => void refresh());
source.addEventListener('error', () => setLive('off', 'Reconnecting'));
