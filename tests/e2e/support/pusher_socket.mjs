import WebSocket from 'ws';
import { Inbox, within } from './inbox.mjs';
import { channelAuth } from './signing.mjs';

/** A client that says exactly what it is told, and shows every message as it came. */
export class PusherSocket {
  static #open = new Set();

  /** Another `key` than the stack's, or another `query`, for those who want to be refused. */
  constructor(env, { key = env.APP_KEY, query = 'protocol=7&client=js&version=8.6.0' } = {}) {
    PusherSocket.#open.add(this);
    this.env = env;
    this.inbox = new Inbox('socket');
    this.ws = new WebSocket(`${env.WS_URL}/app/${key}?${query}`);
    this.ws.on('message', (bytes) => this.inbox.push(decode(bytes)));
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => {
        this.inbox.end(new Error(`closed: ${code} ${reason}`));
        PusherSocket.#open.delete(this);
        resolve({ code, reason: reason.toString() });
      });
    });
    this.ws.on('error', (error) => this.inbox.end(error));
  }

  static async connect(env, options) {
    const socket = new PusherSocket(env, options);
    const greeting = await socket.next('pusher:connection_established');
    socket.id = greeting.data.socket_id;
    return socket;
  }

  send(event, data, more = {}) {
    this.ws.send(JSON.stringify({ event, data, ...more }));
  }

  /** The next message with this event name; `where` narrows it down. */
  next(event, where = () => true) {
    return this.inbox.next((message) => message.event === event && where(message), event);
  }

  /** Signs by itself what needs a signature. Returns the confirmation. */
  async join(channel, channelData) {
    const needsAuth = /^(private|presence)-/.test(channel);
    const auth = needsAuth ? channelAuth(this.env, this.id, channel, channelData) : '';
    this.send('pusher:subscribe', { channel, auth, channel_data: channelData });
    return this.next(
      'pusher_internal:subscription_succeeded',
      (message) => message.channel === channel,
    );
  }

  /** The server has dealt with everything sent before. */
  async settled() {
    this.send('pusher:ping', {});
    await this.next('pusher:pong');
  }

  /** Code and reason of the end, whoever ends it. */
  ended() {
    return within(this.closed, 'the socket is closed');
  }

  async close() {
    this.ws.close();
    await this.closed;
  }

  /** For `afterEach`: no test leaves a socket to the next. */
  static closeAll() {
    for (const { ws } of PusherSocket.#open) ws.terminate();
  }
}

/** The message with `data` decoded one level, as pusher-js does. */
function decode(bytes) {
  const message = JSON.parse(bytes.toString());
  if (typeof message.data !== 'string') return message;
  try {
    return { ...message, data: JSON.parse(message.data) };
  } catch {
    return message;
  }
}
