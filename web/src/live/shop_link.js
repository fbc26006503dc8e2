// SPDX-License-Identifier: MIT
import { Backoff } from './backoff.js';

/** A subscription that got no answer at all after this long: open a new socket. */
const SUBSCRIBE_TIMEOUT_MS = 15000;
/** After waking up: how long the server may take to answer before we doubt, and before we give up. */
const DOUBT_MS = 400;
const GIVE_UP_MS = 5000;

const FINAL_AUTH_STATUS = new Set([401, 403]);

/**
 * The live connection of one shop: socket plus subscription to its private channel.
 *
 * `onState` gets {state, reason, code}. `state` is
 *   connecting  not live yet
 *   live        socket connected and subscription confirmed; only then may the screen be trusted
 *   lost        not live, we or pusher-js keep trying
 *   refused     final: access refused, or the server refused the application
 * `onSubscribed` is called after each confirmed subscription, `onPayment` for each event. After a
 * loss the server sends what was missed: `onReplay(count)` comes before such events; `onGap` says
 * that there are some that it cannot send.
 * pusher-js reconnects sockets by itself; what it does not repeat is a failed authorization.
 */
export class ShopLink {
  #echo = null;
  #channel = null;
  #backoff = new Backoff();
  #timers = new Map();
  #wasLive = false;
  #subscribed = false;
  #closing = false;
  #lastErrorCode = null;
  #current = { state: 'connecting', reason: 'start', code: null };

  constructor({ createEcho, commerceId, clock, onState, onSubscribed, onPayment, onReplay, onGap }) {
    this.createEcho = createEcho;
    this.channelName = `commerce.${commerceId}`;
    this.clock = clock;
    this.onState = onState;
    this.onSubscribed = onSubscribed;
    this.onPayment = onPayment;
    this.onReplay = onReplay;
    this.onGap = onGap;
  }

  get current() {
    return this.#current;
  }

  start() {
    this.#echo = this.createEcho();
    const connection = this.#connection();
    connection.bind('state_change', ({ current }) => this.#connectionChanged(current));
    // pusher-js goes on saying "connected" until its retry begins: this event comes at once.
    connection.bind('connecting_in', () => this.#down('network'));
    connection.bind('error', (error) => this.#rememberError(error));
    connection.bind('message', () => this.#heard());
    this.#join();
    this.#connectionChanged(connection.state);
  }

  /** Ends the connection for good (sign-out, final refusal). */
  stop() {
    this.#closing = true;
    this.#clearTimers();
    this.#leave();
    this.#echo?.disconnect();
  }

  /** The page was asleep: ask the server for a sign of life, and replace a socket that gives none. */
  verify() {
    if (this.#current.state !== 'live' || this.#timers.has('giveUp')) return;
    this.#connection().send_event('pusher:ping', {});
    this.#after('doubt', DOUBT_MS, () => this.#set('connecting', 'checking'));
    this.#after('giveUp', GIVE_UP_MS, () => this.#reopenSocket());
  }

  #connection() {
    return this.#echo.connector.pusher.connection;
  }

  #join() {
    const channel = this.#echo.private(this.channelName);
    this.#channel = channel;
    const ifCurrent = (handle) => (data) => {
      if (channel === this.#channel && !this.#closing) handle(data);
    };
    channel
      .listen('.notification.created', ifCurrent((payment) => this.onPayment(payment)))
      .listen('.pregon:replay', ifCurrent(({ count }) => this.onReplay(count)))
      .listen('.pregon:gap', ifCurrent(() => this.onGap()))
      .subscribed(ifCurrent(() => this.#live()))
      .error(ifCurrent((error) => this.#authFailed(error)));
  }

  #leave() {
    if (!this.#channel) return;
    // pusher-js may hand the same channel object out again: without this, listeners would pile up.
    this.#channel.subscription.unbind();
    this.#channel = null;
    this.#echo.leaveChannel(`private-${this.channelName}`);
  }

  #connectionChanged(state) {
    if (this.#closing) return;
    if (state === 'connected') return this.#awaitSubscription();
    if (state === 'connecting') return this.#down('network');
    if (state === 'unavailable') return this.#down('unavailable');
    if (state === 'disconnected') return this.#refuse('server', this.#lastErrorCode);
    if (state === 'failed') return this.#refuse('unsupported', null);
  }

  #awaitSubscription() {
    this.#lastErrorCode = null;
    this.#after('subscribe', SUBSCRIBE_TIMEOUT_MS, () => this.#reopenSocket());
  }

  #live() {
    this.#clearTimers();
    this.#backoff.reset();
    this.#wasLive = true;
    this.#subscribed = true;
    this.#set('live', null);
    this.onSubscribed();
  }

  #heard() {
    if (!this.#timers.has('giveUp')) return;
    this.#cancel('doubt');
    this.#cancel('giveUp');
    if (this.#subscribed) this.#set('live', null);
  }

  #down(reason) {
    if (this.#closing) return;
    this.#subscribed = false;
    this.#clearTimers();
    const beganWell = !this.#wasLive && reason === 'network' && this.#current.state === 'connecting';
    this.#set(beganWell ? 'connecting' : 'lost', reason, this.#lastErrorCode);
  }

  #authFailed(error) {
    // A late answer to an authorization of the previous socket says nothing about this one.
    if (this.#subscribed) return;
    const status = Number(error?.status) || 0;
    if (FINAL_AUTH_STATUS.has(status)) return this.#refuse('access', status);
    this.#cancel('subscribe');
    this.#set('lost', 'authorization', status || null);
    this.#after('rejoin', this.#backoff.next(), () => this.#rejoin());
  }

  #rejoin() {
    this.#leave();
    this.#join();
    this.#after('subscribe', SUBSCRIBE_TIMEOUT_MS, () => this.#reopenSocket());
  }

  #reopenSocket() {
    this.#down('silent');
    this.#closing = true; // the "disconnected" that follows is our own
    this.#echo.connector.pusher.disconnect();
    this.#closing = false;
    this.#echo.connector.pusher.connect();
  }

  #refuse(reason, code) {
    this.stop();
    this.#subscribed = false;
    this.#set('refused', reason, code);
  }

  #rememberError(error) {
    const data = error?.error?.data ?? error?.data;
    if (data?.code) this.#lastErrorCode = data.code;
  }

  #set(state, reason, code = null) {
    const { state: oldState, reason: oldReason, code: oldCode } = this.#current;
    if (state === oldState && reason === oldReason && code === oldCode) return;
    this.#current = { state, reason, code };
    this.onState(this.#current);
  }

  #after(name, ms, callback) {
    this.#cancel(name);
    const run = () => {
      this.#timers.delete(name);
      callback();
    };
    this.#timers.set(name, this.clock.setTimeout(run, ms));
  }

  #cancel(name) {
    if (!this.#timers.has(name)) return;
    this.clock.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #clearTimers() {
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
  }
}
