// The shipped snippets of Apache and lighttpd, in a site with TLS.

import { after, afterEach, before, describe } from 'node:test';
import { closeClients } from './support/clients.mjs';
import { Front } from './support/front.mjs';
import { checkFront, openSockets } from './support/front_checks.mjs';
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

for (const [kind, site] of Object.entries(SITES))
  describe(`behind ${kind}`, () => {
    const stack = new Stack('none', { settings: { PREGON_APP_TLS_REQUIRED: 'true' } });
    let front;
    before(async () => {
      await stack.up();
      openSockets(stack);
      front = await new Front(kind, stack).up({ site });
    });
    afterEach(closeClients);
    after(async () => {
      await front?.down();
      await stack.down();
    });
    checkFront(() => front, { env: () => front.env });
  });
