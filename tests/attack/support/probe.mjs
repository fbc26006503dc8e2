// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { pause } from '../../e2e/kill/random.mjs';
import { PusherSocket } from '../../e2e/support/pusher_socket.mjs';
import { request } from '../../e2e/support/request.mjs';
import { postEvent } from '../../e2e/support/signing.mjs';

const EVERY_MS = 50;

/** What others notice during an attack: a client's pings, `/up` and signed events, one after the other. */
export class Probe {
  #isOver = false;
  #running = [];
  pings = [];
  ups = [];
  events = [];

  constructor(stack, env = stack.env) {
    this.stack = stack;
    this.env = env;
  }

  async start() {
    this.socket = await PusherSocket.connect(this.stack.env);
    this.before = this.mebibytes();
    this.most = this.before;
    const up = async () => (await request(this.env, '/up')).status;
    const event = async () => (await postEvent(this.env, { name: 'a', channel: 'b', data: 1 })).status;
    const ping = async () => {
      await this.socket.settled();
      this.most = Math.max(this.most, this.mebibytes());
      return 200;
    };
    this.#running = [this.#ask(this.pings, ping), this.#ask(this.ups, up), this.#ask(this.events, event)];
    return this;
  }

  /** Memory of the worker. */
  mebibytes() {
    const status = readFileSync(`/proc/${this.stack.pid('worker')}/status`, 'utf8');
    return Math.round(Number(/^VmRSS:\s*(\d+)/m.exec(status)[1]) / 1024);
  }

  async #ask(into, question) {
    while (!this.#isOver) {
      const began = performance.now();
      const status = await question().catch((error) => error.message);
      into.push({ ms: performance.now() - began, status });
      await pause(EVERY_MS);
    }
  }

  /** `ping 3 ms, /up 5 ms, event 6 ms, worker 20 → 31 MiB`: the longest of each, and other statuses than 200. */
  async stop() {
    this.#isOver = true;
    await Promise.all(this.#running);
    await this.socket.close();
    const longest = (answers) => `${Math.ceil(Math.max(...answers.map(({ ms }) => ms)))} ms`;
    const others = [...this.pings, ...this.ups, ...this.events].filter(({ status }) => status !== 200);
    return {
      ping: longest(this.pings),
      up: longest(this.ups),
      event: longest(this.events),
      failed: others.length ? `${others.length} (${[...new Set(others.map(({ status }) => status))]})` : '0',
      memory: `${this.before} → ${this.most} → ${this.mebibytes()}`,
    };
  }
}
