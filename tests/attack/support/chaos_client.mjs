// SPDX-License-Identifier: MIT
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { channelAuth, userAuth } from '../../e2e/support/signing.mjs';
import { pause } from '../../e2e/kill/random.mjs';

const GUESSES = ['', '{', 'null', '[]', '"x"', '{"event":1}', '{"event":"pusher:subscribe"}', '\u0000', '{"event":"x","data":{}}'];
const CHANNELS = ['news', 'private-room', 'presence-room', 'private-encrypted-x', 'cache-last', 'private-cache-x'];
const MOST_KEPT = 1 << 20; // bytes that wait in this process for a server that reads no more

/** Bytes that differ with the random source alone. */
const bytesOf = (random, size) => Buffer.from(Array.from({ length: size }, () => random.below(256)));

/** Everything that a client may do wrong, drawn from one random source, one thing after the other. */
export class ChaosClient {
  /** `addresses`: of net.connect, the ways in; `env`: keys and secret of the application. */
  constructor(random, { addresses, env, counts }) {
    this.random = random;
    this.addresses = addresses;
    this.env = env;
    this.counts = counts;
    this.socketId = null;
    this.tcp = null;
  }

  /** Until `isOver()`; leaves no connection behind. */
  async run(isOver) {
    while (!isOver()) {
      const what = this.#draw();
      this.counts[what] = (this.counts[what] ?? 0) + 1;
      await this[what]();
      await pause(this.random.below(20));
    }
    this.tcp?.destroy();
  }

