// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { makeTrusted } from '../../e2e/support/certificate.mjs';
import { Probe } from './probe.mjs';

// A Probe in a process of its own, so that what the attack costs its sender is not measured: told
// {dir, env, front, certificate} to begin and `stop` to end, it answers with what it has seen.

let probe;
process.on('message', async (message) => {
  if (message === 'stop') {
    process.send(await probe.stop());
    process.exit(0);
  }
  const { dir, env, front, certificate } = message;
  if (certificate) makeTrusted(readFileSync(certificate, 'utf8'));
  const pid = (program) => Number(readFileSync(path.join(dir, 'pid', program), 'utf8'));
  probe = await new Probe({ env, pid }, front).start();
  process.send('started');
});
