// SPDX-License-Identifier: MIT

// pregonctl doctor behind an nginx that is configured wrongly, one classic fault at a time.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, before, test } from 'node:test';
import { Doctor, lineOf, NginxFiles } from './support/doctor.mjs';
import { until } from './support/inbox.mjs';
import { reservePort } from './support/ports.mjs';
import { withStack } from './support/stack.mjs';

withStack('doctor and nginx', 'nginx', (stack) => {
  const doctor = new Doctor(stack);
  const nginx = new NginxFiles(stack);

  afterEach(async () => {
    nginx.restore();
    await doctor.isGreen();
  });

  /** A change of nginx's files that a check must name, with the line that holds `where`. */
  const fault = (title, [name, from, to], check, [whereName, where], text, result = 'failure') =>
    test(title, async () => {
      nginx.change(name, from, to);
      const finding = await doctor.says(check, result);
      assert.equal(finding.where, lineOf(nginx.file(whereName), where));
      assert.match(finding.text, text);
    });

  fault(
    '/apps/ is not routed',
    ['locations', 'location ~ ^(/apps/', 'location ~ ^(/elsewhere/'],
    'events-api',
    ['site', 'location / {'],
    /\/apps\/ is not routed to pregon-fcgi/,
  );
  fault(
    '/app/ is not routed',
    ['locations', 'rewrite ^/app/ /.pregon/websocket', 'rewrite ^/elsewhere/ /.pregon/websocket'],
    'upgrade',
    ['site', 'location / {'],
    /\/app\/ is not routed to pregon-worker: 404/,
  );
  fault(
    '/app/ is routed without the Upgrade header',
    ['locations', /^ *proxy_set_header Upgrade.*\n/m, ''],
    'upgrade',
    ['locations', 'location = /.pregon/websocket'],
    /without the Upgrade headers.*nginx lacks proxy_set_header Upgrade/,
  );
  fault(
    '/app/ is routed without the Connection header',
    ['locations', /^ *proxy_set_header Connection.*\n/m, ''],
    'upgrade',
    ['locations', 'location = /.pregon/websocket'],
    /nginx lacks proxy_set_header Connection/,
  );
  fault(
    '/app/ is passed on as HTTP/1.0',
    ['locations', /^ *proxy_http_version 1\.1;\n/m, ''],
    'upgrade',
    ['locations', 'location = /.pregon/websocket'],
    /HTTP\/1\.0: nginx lacks proxy_http_version 1\.1/,
  );
  fault(
    '/up is not routed',
    ['locations', 'location = /up', 'location = /elsewhere'],
    'site',
    ['site', 'location / {'],
    /\/up is not routed/,
    'warning',
  );
  fault(
    'proxy_read_timeout is shorter than the ping interval',
    ['locations', 'proxy_read_timeout 300s', 'proxy_read_timeout 30s'],
    'read-timeout',
    ['locations', 'proxy_read_timeout'],
    /proxy_read_timeout 30s.*shorter than REVERB_APP_PING_INTERVAL 60/,
  );
  fault(
    'proxy_read_timeout is not set',
    ['locations', /^ *proxy_read_timeout.*\n/m, ''],
    'read-timeout',
    ['locations', 'location = /.pregon/websocket'],
    /60s, which is not longer than REVERB_APP_PING_INTERVAL 60/,
  );
  fault(
    'the auth endpoint without /api is routed alone',
    ['locations', 'location ~ ^/api/broadcasting/', 'location ~ ^/elsewhere/'],
    'api-auth',
    ['site', 'location / {'],
    /\/api\/broadcasting\/auth answers 40[45]: it is not routed/,
  );
  fault(
    'the auth endpoint with /api is routed alone',
    ['locations', 'location ~ ^/broadcasting/', 'location ~ ^/elsewhere/'],
    'auth',
    ['site', 'location / {'],
    /\/broadcasting\/auth answers 40[45]: it is not routed/,
  );
  fault(
    'the phones have no path',
    ['locations', 'location ~ ^/api/notifications', 'location ~ ^/elsewhere/'],
    'phone-api',
    ['site', 'location / {'],
    /\/api\/notifications answers 40[45]/,
  );
  fault(
    'the Authorization header is dropped',
    [
      'locations',
      /(location ~ \^\/api\/broadcasting\/.* \{\n.*\n *include.*\n)/,
      '$1    fastcgi_param HTTP_AUTHORIZATION "";\n',
    ],
    'authorization',
    ['locations', 'fastcgi_param HTTP_AUTHORIZATION'],
    /drops the Authorization header/,
  );
  for (const check of ['body-limit', 'body-setting'])
    fault(
      `a body over the limit of nginx, by ${check}`,
      ['locations', /(location ~ \^\(\/apps\/.* \{\n *client_max_body_size) 2m/, '$1 1000k'],
      check,
      ['locations', 'client_max_body_size 1000k'],
      /client_max_body_size/,
    );
  fault(
    'worker_connections 768',
    ['nginx.conf', 'worker_connections 8192', '\n    worker_connections 768'],
    'worker-connections',
    ['nginx.conf', 'worker_connections 768'],
    /room for 384 WebSockets/,
    'warning',
  );
  fault(
    'worker_rlimit_nofile below worker_connections',
    ['nginx.conf', 'worker_processes 2;', 'worker_processes 2;\nworker_rlimit_nofile 4000;'],
    'nginx-files',
    ['nginx.conf', 'worker_rlimit_nofile'],
    /may open 4000 files, less than its worker_connections 8192/,
    'warning',
  );

  test('a local site answers first with 404', async () => {
    const { port } = new URL(stack.env.HTTP_URL);
    const file = nginx.change('site', 'server_name _;', 'server_name tienda-uno.example;');
    nginx.change(
      'site',
      /^server \{/m,
      `server { # another\n    listen 127.0.0.1:${port} default_server;\n    return 404;\n}\nserver {`,
    );
    const { where, text } = await doctor.says('site', 'failure');
    assert.equal(where, lineOf(file, '# another'));
    assert.match(text, /another site answers .* first: \/up answers 404/);
    assert.match(text, /Pregón's locations are in that of .*pregon-site\.conf:\d+, server_name tie/);
  });

  test('the web server listens, but the programs are away', async () => {
    await stack.stop('worker');
    await stack.stop('fcgi');
    const findings = await doctor.findings();
    await stack.start('worker');
    await stack.start('fcgi');
    assert.deepEqual(
      ['worker', 'listener', 'responder', 'site'].map((check) => findings[check].result),
      ['failure', 'failure', 'failure', 'failure'],
    );
    assert.match(findings.site.text, /cannot reach pregon-fcgi: 502/);
    assert.match(findings.worker.text, /systemctl status pregon-worker/);
  });

  test('nothing listens on the port', async () => {
    const { connect, site } = await doctor.findings('--url', `http://127.0.0.1:${await reservePort()}`);
    assert.equal(connect.result, 'failure');
    assert.match(connect.text, /is the web server running/);
    assert.equal(site.result, 'not checked');
  });

  test('the name leads nowhere', async () => {
    const { dns } = await doctor.findings('--url', 'http://tienda-uno.invalid');
    assert.equal(dns.result, 'failure');
    assert.match(dns.text, /tienda-uno\.invalid leads to no address/);
  });

  test('a proxy that ends a quiet WebSocket', async () => {
    const file = nginx.change('locations', 'proxy_read_timeout 300s', 'proxy_read_timeout 1s');
    const { text, where } = await doctor.says('idle', 'failure', '--idle', '4');
    assert.equal(where, lineOf(file, 'proxy_read_timeout'));
    assert.match(text, /a quiet WebSocket was ended after \d+ s/);
  });
});

withStack('doctor and TLS', 'nginx', (stack) => {
  const doctor = new Doctor(stack);
  const nginx = new NginxFiles(stack);
  let port, certificate;

  const makeCertificate = (name, days) => {
    const files = ['-keyout', `${certificate}.key`, '-out', certificate];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', String(days)];
    execFileSync('openssl', ['req', ...kind, ...files, ...subject], { stdio: 'ignore' });
    nginx.reload();
  };
  const url = () => ['--url', `https://localhost:${port}`];

  before(async () => {
    port = await reservePort();
    certificate = path.join(stack.dir, 'site.crt');
    makeCertificate('localhost', 90);
    nginx.change(
      'site',
      'server_name _;',
      `listen 127.0.0.1:${port} ssl;\n    ssl_certificate ${certificate};\n` +
        `    ssl_certificate_key ${certificate}.key;\n    server_name _;`,
    );
  });

  test('a certificate that browsers trust', async () => {
    doctor.env = { SSL_CERT_FILE: certificate };
    await doctor.isGreen(...url());
    const { certificate: finding, tls } = await doctor.findings(...url());
    assert.equal(tls.result, 'ok');
    assert.match(finding.text, /for (89|90) days more/);
  });

  test('self-signed: browsers do not come in, --insecure does', async () => {
    doctor.env = {};
    const refused = await doctor.findings(...url());
    assert.equal(refused.certificate.result, 'failure');
    assert.match(refused.certificate.text, /do not trust the certificate: .*self.signed/);
    assert.equal(refused.upgrade.result, 'not checked');

    const passed = await doctor.complaints(...url(), '--insecure');
    assert.deepEqual(
      passed.map(({ check, result }) => [check, result]),
      [['certificate', 'warning']],
    );
  });

  test('a certificate that ends soon, and one of another name', async () => {
    doctor.env = { SSL_CERT_FILE: certificate };
    makeCertificate('localhost', 5);
    const { text } = await doctor.says('certificate', 'warning', ...url());
    assert.match(text, /ends in [45] days/);

    makeCertificate('tienda-uno.example', 90);
    const isNamed = async () =>
      /subject name matches .*localhost/.test((await doctor.findings(...url())).certificate.text);
    await until(isNamed, 'the name is found to be another');
  });

  test('scheme http on the port that speaks TLS, and the reverse', async () => {
    const http = await doctor.says('scheme', 'failure', '--url', `http://localhost:${port}`);
    assert.match(http.text, /speaks TLS, but the scheme is http/);
    const plainPort = new URL(stack.env.HTTP_URL).port;
    const https = await doctor.says('scheme', 'failure', '--url', `https://127.0.0.1:${plainPort}`);
    assert.match(https.text, /speaks plain HTTP, but the scheme is https/);
  });
});
