// SPDX-License-Identifier: MIT
import net from 'node:net';
import { reservePort } from './ports.mjs';

/** A network between clients and a web server that can fail as a mobile network does. */
export class Line {
  #pairs = new Set();
  #server = null;
  #isDead = false;

  /** `env`: whose WS_URL the line leads to. */
  constructor(env) {
    this.target = new URL(env.WS_URL);
    this.stackEnv = env;
  }

  async up() {
    this.port = await reservePort();
    this.#server = net.createServer((client) => this.#connect(client));
    await new Promise((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    return this;
  }

  /** The stack's values, with the WebSocket through this line. */
  get env() {
    return { ...this.stackEnv, WS_URL: `ws://127.0.0.1:${this.port}` };
  }

  #connect(client) {
    client.on('error', () => {});
    if (this.#isDead) {
      client.resetAndDestroy();
      return;
    }
    const server = net.connect(Number(this.target.port), this.target.hostname);
    const pair = { client, server, isLost: false };
    this.#pairs.add(pair);
    server.on('error', () => {});
    client.on('data', (bytes) => pair.isLost || server.write(bytes));
    server.on('data', (bytes) => pair.isLost || client.write(bytes));
    const end = () => {
      if (pair.isLost) return;
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.on('close', end);
    server.on('close', end);
  }

  /** Both ends learn at once that the connection is gone. */
  cut() {
    for (const pair of this.#pairs) {
      pair.client.resetAndDestroy();
      pair.server.resetAndDestroy();
    }
  }

  /** The client's end is gone; to the server the connection looks open. */
  lose() {
    for (const pair of this.#pairs) {
      pair.isLost = true;
      pair.client.resetAndDestroy();
    }
  }

  /** Cuts, and lets nobody through until `revive`. */
  die() {
    this.#isDead = true;
    this.cut();
  }

  revive() {
    this.#isDead = false;
  }

  down() {
    this.#server?.close();
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    this.#pairs.clear();
  }
}
