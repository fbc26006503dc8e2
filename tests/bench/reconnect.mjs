#!/usr/bin/env node
// SPDX-License-Identifier: MIT

// The worker is killed under thousands of dashboards, which all come back as pusher-js does: a second
// later, all at once, each with a question for authorization. How long until all are subscribed again,
// and who was refused. Through nginx and pregon-fcgi, with SQLite; the worker as systemd runs it, with
// sockets that outlive it.
//
//   tests/bench/reconnect.mjs [CLIENTS (10000)] [KILLS (3)]
//
// Builds nothing. The clients are one Node process on the same processors: mostly it is they who are
// waited for, hence the share of the time that the process was busy.

import http from 'node:http';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import WebSocket from '../e2e/node_modules/ws/wrapper.mjs';
import { Service } from '../e2e/support/service.mjs';
import { Stack } from '../e2e/support/stack.mjs';

const CLIENTS = Number(process.argv[2] ?? 10_000);
const KILLS = Number(process.argv[3] ?? 3);
const PUSHER_JS_WAITS_MS = 1000;
const SYSTEMD_WAITS_MS = 1000; // RestartSec=
const AT_A_TIME = 200; // when they first come
const PATIENCE_MS = 120_000;

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const trouble = new Map();
const note = (what) => trouble.set(what, (trouble.get(what) ?? 0) + 1);

/** One dashboard; `subscribed` is called whenever it has joined its channel. */
class Dashboard {
  constructor(env, subscribed) {
    this.env = env;
    this.subscribed = subscribed;
    this.connect();
  }

  connect() {
    const url = `${this.env.WS_URL}/app/${this.env.APP_KEY}?protocol=7&client=js&version=8.4.0`;
    this.ws = new WebSocket(url, { perMessageDeflate: false });
    this.ws.on('message', (bytes) => this.take(JSON.parse(bytes)));
    this.ws.on('unexpected-response', (request, response) => {
      note(`upgrade answered ${response.statusCode}`);
      request.destroy();
      this.comeBack();
    });
    this.ws.on('error', (error) => note(`connection: ${error.code ?? error.message}`));
    this.ws.on('close', () => this.comeBack());
  }

  comeBack() {
    this.ws.removeAllListeners();
    this.ws.on('error', () => {});
    if (!this.isOver) setTimeout(() => this.connect(), PUSHER_JS_WAITS_MS);
  }

  take({ event, data }) {
    if (event === 'pusher:connection_established') this.authorize(JSON.parse(data).socket_id);
    else if (event === 'pusher_internal:subscription_succeeded') this.subscribed();
    else if (event === 'pusher:error') note(`pusher:error ${JSON.stringify(data)}`);
  }

  authorize(socketId) {
    const channel = `private-commerce.${this.env.COMMERCE_A}`;
    const body = JSON.stringify({ socket_id: socketId, channel_name: channel });
    const request = http.request(`${this.env.HTTP_URL}/api/broadcasting/auth`, {
      agent,
      method: 'POST',
      headers: {
        Authorization: `Bearer ${this.env.TOKEN_A}`,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      },
    });
    request.on('error', (error) => note(`auth: ${error.code}`));
    request.on('response', (response) => {
      let text = '';
      response.on('data', (bytes) => (text += bytes));
      response.on('end', () => {
        if (response.statusCode !== 200) return note(`auth answered ${response.statusCode}`);
        const { auth } = JSON.parse(text);
        this.ws.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel, auth } }));
      });
    });
    request.end(body);
  }

  end() {
    this.isOver = true;
    this.ws.removeAllListeners();
    this.ws.on('error', () => {});
    this.ws.terminate();
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

process.env.STACK_WORKER_CONNECTIONS = '19000';
const stack = await new Stack('nginx').up();
const dashboards = [];
let status = 1;
try {
  await stack.stop('worker');
  const config = path.join(stack.dir, 'pregon.env');
  const socketOf = (name) => stack.values()[name].replace(/^unix:/, '').split(',')[0];
  const worker = new Service('pregon-worker', {
    config,
    sockets: [
      ['ws', socketOf('PREGON_WS_LISTEN')],
      ['ipc', socketOf('PREGON_IPC_SOCKET')],
    ],
  });
  await worker.start();

  let times = [];
  let wake = () => {};
  const count = (wanted) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${times.length} of ${wanted} in time; ${[...trouble]}`));
      }, PATIENCE_MS);
      wake = () => {
        if (times.length < wanted) return;
        clearTimeout(timer);
        resolve();
      };
      wake();
    });
  const subscribed = () => {
    times.push(performance.now());
    wake();
  };
  while (dashboards.length < CLIENTS) {
    const more = Math.min(AT_A_TIME, CLIENTS - dashboards.length);
    for (let i = 0; i < more; i++) dashboards.push(new Dashboard(stack.env, subscribed));
    await count(dashboards.length);
  }
  const troubleAtFirst = [...trouble];
  trouble.clear();

  const rounds = [];
  for (let kill = 0; kill < KILLS; kill++) {
    times = [];
    const started = performance.now();
    const busyBefore = process.cpuUsage();
    process.kill(worker.pid, 'SIGKILL');
    await worker.exited();
    await new Promise((resolve) => setTimeout(resolve, SYSTEMD_WAITS_MS));
    await worker.start();
    await count(CLIENTS);
    const busy = process.cpuUsage(busyBefore);
    const seconds = times.map((time) => (time - started) / 1000).sort((a, b) => a - b);
    rounds.push({
      half: seconds[Math.floor(CLIENTS / 2)],
      all: seconds[CLIENTS - 1],
      busy: (busy.user + busy.system) / 1e6 / seconds[CLIENTS - 1],
    });
  }
  const result = {
    scenario: 'reconnect',
    clients: CLIENTS,
    kills: KILLS,
    half_s: median(rounds.map(({ half }) => half)).toFixed(2),
    all_s: median(rounds.map(({ all }) => all)).toFixed(2),
    clients_busy: median(rounds.map(({ busy }) => busy)).toFixed(2),
    trouble: Object.fromEntries(trouble),
    trouble_at_first: Object.fromEntries(troubleAtFirst),
  };
  console.log(JSON.stringify(result));
  status = trouble.size === 0 ? 0 : 1;
  for (const dashboard of dashboards) dashboard.end();
  worker.manager.stdin.end();
} finally {
  for (const dashboard of dashboards) dashboard.end();
  await stack.down();
}
process.exit(status);
