// SPDX-License-Identifier: MIT
import net from 'node:net';
import { within } from './inbox.mjs';

const TYPE = { begin: 1, params: 4, stdin: 5, stdout: 6 };
const KEEP_CONNECTION = 1;
const RESPONDER = 1;
const MAX_RECORD = 65535;

function record(type, content) {
  const header = Buffer.alloc(8);
  header[0] = 1; // version
  header[1] = type;
  header.writeUInt16BE(1, 2); // request id
  header.writeUInt16BE(content.length, 4);
  return Buffer.concat([header, content]);
}

function pair(name, value) {
  const length = (text) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(Buffer.byteLength(text) + 0x80000000);
    return bytes;
  };
  return Buffer.concat([length(name), length(value), Buffer.from(name), Buffer.from(value)]);
}

/**
 * The bytes of one request, the end of its body included; the connection is asked to be kept.
 * `CONTENT_LENGTH: null` among the parameters leaves it out.
 */
export function fastcgiRequest(params, body = Buffer.alloc(0)) {
  const begin = Buffer.from([0, RESPONDER, KEEP_CONNECTION, 0, 0, 0, 0, 0]);
  const all = Object.entries({ CONTENT_LENGTH: String(body.length), ...params });
  const parts = [
    record(TYPE.begin, begin),
    record(TYPE.params, Buffer.concat(all.filter(([, v]) => v !== null).map(([k, v]) => pair(k, v)))),
    record(TYPE.params, Buffer.alloc(0)),
  ];
  for (let at = 0; at < body.length; at += MAX_RECORD)
    parts.push(record(TYPE.stdin, body.subarray(at, at + MAX_RECORD)));
  parts.push(record(TYPE.stdin, Buffer.alloc(0)));
  return Buffer.concat(parts);
}

/** A kept connection to a FastCGI responder, spoken to without a web server between. */
export class FastcgiConnection {
  constructor(path) {
    this.received = Buffer.alloc(0);
    this.socket = net.connect(path);
    this.ended = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  destroy() {
    this.socket.destroy();
  }

  /** The answers whose last record has come, as texts. */
  answers() {
    const texts = [];
    let text = '';
    for (let at = 0; at + 8 <= this.received.length; ) {
      const length = this.received.readUInt16BE(at + 4);
      const next = at + 8 + length + this.received[at + 6];
      if (next > this.received.length) break;
      if (this.received[at + 1] === TYPE.stdout) text += this.received.toString('utf8', at + 8, at + 8 + length);
      if (this.received[at + 1] === 3) {
        texts.push(text);
        text = '';
      }
      at = next;
    }
    return texts;
  }

  /** Waits for that many answers, or for the end of the connection. */
  async answersOf(count) {
    const more = () => new Promise((resolve) => this.socket.once('data', resolve));
    while (this.answers().length < count && !this.socket.destroyed)
      await within(Promise.race([more(), this.ended]), `answer ${count} of the responder`);
    return this.answers();
  }
}
