// SPDX-License-Identifier: MIT

// REVERB_SERVER_PATH: every route below a prefix, through the web server's own files.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeClients, connectPusher, publisher, subscribe } from './support/clients.mjs';
import { request } from './support/request.mjs';
import { askApi } from './support/signed_request.mjs';
import { behindEachFront } from './support/stack.mjs';

const PREFIX = '/ws';
const EVENT = JSON.stringify({ name: 'made', channel: 'news', data: '{}' });

behindEachFront(
  `REVERB_SERVER_PATH=${PREFIX}`,
  (stack) => {
    afterEach(closeClients);

    const below = { wsPath: PREFIX };

    /** The `pusher` package has no option for a path: it goes behind host and port. */
    function publisherBelow() {
      const { host } = new URL(stack.env.HTTP_URL);
      return publisher(stack.env, { host: host + PREFIX, port: undefined });
    }

    test('pusher-js with wsPath gets what the pusher SDK publishes below the prefix', async () => {
      const inbox = await subscribe(await connectPusher(stack.env, null, below), 'news');

      await publisherBelow().trigger('news', 'made', { n: 1 });

      const { data } = await inbox.next(({ event }) => event === 'made');
      assert.deepEqual(data, { n: 1 });
    });

    test('with the prefix and without it are the same channels', async () => {
      const inboxes = [
        await subscribe(await connectPusher(stack.env, null, below), 'news'),
        await subscribe(await connectPusher(stack.env), 'news'),
      ];

      await publisherBelow().trigger('news', 'below', {});
      await publisher(stack.env).trigger('news', 'beside', {});

      for (const inbox of inboxes) {
        for (const name of ['below', 'beside']) await inbox.next(({ event }) => event === name);
      }
    });

    test('a private channel is authorized below the prefix', async () => {
      const { COMMERCE_A, HTTP_URL, TOKEN_A } = stack.env;
      const pusher = await connectPusher(stack.env, TOKEN_A, {
        ...below,
        authEndpoint: `${HTTP_URL}${PREFIX}/api/broadcasting/auth`,
      });
      const inbox = await subscribe(pusher, `private-commerce.${COMMERCE_A}`);

      await publisherBelow().trigger(`private-commerce.${COMMERCE_A}`, 'paid', {});

      await inbox.next(({ event }) => event === 'paid');
    });

    test('the signature may cover the path with the prefix or without it, no other', async () => {
      const path = `/apps/${stack.env.APP_ID}/events`;
      const post = (signedPath) =>
        askApi(stack.env, 'POST', '/events', { body: EVENT, prefix: PREFIX, signedPath });

      assert.equal((await post(path)).status, 200);
      assert.equal((await post(PREFIX + path)).status, 200);
      const { status, text } = await post(PREFIX + PREFIX + path);
      assert.deepEqual([status, text], [401, 'Authentication signature invalid.']);
    });

    test('questions, health and payments work below the prefix', async () => {
      const { status, body } = await askApi(stack.env, 'GET', '/channels', { prefix: PREFIX });
      assert.deepEqual([status, body], [200, { channels: {} }]);
      assert.deepEqual((await request(stack.env, `${PREFIX}/up`)).body, { health: 'OK' });
      const headers = { Authorization: `Bearer ${stack.env.TOKEN_A}` };
      const list = await request(stack.env, `${PREFIX}/api/notifications`, { headers });
      assert.equal(list.status, 200);
    });

    test('what only looks like the prefix is not passed on', async () => {
      for (const path of ['/wsx/up', `${PREFIX}up`])
        assert.equal((await request(stack.env, path)).status, 404, path);
    });
  },
  { settings: { REVERB_SERVER_PATH: `${PREFIX}/` } },
);
