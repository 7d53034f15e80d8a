// A person with a real Chromium: opens addresses and fills in what the pages ask for. Speaks the
// DevTools protocol over pipes, so no port is opened.
//   node browser.mjs PROFILE      reads one errand per line as JSON, answers one line per errand
// An errand: {"open": URL, "login": NAME?, "decline": true?, "code": DEVICE_CODE?}. The answer:
// {"url": where it ended, "text": what the page says, "asked": the pages that asked for something}.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const PATIENCE_MS = 60_000;
const chromium = spawn(process.env.KEYDESK_CHROMIUM ?? 'chromium', [
  '--headless=new',
  '--remote-debugging-pipe',
  `--user-data-dir=${process.argv[2]}`,
  '--no-sandbox', // the tests may run as root
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The provider's page asks a foreign host for a font.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
  'about:blank',
], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });

const waiting = new Map();
let last = 0;
let unread = '';
chromium.stdio[4].on('data', (bytes) => {
  unread += bytes.toString();
  const messages = unread.split('\0');
  unread = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) call?.reject(new Error(message.error.message));
    else call?.resolve(message.result);
  }
});

function send(method, params = {}, sessionId = undefined) {
  last += 1;
  chromium.stdio[3].write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
  return new Promise((resolve, reject) => waiting.set(last, { resolve, reject }));
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// Runs in the page; gives nothing while the page is still coming.
async function look(session, script) {
  const expression = `document.readyState === 'complete' ? (${script})() : null`;
  try {
    const { result } = await send('Runtime.evaluate', { expression, returnByValue: true }, session);
    return result.value ?? null;
  } catch {
    return null; // between two pages
  }
}

const ASKS = `() => ({
  url: location.href,
  text: document.body.innerText,
  asks: document.querySelector('input[name=login]') ? 'login'
    : document.querySelector('input[name=prompt][value=consent]') ? 'consent'
    : document.querySelector('input[name=user_code]:not([type=hidden])') ? 'code'
    : document.getElementById('op.deviceConfirmForm') ? 'confirm' : '',
})`;

// What the person does on a page; a mark tells the answered page from the next one.
function answerTo(asks, errand) {
  const done = 'document.documentElement.dataset.answered = 1; return true';
  const text = (value) => JSON.stringify(value ?? '');
  if (errand.decline && asks === 'consent') {
    return `() => { document.querySelector('a[href$="/abort"]').click(); ${done} }`;
  }
  const fill = {
    login: `form.login.value = ${text(errand.login)}; form.password.value = 'any';`,
    code: `form.user_code.value = ${text(errand.code)};`,
  }[asks] ?? '';
  return `() => { const form = document.forms[0]; ${fill} form.submit(); ${done} }`;
}

async function run(errand) {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  await send('Page.navigate', { url: errand.open }, sessionId);
  const asked = [];
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const page = await look(sessionId, `() => document.documentElement.dataset.answered ? null : (${ASKS})()`);
    // A page that says nothing is one on the way.
    if (page && page.url !== 'about:blank' && (page.asks || page.text.trim())) {
      if (page.asks === '' || (page.asks === 'login' && !errand.login)) {
        await send('Target.closeTarget', { targetId });
        return { url: page.url, text: page.text, asked };
      }
      asked.push(page.asks);
      await look(sessionId, answerTo(page.asks, errand));
    }
    await pause(50);
  }
  throw new Error(`the pages did not end: ${asked}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await run(JSON.parse(line))));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await send('Browser.close').catch(() => {});
chromium.kill();
