// SPDX-License-Identifier: MIT
import tls from 'node:tls';

/** An administrator's site: the certificate, and the shipped snippet in it. */
export const apacheSite = (front) => `
  Listen 127.0.0.1:${front.port}
  <VirtualHost 127.0.0.1:${front.port}>
    SSLEngine on
    SSLCertificateFile ${front.certificate.file}
    SSLCertificateKeyFile ${front.certificate.key}
    Include /etc/apache2/pregon.conf
    DocumentRoot ${front.folder}/application/public
    <Directory ${front.folder}/application/public>
      Require all granted
    </Directory>
  </VirtualHost>`;

const ANNOUNCED = 1_000_000;

/** The head of an upload whose body its owner sends in small pieces. */
export function openSlowBody(front) {
  const socket = tls.connect({ port: front.port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => {});
  socket.resume();
  socket.write(
    'POST /api/notifications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${ANNOUNCED}\r\n\r\n`,
  );
  return socket;
}
