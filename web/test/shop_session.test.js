// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { DemoConfigError, loadDemoConfig, shopInHash } from '../src/demo_config.js';
import { Preferences } from '../src/preferences.js';
import { ShopSession } from '../src/shop_session.js';
import { FakeClock, FakeEcho, notice, settle } from './fakes.js';

const shop = { name: 'Tienda Uno', user: 'Ana', commerceId: '1', token: '1|abc', deviceId: 'device' };
const answer = (status, body) => ({ status, ok: status < 300, json: async () => body });

describe('ShopSession', () => {
  let echo;
  let clock;
  let session;
  let requests;
  let arrivals;
  let postAnswer;

  beforeEach(async () => {
    echo = new FakeEcho();
    clock = new FakeClock();
    requests = [];
    arrivals = [];
    postAnswer = answer(201, { notification: {} });
    const fetch = async (url, options) => {
      requests.push({ url, ...options });
      return options.method === 'POST' ? postAnswer : answer(200, { data: [notice(1)] });
    };
    session = new ShopSession({ shop, createEcho: () => echo, fetch, clock });
    session.onLive = (payment, arrival) => arrivals.push({ id: payment.id, ...arrival });
    session.start();
    echo.become('connected');
    echo.emit('subscribed');
    await settle();
  });

  const press = () => session.simulator.press((number) => `Cliente de prueba ${number}`);

  it('sends the bearer token and asks for JSON', () => {
    assert.equal(requests[0].url, '/api/notifications?per_page=50');
    assert.equal(requests[0].headers.Authorization, 'Bearer 1|abc');
    assert.equal(requests[0].headers.Accept, 'application/json');
  });

  it('announces a live payment once, however often it is delivered', () => {
    echo.emit('notification.created', notice(2));
    echo.emit('notification.created', notice(2));
    assert.deepEqual(arrivals.map(({ isNew }) => isNew), [true, false]);
    assert.equal(session.today().count, 2);
  });

  it('shows what was missed together, and asks the server for nothing', async () => {
    const fetched = [];
    session.onFetched = (payments, how) => fetched.push([payments.map(({ id }) => id), how.isFirst]);
    const asked = requests.length;
    echo.become('connecting');
    echo.become('connected');
    echo.emit('subscribed');
    echo.emit('pregon:replay', { count: 3 });
    for (const id of [1, 2, 3]) echo.emit('notification.created', notice(id));
    assert.deepEqual(fetched, [[[2, 3], false]]); // 1 was there
    assert.deepEqual(arrivals, []);
    echo.emit('notification.created', notice(4));
    assert.deepEqual(arrivals.map(({ id }) => id), [4]);
    assert.equal(requests.length, asked);
  });

  it('shows what was missed when not all of it were payments', async () => {
    const fetched = [];
    session.onFetched = (payments) => fetched.push(payments.map(({ id }) => id));
    echo.emit('pregon:replay', { count: 5 });
    echo.emit('notification.created', notice(2));
    await clock.pass(1000);
    assert.deepEqual(fetched, [[2]]);
  });

  it('fetches what the server cannot send again', async () => {
    echo.emit('pregon:gap', { reason: 'evicted' });
    await settle();
    assert.match(requests.at(-1).url, /after_id=1/);
  });

  it('does not announce a payment that was fetched before', () => {
    echo.emit('notification.created', notice(1));
    assert.equal(arrivals[0].isNew, false);
  });

  it('posts what the phone would, each press with its own text', async () => {
    const first = await press();
    const second = await press();
    const sent = JSON.parse(requests[1].body);
    assert.deepEqual(sent, first);
    assert.equal(sent.device_id, 'device');
    assert.equal(sent.payer_name, 'Cliente de prueba 1');
    assert.match(sent.body, /! Cliente de prueba 1 te envió un pago por S\/ \d+\.\d\d\. Cód\. \d+$/);
    assert.ok(sent.amount >= 1 && sent.amount <= 250);
    assert.notEqual(first.body, second.body);
  });

  it('shows a simulated payment only by its live event, and measures the way', async () => {
    const posted = await press();
    assert.equal(session.book.size, 1);
    await clock.pass(143);
    echo.emit('notification.created', notice(2, { body: posted.body }));
    assert.deepEqual(arrivals, [{ id: 2, isNew: true, latency: 143 }]);
    assert.equal(session.latencies.get(2), 143);
  });

  it('reports the status and message of a failed press', async () => {
    postAnswer = answer(422, { message: 'device_id' });
    await assert.rejects(press(), { status: 422, message: 'device_id' });
    assert.equal(session.simulator.isWaiting, false);
  });

  it('remembers until when the screen was live', async () => {
    const before = clock.now();
    echo.become('connecting');
    await clock.pass(5000);
    assert.equal(session.liveUntil, before);
  });
});

describe('loadDemoConfig', () => {
  const load = (result) => loadDemoConfig(async () => result);
  const reason = (expected) => (error) => error instanceof DemoConfigError && error.reason === expected;

  it('returns the configuration', async () => {
    const config = { appKey: 'key', wsPath: '', shops: [shop] };
    assert.deepEqual(await load(answer(200, config)), config);
  });

  it('tells what is wrong', async () => {
    await assert.rejects(load(answer(404, {})), reason('missing'));
    await assert.rejects(load(answer(200, null)), reason('invalid'));
    await assert.rejects(load(answer(200, { appKey: 'key', shops: [] })), reason('empty'));
    await assert.rejects(load(answer(200, { appKey: 'key', shops: [{ name: 'x' }] })), reason('invalid'));
    const unreachable = async () => {
      throw new TypeError('fetch failed');
    };
    await assert.rejects(loadDemoConfig(unreachable), reason('unreachable'));
  });

  it('finds the shop in the hash', () => {
    assert.equal(shopInHash('#shop=2'), 2);
    assert.equal(shopInHash('#shop=x'), null);
    assert.equal(shopInHash(''), null);
  });
});

describe('Preferences', () => {
  const storage = () => {
    const values = new Map();
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => values.set(key, value),
      removeItem: (key) => values.delete(key),
    };
  };
  const preferences = (browserLanguages, local = storage()) => {
    const session = storage();
    return new Preferences({ local: () => local, session: () => session, browserLanguages });
  };

  it('take the first known language of the browser, else Spanish', () => {
    assert.equal(preferences(['qu-PE', 'en-US', 'es-PE']).language, 'en');
    assert.equal(preferences(['fr-FR']).language, 'es');
  });

  it('remember what was chosen', () => {
    const chosen = preferences(['en-US']);
    chosen.language = 'es';
    chosen.soundOn = true;
    chosen.shop = 2;
    assert.deepEqual([chosen.language, chosen.soundOn, chosen.shop], ['es', true, 2]);
    chosen.shop = null;
    assert.equal(chosen.shop, null);
  });

  it('work without storage', () => {
    const denied = () => {
      throw new Error('denied');
    };
    const forgetful = new Preferences({ local: denied, session: denied, browserLanguages: ['es'] });
    forgetful.soundOn = true;
    assert.equal(forgetful.soundOn, false);
  });
});
