// SPDX-License-Identifier: MIT
import { connectPusher } from '../support/clients.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { tokenFor } from '../support/recovery.mjs';
import { request } from '../support/request.mjs';
import { pause } from './random.mjs';

const PAGE = 100;
const RETRY_MS = 100;

/**
 * A screen of a shop, which sees every notice: those that it hears live, and after each subscription
 * those that it missed, by after_id, as the demo page fetches them. How it connects is its heirs'
 * business.
 */
class Dashboard {
  /** Ids in the order in which they were heard, with repeats. */
  live = [];
  fetched = new Set();
  foreign = [];
  subscriptions = 0;
  reloads = 0;
  isClosing = false;
  /** Every notice up to this id has been seen. */
  #through;
  #isCaughtUp = false;
  #wasCaughtUp = false;
  #heardBefore = 0;
  #visit = 0; // another one with each connection: a late answer belongs to its own

  constructor(env, { name, token, commerceId, after }) {
    Object.assign(this, { env, name, token, commerceId });
    this.channel = `private-commerce.${commerceId}`;
    this.#through = after;
  }

  hasSeen(id) {
    return this.fetched.has(id) || this.live.includes(id);
  }

  /** Ids that came after a higher one for the first time. */
  misplaced() {
    let highest = 0;
    const seen = new Set();
    return this.live.filter((id) => {
      // What it fetched was committed before: what comes of it later is a repeat to the channel.
      const isLate = Number(id) < highest && !seen.has(id) && !this.fetched.has(id);
      seen.add(id);
      highest = Math.max(highest, Number(id));
      return isLate;
    });
  }

  heard(payment) {
    this.live.push(String(payment.id));
    if (String(payment.commerce_id) !== this.commerceId) this.foreign.push(payment.id);
    if (this.#isCaughtUp) this.#advance(payment.id);
  }

  /** The connection is gone: what is heard from now on says nothing about what came before. */
  lost() {
    this.#visit += 1;
    this.#wasCaughtUp ||= this.#isCaughtUp;
    this.#isCaughtUp = false;
    this.#heardBefore = this.live.length;
  }

  /** Subscribed again: the server sends what was missed, or tells a gap. */
  resumed() {
    if (!this.#wasCaughtUp) return this.subscribed();
    this.subscriptions += 1;
    this.#visit += 1;
    this.#isCaughtUp = true;
  }

  async subscribed() {
    this.subscriptions += 1;
    this.#wasCaughtUp = false;
    this.#isCaughtUp = false;
    const visit = ++this.#visit;
    while (visit === this.#visit && !this.isClosing) {
      const rows = await this.#page();
      if (rows === null) {
        await pause(RETRY_MS);
        continue;
      }
      for (const { id } of rows) {
        this.fetched.add(String(id));
        this.#advance(id);
      }
      if (rows.length === PAGE) continue;
      if (visit !== this.#visit) return;
      this.#isCaughtUp = true;
      for (const id of this.live.slice(this.#heardBefore)) this.#advance(Number(id));
      return;
    }
  }

  #advance(id) {
    this.#through = Math.max(this.#through, id);
  }

  async #page() {
    try {
      const { status, body } = await request(
        this.env,
        `/api/notifications?after_id=${this.#through}&per_page=${PAGE}`,
        { headers: { Accept: 'application/json', Authorization: `Bearer ${this.token}` } },
      );
      return status === 200 ? body.data : null;
    } catch {
      return null;
    }
  }
}

/** An unmodified pusher-js, with the responder's auth; what it does not repeat by itself is that. */
export class PusherDashboard extends Dashboard {
  get key() {
    return this.env.APP_KEY;
  }

  async open() {
    this.pusher = await connectPusher({ ...this.env, APP_KEY: this.key }, this.token);
    this.pusher.connection.bind('state_change', ({ current }) => {
      if (current !== 'connected') this.lost();
    });
    this.pusher.connection.bind('failed', () => this.#reload()); // it gave up for good
    this.#join();
  }

  async #reload() {
    this.reloads += 1;
    this.pusher.disconnect();
    while (!this.isClosing) {
      try {
        await this.open();
        return;
      } catch {
        await pause(RETRY_MS);
      }
    }
  }

  #join() {
    const channel = this.pusher.subscribe(this.channel);
    channel.bind('notification.created', (payment) => this.heard(payment));
    channel.bind('pusher:subscription_succeeded', () => this.confirmed());
    channel.bind('pregon:gap', () => this.told());
    channel.bind('pusher:subscription_error', async () => {
      channel.unbind();
      this.pusher.unsubscribe(this.channel);
      await pause(RETRY_MS);
      if (!this.isClosing) this.#join();
    });
  }

  confirmed() {
    return this.subscribed();
  }

  told() {}

  close() {
    this.isClosing = true;
    this.pusher.disconnect();
  }
}

/** The same with a resume token: it asks for what it missed only when it is told of a gap. */
export class ResumingDashboard extends PusherDashboard {
  gaps = 0;
  #token = tokenFor();

  get key() {
    return `${this.env.APP_KEY}~${this.#token}`;
  }

  confirmed() {
    return this.resumed();
  }

  told() {
    this.gaps += 1;
    this.subscriptions -= 1; // it counts once
    return this.subscribed();
  }
}

/** A bare socket that comes back as soon as it can, and signs by itself. */
export class SocketDashboard extends Dashboard {
  async open() {
    await this.#visit();
    this.loop = this.#comeBack();
  }

  async #comeBack() {
    while (!this.isClosing) {
      await this.socket.closed;
      this.lost();
      await pause(RETRY_MS);
      if (!this.isClosing) await this.#visit().catch(() => {});
    }
  }

  async #visit() {
    this.socket = new PusherSocket(this.env);
    const { data } = await this.socket.next('pusher:connection_established');
    this.socket.id = data.socket_id;
    this.socket.ws.on('message', (bytes) => {
      const message = JSON.parse(bytes.toString());
      if (message.event === 'notification.created') this.heard(JSON.parse(message.data));
    });
    await this.socket.join(this.channel);
    this.subscribed();
  }

  close() {
    this.isClosing = true;
    this.socket.ws.terminate();
  }
}
