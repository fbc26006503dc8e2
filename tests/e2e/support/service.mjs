// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { Inbox, within } from './inbox.mjs';
import { BUILD, REPOSITORY } from './stack.mjs';

/** A daemon run as systemd runs it: tests/service-manager. */
export class Service {
  static #running = new Set();

  /** `sockets`: [name, address] pairs; the descriptors are handed over in this order. */
  constructor(program, { config, sockets = [], datagrams = [], watchdogMs = null, env = {} }) {
    const words = [
      ...sockets.flatMap(([name, address]) => ['--socket', `${name}=${address}`]),
      ...datagrams.flatMap(([name, address]) => ['--datagram', `${name}=${address}`]),
      ...(watchdogMs ? ['--watchdog-ms', String(watchdogMs)] : []),
      ...['--', path.join(BUILD, program), '--config', config],
    ];
    this.events = new Inbox(program);
    this.log = [];
    this.manager = spawn(path.join(REPOSITORY, 'tests/service-manager'), words, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.ended = new Promise((resolve) => this.manager.on('exit', resolve));
    readline.createInterface(this.manager.stdout).on('line', (line) => {
      const event = JSON.parse(line);
      if (event.log === undefined) this.events.push(event);
      else this.log.push(event.log);
    });
    Service.#running.add(this);
  }

  /** Returns the message with which it says that it is ready. */
  async start() {
    this.manager.stdin.write('start\n');
    this.pid = (await this.events.next((event) => event.started, 'started')).started;
    return this.notified((message) => message.READY === '1', 'READY=1');
  }

  signal(name) {
    this.manager.stdin.write(`signal ${name}\n`);
  }

  /** The next message to systemd that `matches`. */
  async notified(matches, what) {
    return (await this.events.next(({ notify }) => notify && matches(notify), what)).notify;
  }

  /** The status with which the program ends; of a signal its negative number. */
  async exited() {
    return (await this.events.next(({ exited }) => exited !== undefined, 'exit')).exited;
  }

  /** As `systemctl restart`. */
  async restart() {
    this.signal('TERM');
    const status = await this.exited();
    await this.start();
    return status;
  }

  async end() {
    Service.#running.delete(this);
    this.manager.stdin.end();
    await within(this.ended, 'the service manager ends');
  }

  static async endAll() {
    await Promise.all([...Service.#running].map((service) => service.end()));
  }
}
