/** New mail, hostile mail and a network that goes away, on real servers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { append, body, connected, lifetime, openPage, row, threads } from './support.js';

const there = connected(lifetime('real'), 40);

const open = (t) => openPage(t, there.browser, there.url);

test('new mail appears by itself', async (t) => {
  const page = await open(t);
  await threads(page);
  await there.servers.tell('deliver A heron on the roof');
  await row(page, /A heron on the roof/).waitFor();
  await row(page, /A heron on the roof/).click();
  await body(page).locator('body').waitFor();
});

test('without a network mail is read and changed; the server learns of it later', async (t) => {
  const page = await open(t);
  const grid = await threads(page);
  await there.servers.tell('offline');
  await page.getByText(/^Offline/).waitFor();
  const chosen = grid.getByRole('row').nth(1);
  const id = await chosen.getAttribute('id');
  await chosen.click();
  await body(page).locator('body').waitFor();
  await page.keyboard.press('s');
  await page.locator(`#${id}[aria-label*="Flagged"]`).waitFor();
  await page.getByText(/Offline: \d+ changes? waiting/).waitFor();
  await there.servers.tell('online');
  await page.getByText(/^Up to date/).waitFor({ timeout: 60_000 });
});

/** What a message can try, each pointing at the trap. */
const hostile = (trap) => `From: Mallory <mallory@evil.example>
To: Alice <alice@example.org>
Subject: You have won
Message-ID: <trap@evil.example>
Date: ${new Date().toUTCString().replace('GMT', '+0000')}
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><head>
<meta http-equiv="refresh" content="0;url=${trap}/refresh">
<link rel="stylesheet" href="${trap}/style.css"><link rel="prefetch" href="${trap}/prefetch">
<base href="${trap}/base/">
<style>@import url("${trap}/import.css"); @font-face{font-family:x;src:url(${trap}/font)}
body{background:url(${trap}/background);font-family:x} #a{background:u\\72l(${trap}/escaped)}</style>
</head><body onload="new Image().src='${trap}/onload'" background="${trap}/attribute">
<p id="a">Congratulations</p>
<script>new Image().src='${trap}/script';parent.document.title='owned';top.location='${trap}/top'</script>
<img src="${trap}/img"><img srcset="${trap}/srcset 2x"><img src="x" onerror="fetch('${trap}/onerror')">
<picture><source srcset="${trap}/source"><img src="relative.png"></picture>
<video poster="${trap}/poster" src="${trap}/video" autoplay></video><audio src="${trap}/audio" autoplay></audio>
<iframe src="${trap}/iframe"></iframe><iframe srcdoc="<img src=${trap}/srcdoc>"></iframe>
<object data="${trap}/object"></object><embed src="${trap}/embed">
<svg><image href="${trap}/svg"/><script>new Image().src='${trap}/svgscript'</script></svg>
<form action="${trap}/form" method="post"><input name="q"><button>Send</button></form>
<a href="${trap}/link">Claim it</a> <a id="js" href="javascript:new Image().src='${trap}/js'">Or this</a>
<div style="background:url('${trap}/inline')">!</div>
</body></html>
`;

test('a hostile message runs nothing, asks for nothing and leads nowhere', async (t) => {
  const hits = [];
  const trap = http.createServer((request, response) => {
    hits.push(request.url);
    response.end('caught');
  });
  trap.listen(0, '127.0.0.1');
  await once(trap, 'listening');
  t.after(() => trap.close());
  const address = `http://127.0.0.1:${trap.address().port}`;

  const page = await open(t);
  await threads(page);
  const strangers = [];
  page.on('request', (request) => {
    const to = new URL(request.url());
    if (to.origin !== new URL(there.url).origin && to.protocol !== 'data:')
      strangers.push(request.url());
  });
  page.on('dialog', (dialog) => {
    strangers.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });

  await append(there.servers, hostile(address));
  await row(page, /You have won/).click();
  const mail = body(page);
  await mail.getByText('Congratulations').waitFor();
  assert.equal(await page.title(), 'Waxwing');
  const frame = await (await page.locator('iframe').first().elementHandle()).contentFrame();
  assert.equal(await frame.evaluate(() => self.origin), 'null');
  assert.equal(await frame.locator('form, iframe, object, embed, video, audio').count(), 0);

  // Showing remote pictures goes through Go, which never asks a private address.
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await mail.getByText('Congratulations').waitFor();
  // A link is handed to the system's browser; neither page nor frame goes anywhere.
  const handed = page.evaluate(
    () =>
      new Promise((resolve) => {
        window.go.app.System.OpenLink = (link) => Promise.resolve(resolve(link));
      }),
  );
  await mail.getByText('Claim it').click();
  assert.equal(await handed, `${address}/link`);
  assert.match(frame.url(), /\/mail\/body\?/);
  assert.equal(new URL(page.url()).origin, new URL(there.url).origin);
  assert.deepEqual(strangers, []);
  // The trap does catch: this request is the only one.
  await fetch(`${address}/control`);
  assert.deepEqual(hits, ['/control']);
});
