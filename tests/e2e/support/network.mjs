// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });

/** True if this process may make network namespaces. */
export function canMakeNamespaces() {
  const name = `pregon-try-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return true;
  } catch {
    return false;
  }
}

/**
 * A network of namespaces: one for a server, at `address`, and `count` for others, each of which can
 * be cut off from it.
 */
export class Network {
  static #made = 0;

  constructor(count) {
    this.prefix = `pg${process.pid % 100000}x${Network.#made++}`;
    this.address = '10.93.7.1';
    this.server = `${this.prefix}s`;
    this.names = [];
    ip('netns', 'add', this.server);
    ip('-n', this.server, 'link', 'set', 'lo', 'up');
    ip('-n', this.server, 'link', 'add', 'bridge', 'type', 'bridge');
    ip('-n', this.server, 'addr', 'add', `${this.address}/24`, 'dev', 'bridge');
    ip('-n', this.server, 'link', 'set', 'bridge', 'up');
    for (let i = 0; i < count; i++) this.#add(i);
    process.on('exit', () => this.remove());
  }

  #add(i) {
    const name = `${this.prefix}h${i}`;
    ip('netns', 'add', name);
    this.names.push(name);
    ip('-n', this.server, 'link', 'add', `to${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('-n', this.server, 'link', 'set', `to${i}`, 'master', 'bridge', 'up');
    ip('-n', name, 'addr', 'add', `10.93.7.${i + 10}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  /** Words before a command that runs in the server's namespace, or in that of host `i`. */
  inServer() {
    return ['ip', 'netns', 'exec', this.server];
  }

  inHost(i) {
    return ['ip', 'netns', 'exec', this.names[i]];
  }

  /** What host `i` finds in its /etc/hosts, from its next program on. */
  setHosts(i, lines) {
    const folder = `/etc/netns/${this.names[i]}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/hosts`, lines.map((line) => `${line}\n`).join(''));
  }

  /** What host `i` sends to `address` is lost, and nobody tells it. */
  loseAddress(i, address) {
    ip('-n', this.names[i], 'neigh', 'add', address, 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0', 'nud', 'permanent');
  }

  /** Nothing passes any more, and nobody is told: as a cable that is pulled. */
  cut(i) {
    ip('-n', this.server, 'link', 'set', `to${i}`, 'down');
  }

  heal(i) {
    ip('-n', this.server, 'link', 'set', `to${i}`, 'up');
  }

  remove() {
    for (const name of [...this.names.splice(0), this.server])
      try {
        rmSync(`/etc/netns/${name}`, { recursive: true, force: true });
        ip('netns', 'del', name);
      } catch {
        // has gone already
      }
  }
}
