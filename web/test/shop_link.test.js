// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ShopLink } from '../src/live/shop_link.js';
import { FakeClock, FakeEcho } from './fakes.js';

let echo;
let clock;
let link;
let states;
let subscriptions;
let payments;

beforeEach(() => {
  echo = new FakeEcho();
  clock = new FakeClock();
  states = [];
  subscriptions = 0;
  payments = [];
  link = new ShopLink({
    createEcho: () => echo,
    commerceId: '1',
    clock,
    onState: ({ state }) => states.push(state),
    onSubscribed: () => {
      subscriptions += 1;
    },
    onPayment: (payment) => payments.push(payment.id),
    onReplay: (count) => payments.push(`replay ${count}`),
    onGap: () => payments.push('gap'),
  });
  link.start();
});

function goLive() {
  echo.become('connected');
  echo.emit('subscribed');
}

describe('ShopLink', () => {
  it('is live only when connected and subscribed', () => {
    assert.equal(link.current.state, 'connecting');
    echo.become('connected');
    assert.equal(link.current.state, 'connecting');
    echo.emit('subscribed');
    assert.equal(link.current.state, 'live');
    assert.equal(subscriptions, 1);
  });

  it('hands on live events', () => {
    goLive();
    echo.emit('notification.created', { id: 7 });
    assert.deepEqual(payments, [7]);
  });

  it('hands on what the server says of missed events', () => {
    goLive();
    echo.emit('pregon:replay', { count: 3 });
    echo.emit('pregon:gap', { reason: 'evicted' });
    assert.deepEqual(payments, ['replay 3', 'gap']);
  });

  it('is lost as soon as the socket closes, before pusher-js says so', () => {
    goLive();
    echo.connection.emit('connecting_in', 1);
    assert.equal(link.current.state, 'lost');
  });

  it('is live again only after the subscription is confirmed again', () => {
    goLive();
    echo.become('connecting');
    echo.become('connected');
    assert.equal(link.current.state, 'lost');
    echo.emit('subscribed');
    assert.equal(link.current.state, 'live');
    assert.equal(subscriptions, 2);
  });

  it('is lost when no connection can be made', () => {
    echo.become('unavailable');
    assert.equal(link.current.state, 'lost');
  });

  it('joins again with growing pauses after a failed authorization', async () => {
    echo.become('connected');
    for (const pause of [1000, 2000, 4000, 8000, 15000, 15000]) {
      const joins = echo.joins;
      echo.emit('error', { status: 503 });
      assert.equal(link.current.state, 'lost');
      await clock.pass(pause - 1);
      assert.equal(echo.joins, joins);
      await clock.pass(1);
      assert.equal(echo.joins, joins + 1);
    }
    echo.emit('subscribed');
    assert.equal(link.current.state, 'live');
  });

  it('starts with short pauses again after success', async () => {
    echo.become('connected');
    echo.emit('error', { status: 0 });
    await clock.pass(1000);
    echo.emit('subscribed');
    echo.become('connecting');
    echo.become('connected');
    echo.emit('error', { status: 500 });
    await clock.pass(1000);
    assert.equal(echo.joins, 3);
  });

  for (const status of [401, 403]) {
    it(`gives up for good on ${status}`, async () => {
      echo.become('connected');
      echo.emit('error', { status });
      assert.deepEqual(link.current, { state: 'refused', reason: 'access', code: status });
      await clock.pass(600000);
      assert.equal(echo.joins, 1);
      assert.equal(echo.isDisconnected, true);
    });
  }

  it('tells the code when the server refuses the application', () => {
    echo.connection.emit('error', { error: { data: { code: 4001 } } });
    echo.become('disconnected');
    assert.deepEqual(link.current, { state: 'refused', reason: 'server', code: 4001 });
  });

  it('ignores a late authorization error of an earlier socket', () => {
    goLive();
    echo.emit('error', { status: 503 });
    assert.equal(link.current.state, 'live');
  });

  it('opens a new socket when a subscription gets no answer', async () => {
    echo.become('connected');
    await clock.pass(15000);
    assert.equal(echo.socketsOpened, 1);
    assert.equal(link.current.state, 'lost');
    goLive();
    assert.equal(link.current.state, 'live');
  });

  it('stays live after waking up when the server answers at once', async () => {
    goLive();
    link.verify();
    echo.connection.emit('message', { event: 'pusher:pong' });
    await clock.pass(60000);
    assert.equal(echo.pings, 1);
    assert.deepEqual(states.slice(-1), ['live']);
    assert.equal(echo.socketsOpened, 0);
  });

  it('doubts, then replaces the socket when it is dead after waking up', async () => {
    goLive();
    link.verify();
    await clock.pass(400);
    assert.deepEqual(link.current, { state: 'connecting', reason: 'checking', code: null });
    await clock.pass(4600);
    assert.equal(echo.socketsOpened, 1);
    assert.equal(link.current.state, 'lost');
  });

  it('says nothing more after it was stopped', () => {
    goLive();
    link.stop();
    const count = states.length;
    echo.emit('notification.created', { id: 8 });
    echo.become('connecting');
    assert.equal(states.length, count);
    assert.deepEqual(payments, []);
  });
});
