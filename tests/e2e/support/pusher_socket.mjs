// SPDX-License-Identifier: MIT
import WebSocket from 'ws';
import { Inbox, within } from './inbox.mjs';
import { channelAuth, userAuth } from './signing.mjs';

/** A client that says exactly what it is told, and shows every message as it came. */
export class PusherSocket {
  static #open = new Set();

  /** Every message as it came, undecoded. */
  texts = [];

  /**
   * Another `key` than the stack's, or another `query` or `path`, for those who want to be refused;
   * `unixSocket` leads past the web server, to the worker's own. Without `autoPong` Ping frames are not
   * answered.
   */
  constructor(env, options = {}) {
    const { key = env.APP_KEY, query = 'protocol=7&client=js&version=8.6.0' } = options;
    const { path = `/app/${key}`, headers = {}, unixSocket = null } = options;
    const { autoPong = true } = options;
    PusherSocket.#open.add(this);
    this.env = env;
    this.inbox = new Inbox('socket');
    const server = unixSocket ? `ws+unix:${unixSocket}:` : env.WS_URL;
    this.ws = new WebSocket(`${server}${path}${query && `?${query}`}`, { headers, autoPong });
    this.ws.on('message', (bytes) => {
      this.texts.push(bytes.toString());
      const message = JSON.parse(bytes);
      // Each frame of ours has it: Java's client and Pysher end without (§2.1).
      if ('data' in message) this.inbox.push(decode(message));
      else this.inbox.end(new Error(`a message without data: ${bytes}`));
    });
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

  /** Signs in with this object, or text. Returns the confirmation. */
  async signIn(user) {
    const text = typeof user === 'string' ? user : JSON.stringify(user);
    this.send('pusher:signin', { auth: userAuth(this.env, this.id, text), user_data: text });
    return this.next('pusher:signin_success');
  }

  /** Code and message of the next error. */
  async nextError() {
    return (await this.next('pusher:error')).data;
  }

  /**
   * What came until now and whose event name `matches`, once the server has dealt with everything
   * sent before.
   */
  async heard(matches = /^(?!pusher:(pong|connection_established)$)/) {
    await this.settled();
    return this.inbox.all.filter(({ event }) => matches.test(event));
  }

  /** The server has dealt with everything sent before. */
  async settled() {
    this.send('pusher:ping', {});
    await this.next('pusher:pong');
  }

  /** The error that ends the connection; its Close must say the same. */
  async refused() {
    const { code, message } = await this.nextError();
    const end = await this.ended();
    if (end.code !== code || end.reason !== message)
      throw new Error(`error ${code} ${message}, but Close ${end.code} ${end.reason}`);
    return { code, message };
  }

  /** Code and reason of the end, whoever ends it. */
  ended() {
    return within(this.closed, 'the socket is closed');
  }

  async close() {
    this.ws.close();
    await this.closed;
  }

  /** Like `closeAll`, and the server has seen each of them go. */
  static async leaveAll() {
    await Promise.all([...PusherSocket.#open].map((socket) => socket.close()));
  }

  /** For `afterEach`: no test leaves a socket to the next. */
  static closeAll() {
    for (const { ws } of PusherSocket.#open) ws.terminate();
  }
}

/** The message with `data` decoded one level, as pusher-js does. */
function decode(message) {
  if (typeof message.data !== 'string') return message;
  try {
    return { ...message, data: JSON.parse(message.data) };
  } catch {
    return message;
  }
}
