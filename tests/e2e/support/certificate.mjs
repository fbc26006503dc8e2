// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';

/**
 * A self-signed certificate of localhost in `folder`, that this process trusts from then on, as a
 * machine does whose administrator installed it; nobody else's is accepted.
 */
export function makeCertificate(folder) {
  const file = path.join(folder, 'localhost.crt');
  const key = path.join(folder, 'localhost.key');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', key, '-out', file],
    ],
    { stdio: 'ignore' },
  );
  makeTrusted(readFileSync(file, 'utf8'));
  return { file, key };
}

/** Node reads its list of further authorities only when it starts: this adds one later. */
export function makeTrusted(certificate) {
  const create = tls.createSecureContext;
  tls.createSecureContext = (options) => {
    const made = create(options);
    if (!options?.ca) made.context.addCACert(certificate);
    return made;
  };
  dns.setDefaultResultOrder('ipv4first'); // the fronts of the tests listen on 127.0.0.1
}
