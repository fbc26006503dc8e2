// The shipped snippets of Apache and lighttpd, in a site with TLS, and their idle timeouts.
// starts early, because it waits for idle timeouts

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { AppsFile } from './support/apps.mjs';
import { closeClients } from './support/clients.mjs';
import { Front } from './support/front.mjs';
import { checkFront, openSockets } from './support/front_checks.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { Stack } from './support/stack.mjs';

/** An administrator's site: the certificate, and the shipped snippet in it. */
const SITES = {
  apache2: (front) => `
    Listen 127.0.0.1:${front.port}
    <VirtualHost 127.0.0.1:${front.port}>
      SSLEngine on
      SSLCertificateFile ${front.certificate.file}
      SSLCertificateKeyFile ${front.certificate.key}
      Protocols h2 http/1.1
      Include /etc/apache2/pregon.conf
    </VirtualHost>`,
  lighttpd: (front) => `
    server.modules = ( "mod_openssl" )
    server.document-root = "${front.folder}"
    server.upload-dirs = ( "${front.folder}" )
    server.bind = "127.0.0.1"
    server.port = ${front.port}
    ssl.engine = "enable"
    ssl.pemfile = "${front.certificate.file}"
    ssl.privkey = "${front.certificate.key}"
    include "/etc/lighttpd/pregon.conf"`,
};

const PING_SECONDS = 1;
const apps = new AppsFile({ pinged: { ping_interval: PING_SECONDS } });
/** Behind every web server here; no test changes it. */
const stack = new Stack('none', {
  settings: { PREGON_APP_TLS_REQUIRED: 'true', ...apps.settings },
});
before(async () => {
  await stack.up();
  openSockets(stack);
});
after(() => stack.down());

for (const [kind, site] of Object.entries(SITES))
  describe(`behind ${kind}`, () => {
    let front;
    before(async () => (front = await new Front(kind, stack).up({ site })));
    afterEach(closeClients);
    after(() => front?.down());
    checkFront(() => front, { env: () => front.env });
  });

const IDLE_SECONDS = 5;
/** Pings, each after a silence of PING_SECONDS, that last longer than IDLE_SECONDS together. */
const PINGS = 8;
/** The snippet's own idle timeout, low; of Apache's two the longer one holds. */
const impatient = (text) => {
  const changed = text
    .replace(/timeout=300/, `timeout=${IDLE_SECONDS}`)
    .replace(/(max-(read|write)-idle) = 300/g, `$1 = ${IDLE_SECONDS}`);
  assert.notEqual(changed, text);
  return changed;
};

for (const [kind, site] of Object.entries(SITES))
  describe(`behind ${kind} with an idle timeout of ${IDLE_SECONDS} s`, () => {
    const front = new Front(kind, stack);
    const ownTimeout = kind === 'apache2' ? `Timeout ${IDLE_SECONDS}` : '';
    before(() => front.up({ site: () => `${ownTimeout}\n${site(front)}`, shipped: impatient }));
    afterEach(() => PusherSocket.closeAll());
    after(() => front.down());

    test('a socket that is pinged more often lives on', async () => {
      const socket = await PusherSocket.connect(apps.env(front, 'pinged'));
      for (let ping = 0; ping < PINGS; ping += 1) {
        await socket.next('pusher:ping');
        socket.send('pusher:pong', {});
      }
      await socket.settled();
    });

    test('one that is pinged less often is ended: the timeout must exceed the interval', async () => {
      const socket = await PusherSocket.connect(front.env);
      await socket.ended();
    });
  });
