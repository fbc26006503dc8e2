// SPDX-License-Identifier: MIT
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

// The same folder and range as in tests/stack: below the ports that the kernel gives to clients.
const RESERVATIONS = `/tmp/pregon-ports-${process.getuid()}`;
const LOWEST = 20000;
const HIGHEST = 32000;
const reserved = new Set();

/**
 * A port of 127.0.0.1 on which nothing listens. It belongs to this process until it ends: no other
 * test and no stack takes it before, or between, the times that it is bound.
 */
export async function reservePort() {
  mkdirSync(RESERVATIONS, { recursive: true, mode: 0o700 });
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    const link = path.join(RESERVATIONS, String(port));
    if (!isReservedNow(link)) continue;
    reserved.add(link);
    if (await isFree(port)) return port;
  }
}

/** False if another process has it; a link is made or refused in one step. */
function isReservedNow(link) {
  try {
    symlinkSync(`/proc/${process.pid}`, link);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Gives back what belongs to processes and folders that are no more, for the start of a run. */
export function dropStaleReservations() {
  if (!existsSync(RESERVATIONS)) return;
  const links = readdirSync(RESERVATIONS).map((name) => path.join(RESERVATIONS, name));
  for (const link of links) if (!existsSync(link)) rmSync(link, { force: true });
}

process.on('exit', () => {
  for (const link of reserved) rmSync(link, { force: true });
});
