// SPDX-License-Identifier: MIT

// The shipped sites of nginx and Caddy in the three shapes that people have, with TLS where the
// site has it, as an administrator would adapt them: names, ports and certificate alone.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { launchChromium, openPage } from './support/chromium.mjs';
import { closeClients } from './support/clients.mjs';
import { curl, Front, startPhp } from './support/front.mjs';
import { checkFront, checkNeighbours } from './support/front_checks.mjs';
import { until } from './support/inbox.mjs';
import { request } from './support/request.mjs';
import { postEvent } from './support/signing.mjs';
import { FRONTS, REPOSITORY, Stack } from './support/stack.mjs';

const PUSHER_JS = path.join(REPOSITORY, 'tests/e2e/node_modules/pusher-js/dist/web/pusher.min.js');
const ENDING = { nginx: 'conf', caddy: 'caddy' };
const PREFIX = '/ws';
const APPLICATION = readFileSync(
  path.join(REPOSITORY, 'tests/package/application/public/index.php'),
  'utf8',
);

/** Every site leads to one of these, which no test changes. */
const stackWith = (settings) => new Stack('none', { settings });
const STACKS = {
  tls: stackWith({ PREGON_APP_TLS_REQUIRED: 'true' }),
  prefixed: stackWith({ PREGON_APP_TLS_REQUIRED: 'true', REVERB_SERVER_PATH: PREFIX }),
  plain: stackWith({ PREGON_APP_TLS_REQUIRED: 'false' }),
};
before(() => Promise.all(Object.values(STACKS).map((stack) => stack.up())));
after(() => Promise.all(Object.values(STACKS).map((stack) => stack.down())));

/** A front of `kind` with the site `name` before `stack`. */
function describeSite(title, kind, name, define, { stack = STACKS.tls, change, prepare } = {}) {
  describe(`${title}, ${kind}`, () => {
    let front;
    before(async () => {
      front = new Front(kind, stack);
      await prepare?.(front);
      await front.up({ file: `${kind}/sites/${name}.${ENDING[kind]}`, change });
    });
    afterEach(closeClients);
    after(() => front?.down());
    define(() => front);
  });
}

let browser;
after(() => browser?.close());

/** The page at `path` in Chromium, in which pusher-js joins `news`; what `act` publishes arrives. */
async function seesEventInChromium(front, pagePath, wsPath) {
  browser ??= await launchChromium();
  const page = await openPage(browser, { ignoreHTTPSErrors: true }); // the certificate is the test's own
  try {
    await page.goto(front.env.HTTP_URL + pagePath);
    const protocol = await page.evaluate(
      () => performance.getEntriesByType('navigation')[0].nextHopProtocol,
    );
    await page.addScriptTag({ path: PUSHER_JS });
    await page.evaluate(
      ([key, port, prefix]) => {
        const pusher = new window.Pusher(key, {
          ...{ cluster: '', wsHost: 'localhost', wssPort: port, wsPath: prefix },
          ...{ forceTLS: true, enabledTransports: ['wss', 'ws'] },
        });
        const channel = pusher.subscribe('news');
        channel.bind('pusher:subscription_succeeded', () => (window.joined = true));
        channel.bind('made', (data) => (window.received = data));
      },
      [front.env.APP_KEY, front.port, wsPath],
    );
    await page.waitForFunction(() => window.joined);
    await postEvent(front.env, { name: 'made', channel: 'news', data: { n: 7 } });
    const received = await page.waitForFunction(() => window.received);
    return { protocol, received: await received.jsonValue() };
  } finally {
    await page.close();
  }
}

for (const kind of FRONTS) {
  describeSite('a domain of its own', kind, 'own-domain', (front) => {
    checkFront(front, { env: () => front().env });

    test('Chromium: the page over HTTP/2, the WebSocket beside it', async () => {
      const seen = await seesEventInChromium(front(), '/up', '');
      assert.deepEqual(seen, { protocol: 'h2', received: { n: 7 } });
    });

    test("what is not Pregón's is 404", async () => {
      assert.equal((await request(front().env, '/')).status, 404);
    });

    if (kind === 'nginx')
      test('the plain port carries nothing, it only points to TLS', async () => {
        const { status, headers } = await request(front().plainEnv, '/api/notifications');
        assert.equal(status, 301);
        assert.match(headers.get('location'), /^https:/);
      });

    test("no answer tells the web server's version", async () => {
      for (const uri of ['/', '/up'])
        assert.doesNotMatch((await request(front().env, uri)).headers.get('server') ?? '', /\d/);
    });
  });

  let php;
  const isPhpOf = (answer, uri) => {
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { uri, https: 'on' });
  };
  describeSite(
    "a path of the application's domain",
    kind,
    'application-path',
    (front) => {
      after(() => php.kill());
      checkFront(front, { env: () => front().env });

      test('Chromium: the page of the application, and the WebSocket beside it', async () => {
        const seen = await seesEventInChromium(front(), '/shop', '');
        assert.deepEqual(seen, { protocol: 'h2', received: { n: 7 } });
      });

      checkNeighbours(front, {
        env: () => front().env,
        isApplication: (answer, uri) => isPhpOf(answer, uri),
        applicationHas: ['/up'],
      });
    },
    { prepare: async (front) => (php = await startPhp(front.folder, APPLICATION)) },
  );

  describeSite(
    'a path below REVERB_SERVER_PATH',
    kind,
    'application-path',
    (front) => {
      after(() => php.kill());
      checkFront(front, { env: () => front().env, prefix: PREFIX });

      test('the application has all other paths', async () => {
        for (const uri of ['/up', '/app/x', '/broadcasting/auth', '/api/notifications', '/wsx/up'])
          isPhpOf(await request(front().env, uri), uri);
      });
    },
    {
      stack: STACKS.prefixed,
      prepare: async (front) => (php = await startPhp(front.folder, APPLICATION)),
      change: (site) =>
        site
          .replace(/(include \S+)pregon-locations\.conf;/, '$1pregon-prefixed-locations.conf;')
          .replace(/^(\timport \S+)\/pregon\.caddy$/m, `$1/pregon-prefixed.caddy ${PREFIX}`),
    },
  );

  describeSite(
    'the plain port 8080 of this machine',
    kind,
    'local',
    (front) => {
      checkFront(front, { env: () => front().plainEnv, http2: false });
    },
    { stack: STACKS.plain },
  );
}

describeSite(
  'behind a load balancer',
  'nginx',
  'own-domain',
  (front) => {
    test("the address that the balancer tells is the client's", async () => {
      curl(
        ...['--cacert', front().certificate.file, '-H', 'X-Forwarded-For: 198.51.100.7'],
        ...[
          '-d',
          'socket_id=1.2&channel_name=private-x',
          `${front().env.HTTP_URL}/api/broadcasting/auth`,
        ],
      );
      await until(
        () => front().stack.log('fcgi').includes('address=198.51.100.7'),
        'the responder logs the address',
      );
    });
  },
  {
    change: (site) =>
      site.replace(
        'server_name localhost;',
        '$& set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;',
      ),
  },
);
