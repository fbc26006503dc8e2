// SPDX-License-Identifier: MIT
import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { once } from 'node:events';
import { Inbox } from './inbox.mjs';

/** `channel_occupied a`, `member_added presence-r 7`. */
export const wordsOf = ({ name, channel, user_id }) => [name, channel, user_id].filter(Boolean).join(' ');

/** What an application's route does: takes webhooks, checks them, and answers as it is told. */
export class WebhookReceiver {
  static #open = new Set();
  /** Every request in its order: { headers, rawHeaders, body (Buffer), text, events, status }. */
  requests = [];
  inbox = new Inbox('receiver');

  /**
   * `answer` is called with each request and its number, from 0, and gives a status, an object
   * {status, headers, body, delayMs}, or deals with (request, response) itself and gives null. `tls`:
   * {key, cert}.
   */
  static async start(env, answer = () => 200, { tls = null, port = 0 } = {}) {
    const receiver = new WebhookReceiver();
    Object.assign(receiver, { env, answer });
    const handle = (request, response) => receiver.#handle(request, response);
    receiver.server = tls ? https.createServer(tls, handle) : http.createServer(handle);
    receiver.server.keepAliveTimeout = 60000;
    receiver.server.listen(port, '127.0.0.1');
    await once(receiver.server, 'listening');
    receiver.port = receiver.server.address().port;
    receiver.url = `${tls ? 'https' : 'http'}://127.0.0.1:${receiver.port}/hook`;
    WebhookReceiver.#open.add(receiver);
    return receiver;
  }

  async #handle(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const seen = { headers: request.headers, rawHeaders: request.rawHeaders, url: request.url, body };
    seen.text = body.toString();
    seen.isSigned =
      createHmac('sha256', this.env.APP_SECRET).update(body).digest('hex') === request.headers['x-pusher-signature'];
    seen.events = JSON.parse(seen.text).events;
    const number = this.requests.push(seen) - 1;
    this.inbox.push(seen);
    const said = await this.answer(seen, number, request, response);
    if (said === null) return;
    const { status, headers = {}, body: text = 'thanks\n', delayMs = 0 } = typeof said === 'number' ? { status: said } : said;
    seen.status = status;
    if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs));
    response.writeHead(status, headers).end(text);
  }

  /** The events of the requests that were answered with a 2xx, each delivery once, in their order. */
  get taken() {
    const seen = new Set();
    return this.requests
      .filter(({ status, headers }) => status < 300 && !seen.has(headers['x-pregon-delivery']) && seen.add(headers['x-pregon-delivery']))
      .flatMap(({ events }) => events);
  }

  /** The same in words. */
  get words() {
    return this.taken.map(wordsOf);
  }

  next(matches = () => true, what = 'a webhook') {
    return this.inbox.next(matches, what);
  }

  /** The next request with such an event. */
  nextEvent(name, channel) {
    return this.next(
      ({ events }) => events.some((event) => event.name === name && (!channel || event.channel === channel)),
      `${name} ${channel ?? ''}`,
    );
  }

  async close() {
    WebhookReceiver.#open.delete(this);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  static async closeAll() {
    await Promise.all([...WebhookReceiver.#open].map((receiver) => receiver.close()));
  }
}

/** A TCP server that is no HTTP server: `deal` gets each socket and what came on it until now. */
export async function rawReceiver(deal) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes;
      deal(socket, text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
