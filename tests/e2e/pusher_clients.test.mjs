// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeClients, connectPusher, publisher, subscribe } from './support/clients.mjs';
import { behindEachFront } from './support/stack.mjs';

const EVENT_LIMIT = 10240;

behindEachFront('pusher-js and the pusher SDK', (stack) => {
  afterEach(closeClients);

  /** Everything of the application's that came before the event `marker`. */
  async function receivedBefore(inbox, marker) {
    await inbox.next(({ event }) => event === marker, marker);
    return inbox.all.filter(({ event }) => !event.startsWith('pusher:') && event !== marker);
  }

  test('events of a public channel arrive once and in order', async () => {
    const sdk = publisher(stack.env);
    const inbox = await subscribe(await connectPusher(stack.env), 'news');

    for (let number = 0; number < 25; number++) await sdk.trigger('news', 'counted', { number });
    await sdk.trigger('news', 'end', {});

    const numbers = (await receivedBefore(inbox, 'end')).map(({ data }) => data.number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 25 }, (_, number) => number),
    );
  });

  test('a private channel is joined with a bearer token', async () => {
    const { COMMERCE_A, TOKEN_A } = stack.env;
    const inbox = await subscribe(
      await connectPusher(stack.env, TOKEN_A),
      `private-commerce.${COMMERCE_A}`,
    );

    await publisher(stack.env).trigger(`private-commerce.${COMMERCE_A}`, 'App\\Events\\Paid', {
      id: 42,
    });

    const { data } = await inbox.next(({ event }) => event === 'App\\Events\\Paid');
    assert.deepEqual(data, { id: 42 });
  });

  test('one call reaches several channels, one message each', async () => {
    const sdk = publisher(stack.env);
    const pusher = await connectPusher(stack.env);
    const inboxes = [];
    for (const name of ['red', 'green', 'blue']) inboxes.push(await subscribe(pusher, name));

    await sdk.trigger(['red', 'green', 'blue'], 'tick', { n: 1 });
    await sdk.trigger(['red', 'green', 'blue'], 'end', {});

    for (const inbox of inboxes) {
      assert.deepEqual(await receivedBefore(inbox, 'end'), [{ event: 'tick', data: { n: 1 } }]);
    }
  });

  test('the socket named by socket_id is left out, the others are not', async () => {
    const sdk = publisher(stack.env);
    const sender = await connectPusher(stack.env);
    const senderInbox = await subscribe(sender, 'desk');
    const otherInbox = await subscribe(await connectPusher(stack.env), 'desk');

    await sdk.trigger('desk', 'moved', { x: 1 }, { socket_id: sender.connection.socket_id });
    await sdk.trigger('desk', 'end', {});

    assert.deepEqual(await receivedBefore(senderInbox, 'end'), []);
    assert.deepEqual(await receivedBefore(otherInbox, 'end'), [{ event: 'moved', data: { x: 1 } }]);
  });

  const INTACT = {
    'words of many scripts': 'Año ñandú — Κόσμε 漢字 עברית',
    emoji: '💸 👩‍👩‍👧‍👦 🇵🇪',
    'control characters and quotes': 'tab\t line\n quote " backslash \\ nul \u0000 del \u007f',
    'line separators': 'a\u2028b\u2029c',
    markup: '</script><b>&amp;</b>',
    'text that looks like JSON': '{"a":[1,2,{"b":null}]} trailing',
    'an empty string': '',
  };
  for (const [kind, value] of Object.entries(INTACT)) {
    test(`data arrives intact: ${kind}`, async () => {
      const inbox = await subscribe(await connectPusher(stack.env), 'intact');

      await publisher(stack.env).trigger('intact', 'sent', { value });

      const { data } = await inbox.next(({ event }) => event === 'sent');
      assert.deepEqual(data, { value });
    });
  }

  test('data arrives byte for byte: large integers, order of keys, spaces', async () => {
    const raw =
      '{"z":9007199254740993, "a":1.0,"10":-0,"big":123456789012345678901234567890,"e":1E400} ,';
    const inbox = await subscribe(await connectPusher(stack.env), 'verbatim');

    // Not JSON as a whole, so that pusher-js hands it over as the string that it is.
    await publisher(stack.env).trigger('verbatim', 'sent', raw);

    const { data } = await inbox.next(({ event }) => event === 'sent');
    assert.equal(data, raw);
  });

  test('10 240 bytes of data pass, one more is refused with 413 and reaches nobody', async () => {
    const sdk = publisher(stack.env);
    const inbox = await subscribe(await connectPusher(stack.env), 'large');
    const largest = 'ñ'.repeat(EVENT_LIMIT / 2);

    await sdk.trigger('large', 'largest', largest);
    await assert.rejects(sdk.trigger('large', 'too-large', `${largest}.`), { status: 413 });
    await sdk.trigger('large', 'end', {});

    assert.deepEqual(await receivedBefore(inbox, 'end'), [{ event: 'largest', data: largest }]);
  });
});
