// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeClients, createEcho } from './support/clients.mjs';
import { Inbox } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { channelAuth } from './support/signing.mjs';
import { withStack } from './support/stack.mjs';

const CHANNEL = 'presence-room.1';

withStack('a presence channel', 'nginx', (stack) => {
  afterEach(() => {
    closeClients();
    PusherSocket.closeAll();
  });

  const member = (id, name) => JSON.stringify({ user_id: id, user_info: { name } });

  /** Echo in room.1 as this user, authorised by the application's own code: here, the test's. */
  function enter(id, name) {
    const echo = createEcho(stack.env, null, {
      channelAuthorization: {
        customHandler: ({ socketId, channelName }, answer) =>
          answer(null, {
            auth: channelAuth(stack.env, socketId, channelName, member(id, name)),
            channel_data: member(id, name),
          }),
      },
    });
    const seen = new Inbox(`what ${name} sees`);
    echo
      .join('room.1')
      .here((users) => seen.push({ here: users.map((user) => user.name) }))
      .joining((user) => seen.push({ joining: user.name }))
      .leaving((user) => seen.push({ leaving: user.name }));
    return { echo, seen };
  }

  test('laravel-echo sees who is here, who joins and who leaves', async () => {
    const ana = enter('7', 'Ana');
    assert.deepEqual(await ana.seen.next(), { here: ['Ana'] });

    const beto = enter('8', 'Beto');
    assert.deepEqual(await beto.seen.next(), { here: ['Ana', 'Beto'] });
    assert.deepEqual(await ana.seen.next(), { joining: 'Beto' });

    beto.echo.leave('room.1');
    assert.deepEqual(await ana.seen.next(), { leaving: 'Beto' });
  });

  test('members are users, not tabs', async () => {
    const ana = await PusherSocket.connect(stack.env);
    await ana.join(CHANNEL, member('7', 'Ana'));
    const tabs = [await PusherSocket.connect(stack.env), await PusherSocket.connect(stack.env)];
    for (const tab of tabs) await tab.join(CHANNEL, member('8', 'Beto'));
    const carla = await PusherSocket.connect(stack.env);
    const { data } = await carla.join(CHANNEL, member('9', 'Carla'));

    assert.deepEqual(data.presence.ids, ['7', '8', '9']);
    assert.equal(data.presence.count, 3);
    assert.deepEqual(data.presence.hash, {
      7: { name: 'Ana' },
      8: { name: 'Beto' },
      9: { name: 'Carla' },
    });

    for (const tab of [tabs[0], carla, tabs[1]]) {
      tab.send('pusher:unsubscribe', { channel: CHANNEL });
      await tab.settled();
    }
    await ana.next('pusher_internal:member_removed', (message) => message.data.user_id === '8');
    const news = ana.inbox.all.filter(({ event }) => event.startsWith('pusher_internal:member_'));
    assert.deepEqual(
      news.map(({ event, data: { user_id: id } }) => `${event.split('_').at(-1)} ${id}`),
      ['added 8', 'added 9', 'removed 9', 'removed 8'],
    );
  });

  test('a lost connection leaves, like an unsubscribe', async () => {
    const ana = await PusherSocket.connect(stack.env);
    const beto = await PusherSocket.connect(stack.env);
    await ana.join(CHANNEL, member('7', 'Ana'));
    await beto.join(CHANNEL, member('8', 'Beto'));

    beto.ws.terminate();

    const { data } = await ana.next('pusher_internal:member_removed');
    assert.deepEqual(data, { user_id: '8' });
  });

  const REFUSED = {
    'no channel_data': undefined,
    'a member without user_id': '{"user_info":{"name":"Nobody"}}',
    'an empty user_id': '{"user_id":""}',
    'a user_id that is an object': '{"user_id":{}}',
  };
  for (const [kind, channelData] of Object.entries(REFUSED)) {
    test(`${kind}: 4009, and nobody has joined`, async () => {
      const ana = await PusherSocket.connect(stack.env);
      await ana.join(CHANNEL, member('7', 'Ana'));
      const stranger = await PusherSocket.connect(stack.env);

      stranger.send('pusher:subscribe', {
        channel: CHANNEL,
        auth: channelAuth(stack.env, stranger.id, CHANNEL, channelData),
        channel_data: channelData,
      });
      const { data } = await stranger.next('pusher:error');

      assert.equal(data.code, 4009);
      const carla = await PusherSocket.connect(stack.env);
      const joined = await carla.join(CHANNEL, member('9', 'Carla'));
      assert.deepEqual(joined.data.presence.ids, ['7', '9']);
    });
  }
});
