// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import { until } from './inbox.mjs';
import { PusherSocket } from './pusher_socket.mjs';

/** A key with a resume token, as a page makes one; `ageMs` ago. */
export function tokenFor(ageMs = 0) {
  return `${(Date.now() - ageMs).toString(36)}.${randomBytes(12).toString('base64url')}`;
}

/** The worker is old enough that a page that is made now is known to be younger. */
export const isOlderThanPages = (stack) =>
  until(async () => (await stack.workerStatus()).uptime_seconds >= 2, 'the worker has its age');

export const withToken = (env, token = tokenFor()) => ({
  ...env,
  APP_KEY: `${env.APP_KEY}~${token}`,
  SIGNING_KEY: env.APP_KEY,
});

/**
 * A client that resumes: PusherSocket with a token, which signs with the application's own key and
 * answers the server's pings when told to.
 */
export class ResumingSocket extends PusherSocket {
  static async connect(env, token, options = {}) {
    const socket = new ResumingSocket(env, { ...options, key: `${env.APP_KEY}~${token}` });
    const greeting = await socket.next('pusher:connection_established');
    socket.id = greeting.data.socket_id;
    return socket;
  }

  /** Handles what came: answers the next ping. */
  async acknowledge() {
    await this.next('pusher:ping');
    this.send('pusher:pong', {});
    await this.settled();
  }

  /** What came of the channel: names, and the reason or count of ours. */
  async story(channel) {
    const heard = await this.heard(/^(?!pusher)/);
    return heard
      .filter((message) => message.channel === channel)
      .map(({ event, data }) => {
        if (event === 'pregon:gap') return `gap ${data.reason}`;
        return event === 'pregon:replay' ? `replay ${data.count}` : event;
      });
  }

  /** The connection ends as if the network had: no Close frame. */
  async drop() {
    this.ws.terminate();
    await this.closed;
  }
}
