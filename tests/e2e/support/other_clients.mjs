// SPDX-License-Identifier: MIT
import { OPCODE, RawSocket } from './raw_socket.mjs';
import { Inbox } from './inbox.mjs';

/**
 * What other people's client libraries send and answer, byte for byte, on a socket that does nothing
 * by itself: `query` is their own of the handshake, `answersPings` whether they answer Ping frames,
 * `pong` what they answer to pusher:ping, and `ping` what they send after a silence of
 * activity_timeout seconds: a frame's opcode and payload.
 */
export const LIBRARIES = {
  // Has no code for pusher:ping, and sends nothing while it receives.
  PusherSwift: {
    query: 'client=pusher-websocket-swift&protocol=7&version=10.1.5',
    answersPings: true,
    pong: null,
    ping: [OPCODE.ping, ''],
  },
  // Java-WebSocket answers Ping frames; what has no data ends the thread, and with it an Android app.
  'pusher-websocket-java': {
    query: 'client=java-client&protocol=5&version=2.4.4',
    answersPings: true,
    pong: null,
    ping: [OPCODE.text, '{"event":"pusher:ping"}'],
  },
  // Reads params["data"] of every message.
  Pysher: {
    query: 'client=Pysher&version=1.0.8&protocol=6',
    answersPings: true,
    pong: '{"event": "pusher:pong", "data": ""}',
    ping: [OPCODE.text, '{"event": "pusher:ping", "data": ""}'],
  },
  'a client of messages alone': {
    query: 'protocol=7',
    answersPings: false,
    pong: '{"event":"pusher:pong","data":{}}',
    ping: [OPCODE.text, '{"event":"pusher:ping","data":{}}'],
  },
};

/** One of them, connected and subscribed to `channel`. `heard` has what came, by name. */
export class OtherClient {
  heard = new Inbox('what the client heard');
  #library;
  #socket;
  #silence = null;
  #activitySeconds = 0;

  constructor(library, socket) {
    this.#library = library;
    this.#socket = socket;
  }

  static async connect(env, library, channel, { pingsAfterSilence = false } = {}) {
    const { hostname, port } = new URL(env.WS_URL);
    const socket = new RawSocket({ host: hostname, port: Number(port) });
    const client = new OtherClient(library, socket);
    const head = await socket.upgrade(
      `/app/${env.APP_KEY}?${library.query}`,
      'dGhlIHNhbXBsZSBub25jZQ==',
    );
    if (!/^HTTP\/1\.1 101 /.test(head)) throw new Error(`no upgrade: ${head}`);
    client.#listen();
    const greeting = await client.heard.next(
      ({ event }) => event === 'pusher:connection_established',
      'the greeting',
    );
    if (pingsAfterSilence) client.#activitySeconds = JSON.parse(greeting.data).activity_timeout;
    client.#send(
      OPCODE.text,
      JSON.stringify({ event: 'pusher:subscribe', data: { channel } }),
    );
    await client.hears('pusher_internal:subscription_succeeded');
    return client;
  }

  /** The next message with this event name, or the next frame: `<ping>`, `<pong>`. */
  hears(event) {
    return this.heard.next((message) => message.event === event, event);
  }

  end() {
    clearTimeout(this.#silence);
    this.#socket.destroy();
  }

  async #listen() {
    try {
      for (;;) this.#handle(await this.#socket.frames.next());
    } catch (error) {
      this.heard.end(error);
    }
  }

  #handle({ opcode, payload }) {
    this.#waitForSilence();
    if (opcode === OPCODE.close) throw new Error(`closed with ${payload.readUInt16BE(0)}`);
    if (opcode === OPCODE.pong) return this.heard.push({ event: '<pong>' });
    if (opcode === OPCODE.ping) {
      if (this.#library.answersPings) this.#send(OPCODE.pong, payload);
      return this.heard.push({ event: '<ping>' });
    }
    const message = JSON.parse(payload);
    if (!('data' in message)) throw new Error(`the client dies of ${payload}`);
    if (message.event === 'pusher:ping' && this.#library.pong)
      this.#send(OPCODE.text, this.#library.pong);
    return this.heard.push(message);
  }

  #waitForSilence() {
    clearTimeout(this.#silence);
    if (this.#activitySeconds === 0) return;
    this.#silence = setTimeout(() => {
      this.#send(...this.#library.ping);
      this.#waitForSilence();
    }, this.#activitySeconds * 1000);
  }

  #send(opcode, payload) {
    this.#socket.sendFrame(opcode, payload);
  }
}
