// SPDX-License-Identifier: MIT
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { Inbox, within } from './inbox.mjs';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const MASKED = 128; // every frame of a client is
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export function acceptFor(key) {
  return createHash('sha1')
    .update(key + ACCEPT_GUID)
    .digest('base64');
}

/** A WebSocket client frame by frame, over TCP or a Unix socket; can break the rules. */
export class RawSocket {
  #buffer = Buffer.alloc(0);
  #upgraded = null;

  /** `address` as for net.connect. */
  constructor(address) {
    this.frames = new Inbox('raw socket');
    this.tcp = net.connect(address);
    this.ended = new Promise((resolve) => this.tcp.on('close', resolve));
    this.tcp.on('data', (bytes) => this.#received(bytes));
    this.tcp.on('error', (error) => this.#fail(error));
    this.tcp.on('close', () => this.#fail(new Error('connection ended')));
  }

  /** Connects, upgrades and takes the greeting. */
  static async open(address, resource) {
    const socket = new RawSocket(address);
    const key = randomBytes(16).toString('base64');
    const head = await socket.upgrade(resource, key);
    if (!/^HTTP\/1\.1 101 /.test(head)) throw new Error(`no upgrade: ${head}`);
    if (!head.includes(acceptFor(key))) throw new Error(`wrong Sec-WebSocket-Accept: ${head}`);
    const { socket_id: id } = JSON.parse(
      (await socket.nextMessage('pusher:connection_established')).data,
    );
    socket.id = id;
    return socket;
  }

  /** The head of the answer. */
  upgrade(resource, key) {
    return this.request([
      `GET ${resource} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${key}`,
    ]);
  }

  /** The head of the answer to a request of these lines. */
  request(lines) {
    this.tcp.write([...lines, '', ''].join('\r\n'));
    const head = new Promise((resolve, reject) => {
      this.#upgraded = { resolve, reject };
    });
    return within(head, 'answer to the upgrade');
  }

  sendText(text) {
    this.sendFrame(OPCODE.text, text);
  }

  sendEvent(event, data) {
    this.sendText(JSON.stringify({ event, data }));
  }

  /** `announce`: another length than the payload's in the header. */
  sendFrame(opcode, payload, { fin = true, announce = null } = {}) {
    const bytes = Buffer.from(payload);
    const mask = randomBytes(4);
    const body = bytes.map((byte, i) => byte ^ mask[i % 4]);
    this.tcp.write(Buffer.concat([header(opcode, announce ?? bytes.length, fin), mask, body]));
  }

  nextFrame(opcode) {
    return this.frames.next((frame) => frame.opcode === opcode, `a frame of kind ${opcode}`);
  }

  /** The next text frame with this event name, decoded. */
  async nextMessage(event) {
    const isIt = ({ opcode, payload }) =>
      opcode === OPCODE.text && JSON.parse(payload).event === event;
    return JSON.parse((await this.frames.next(isIt, event)).payload);
  }

  /** Code and reason of the server's Close frame. */
  async nextClose() {
    const { payload } = await this.nextFrame(OPCODE.close);
    return {
      code: payload.length < 2 ? null : payload.readUInt16BE(0),
      reason: payload.toString('utf8', 2),
    };
  }

  destroy() {
    this.tcp.destroy();
  }

  #received(bytes) {
    this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, bytes]) : bytes;
    if (this.#upgraded && !this.#takeHead()) return;
    for (let frame = this.#takeFrame(); frame; frame = this.#takeFrame()) this.frames.push(frame);
  }

  #takeHead() {
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const { resolve } = this.#upgraded;
    this.#upgraded = null;
    resolve(this.#buffer.toString('latin1', 0, end));
    this.#buffer = this.#buffer.subarray(end + 4);
    return true;
  }

  #takeFrame() {
    const buffer = this.#buffer;
    if (buffer.length < 2) return null;
    let size = buffer[1] & 127;
    let at = 2;
    if (size === 126) {
      if (buffer.length < 4) return null;
      size = buffer.readUInt16BE(2);
      at = 4;
    } else if (size === 127) {
      if (buffer.length < 10) return null;
      size = Number(buffer.readBigUInt64BE(2));
      at = 10;
    }
    if (buffer.length < at + size) return null;
    this.#buffer = buffer.subarray(at + size);
    return {
      fin: buffer[0] > 127,
      opcode: buffer[0] & 15,
      payload: Buffer.from(buffer.subarray(at, at + size)),
    };
  }

  #fail(error) {
    this.#upgraded?.reject(error);
    this.#upgraded = null;
    this.frames.end(error);
  }
}

function header(opcode, size, fin) {
  const first = (fin ? 128 : 0) | opcode;
  if (size < 126) return Buffer.from([first, MASKED | size]);
  if (size < 65536) return Buffer.from([first, MASKED | 126, size >> 8, size & 255]);
  const bytes = Buffer.alloc(10);
  bytes.set([first, MASKED | 127]);
  bytes.writeBigUInt64BE(BigInt(size), 2);
  return bytes;
}
