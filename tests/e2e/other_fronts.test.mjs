// SPDX-License-Identifier: MIT

// The shipped snippets of Apache and lighttpd, in a site with TLS, and their idle timeouts.
// starts early, because it waits for idle timeouts

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { AppsFile } from './support/apps.mjs';
import { closeClients } from './support/clients.mjs';
import { Front, startPhp } from './support/front.mjs';
import { checkFront, checkNeighbours, openSockets } from './support/front_checks.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { Stack } from './support/stack.mjs';

/** What the snippets leave goes to the application: Laravel's own rules, before php-fpm. */
const APPLICATION = `<?php
header('Content-Type: application/json');
echo json_encode(['uri' => $_SERVER['REQUEST_URI']]);`;
const isApplication = ({ status, body }, uri) => assert.deepEqual([status, body], [200, { uri }]);

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
      DocumentRoot ${front.folder}/application/public
      <Directory ${front.folder}/application/public>
        Require all granted
        RewriteEngine On
        RewriteCond %{REQUEST_FILENAME} !-f
        RewriteRule ^ index.php [L]
      </Directory>
      <FilesMatch "\.php$">
        SetHandler "proxy:unix:${front.folder}/php-fpm.sock|fcgi://localhost"
      </FilesMatch>
    </VirtualHost>`,
  lighttpd: (front) => `
    server.modules = ( "mod_openssl", "mod_rewrite", "mod_fastcgi" )
    server.document-root = "${front.folder}/application/public"
    url.rewrite-if-not-file = ( "" => "/index.php\${url.path}\${qsa}" )
    fastcgi.server = ( ".php" => ( ( "socket" => "${front.folder}/php-fpm.sock" ) ) )
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
    let front, php;
    before(async () => {
      front = new Front(kind, stack);
      chmodSync(front.folder, 0o711); // Apache's own user
      php = await startPhp(front.folder, APPLICATION);
      await front.up({ site });
    });
    afterEach(closeClients);
    after(() => front?.down());
    after(() => php?.kill());
    checkFront(() => front, { env: () => front.env });
    checkNeighbours(() => front, { env: () => front.env, isApplication });
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
    before(() => mkdirSync(`${front.folder}/application/public`, { recursive: true }));
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