  #draw() {
    if (!this.tcp || this.tcp.destroyed) return this.random.pick(['connects', 'connects', 'connects', 'knocks']);
    return this.random.pick([
      ...['subscribes', 'subscribes', 'subscribes', 'subscribes', 'unsubscribes', 'signsIn', 'whispers', 'whispers'],
      ...['pings', 'guesses', 'sendsFrame', 'sendsFrame', 'sendsPieces', 'stopsReading', 'readsOn', 'readsOn'],
      ...['floods', 'sendsGarbage', 'halfCloses', 'resets', 'closes'],
    ]);
  }

  #connect() {
    const address = this.random.pick(this.addresses);
    const tcp = net.connect({ ...address, allowHalfOpen: true });
    this.isOverTcp = 'port' in address;
    tcp.on('error', () => {});
    tcp.on('data', (bytes) => this.#received(tcp, bytes));
    tcp.on('end', () => setTimeout(() => tcp.destroy(), this.random.below(100)));
    this.tcp = tcp;
    this.socketId = null;
  }

  #received(tcp, bytes) {
    const found = /\\"socket_id\\":\\"(\d+\.\d+)\\"/.exec(bytes.toString('latin1'));
    if (found && tcp === this.tcp) this.socketId = found[1];
  }

  #write(bytes) {
    if (this.tcp?.writable && this.tcp.writableLength < MOST_KEPT) this.tcp.write(bytes);
  }

  /** A masked frame; `more` breaks its rules. */
  #frame(opcode, payload, { fin = true, rsv = 0, masked = true, announced = null } = {}) {
    const body = Buffer.from(payload);
    const size = announced ?? body.length;
    const mask = bytesOf(this.random, 4);
    const head = [(fin ? 128 : 0) | (rsv << 4) | opcode];
    const flag = masked ? 128 : 0;
    if (size < 126) head.push(flag | size);
    else if (size < 65536) head.push(flag | 126, size >> 8, size & 255);
    else head.push(flag | 127, 0, 0, 0, 0, (size >>> 24) & 255, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
    if (!masked) return Buffer.concat([Buffer.from(head), body]);
    return Buffer.concat([Buffer.from(head), mask, body.map((byte, i) => byte ^ mask[i % 4])]);
  }

  #event(event, data, more = {}) {
    this.#write(this.#frame(1, JSON.stringify({ event, data, ...more })));
  }

  /** A name that other clients use too, or one of its own. */
  #channel() {
    const name = this.random.pick(CHANNELS);
    return this.random.below(3) > 0 ? name : `${name}-${this.random.below(1000)}`;
  }

  // --- What it does ---------------------------------------------------------------------------------

  async connects() {
    this.#connect();
    const key = randomBytes(16).toString('base64');
    this.#write(
      `GET /app/${this.env.APP_KEY}?protocol=7 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n` +
        `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await pause(this.random.below(30));
  }

  /** A request that is no upgrade, or not whole. */
  async knocks() {
    this.#connect();
    const request = `GET /app/${this.random.pick([this.env.APP_KEY, 'x', '%00'])} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    this.#write(this.random.below(2) ? request.slice(0, this.random.below(request.length)) : request);
    await pause(this.random.below(30));
    this.random.below(2) ? this.tcp.destroy() : this.tcp.end();
  }

  async subscribes() {
    const channel = this.#channel();
    const user = `u${this.random.below(20)}`;
    const channelData = channel.startsWith('presence-')
      ? JSON.stringify({ user_id: user, user_info: { text: 'i'.repeat(this.random.below(2000)) } })
      : '';
    const auth = this.random.below(8) > 0 ? channelAuth(this.env, this.socketId ?? '1.1', channel, channelData) : 'x:y';
    this.#event('pusher:subscribe', { channel, auth, ...(channelData && { channel_data: channelData }) });
  }

  async unsubscribes() {
    this.#event('pusher:unsubscribe', { channel: this.#channel() });
  }

  async signsIn() {
    const watchlist = Array.from({ length: this.random.below(10) }, () => `u${this.random.below(20)}`);
    const user = JSON.stringify({ id: `u${this.random.below(20)}`, watchlist });
    this.#event('pusher:signin', { auth: userAuth(this.env, this.socketId ?? '1.1', user), user_data: user });
  }

  async whispers() {
    this.#event(`client-${this.random.below(5)}`, 'w'.repeat(this.random.below(3000)), { channel: this.#channel() });
  }

  async pings() {
    this.#write(this.#frame(9, bytesOf(this.random, this.random.below(126))));
  }

  async guesses() {
    this.#write(this.#frame(this.random.pick([1, 1, 2]), this.random.pick(GUESSES)));
  }

  async sendsFrame() {
    const size = this.random.below(300);
    this.#write(
      this.#frame(this.random.below(16), bytesOf(this.random, size), {
        fin: this.random.below(4) > 0,
        rsv: this.random.below(8) === 0 ? this.random.below(8) : 0,
        masked: this.random.below(10) > 0,
        announced: this.random.below(6) === 0 ? this.random.below(2 ** 31) : null,
      }),
    );
  }

  /** A whole message, cut anywhere, with a Ping between the fragments. */
  async sendsPieces() {
    const text = JSON.stringify({ event: 'pusher:ping', data: { text: 'é€😀'.repeat(this.random.below(200)) } });
    const bytes = Buffer.from(text);
    const cut = this.random.below(bytes.length);
    const stream = Buffer.concat([
      this.#frame(1, bytes.subarray(0, cut), { fin: false }),
      this.#frame(9, 'p'),
      this.#frame(0, bytes.subarray(cut)),
    ]);
    const half = this.random.below(stream.length);
    this.#write(stream.subarray(0, half));
    await pause(this.random.below(5));
    this.#write(stream.subarray(half));
  }

  async stopsReading() {
    this.tcp.pause();
  }

  async readsOn() {
    this.tcp.resume();
  }

  /** Much that has an answer, while it perhaps reads nothing. */
  async floods() {
    const ping = this.#frame(9, 'p'.repeat(125));
    this.#write(Buffer.concat(Array(this.random.below(400)).fill(ping)));
  }

  async sendsGarbage() {
    this.#write(bytesOf(this.random, this.random.below(5000)));
  }

  async halfCloses() {
    this.tcp.end();
    const { tcp } = this;
    setTimeout(() => tcp.destroy(), this.random.below(500));
  }

  async resets() {
    this.isOverTcp ? this.tcp.resetAndDestroy() : this.tcp.destroy(); // a Unix socket has no reset
  }

  async closes() {
    this.#write(this.#frame(8, this.random.below(2) ? Buffer.from([3, 232]) : bytesOf(this.random, this.random.below(130))));
  }
}
