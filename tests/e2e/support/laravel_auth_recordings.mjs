// SPDX-License-Identifier: MIT

// What Laravel 11.47 with Sanctum 4.2.1 answered at POST /api/broadcasting/auth, middleware
// [api, auth:sanctum], with the key app-key and the secret app-secret; the user has commerce 1.
// `ours` stands where Pregón answers otherwise; docs/differences.md says why, under the same title.

const FORM = 'application/x-www-form-urlencoded';
const OWN = 'socket_id=1234.5678&channel_name=private-commerce.1';
const SIGNED = {
  auth: 'app-key:0e64084b6e4f08c62f3dbf2bb4b4bef0493f65dc8028869183d2c54b61e4654e',
};
const EMPTY_MESSAGE = { message: '' };
const FORBIDDEN = { message: 'Forbidden.' };
const UNAUTHENTICATED = { message: 'Unauthenticated.' };
const MULTIPART = ['socket_id', '1234.5678', 'channel_name', 'private-commerce.1'];

const channel = (name) => `socket_id=1234.5678&channel_name=private-commerce.${name}`;
const part = (name, value) =>
  `--X\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

/** `token` names one of the test's tokens: own by default; null sends none. */
const recorded = (title, status, body, more = {}) => ({
  title,
  laravel: { status, body },
  method: 'POST',
  path: '/api/broadcasting/auth',
  type: FORM,
  send: OWN,
  token: 'own',
  headers: { Accept: 'application/json' },
  ...more,
});

export const RECORDINGS = [
  recorded('a form', 200, SIGNED),
  recorded('JSON', 200, SIGNED, {
    type: 'application/json',
    send: '{"socket_id": "1234.5678", "channel_name": "private-commerce.1"}',
  }),
  recorded('multipart', 200, SIGNED, {
    type: 'multipart/form-data; boundary=X',
    send: `${part(MULTIPART[0], MULTIPART[1])}${part(MULTIPART[2], MULTIPART[3])}--X--\r\n`,
  }),
  recorded('GET with a query', 200, SIGNED, {
    method: 'GET',
    path: `/api/broadcasting/auth?${OWN}`,
  }),
  recorded('a callback parameter', 200, `/**/cb(${JSON.stringify(SIGNED)});`, {
    method: 'GET',
    path: `/api/broadcasting/auth?${OWN}&callback=cb`,
    ours: { status: 200, body: SIGNED },
  }),
  recorded('a token with abilities ["read"]', 200, SIGNED, { token: 'read' }),
  recorded("another shop's channel", 403, EMPTY_MESSAGE, {
    send: channel('2'),
    ours: { status: 403, body: FORBIDDEN },
  }),
  recorded('a channel without a pattern', 403, EMPTY_MESSAGE, {
    send: 'socket_id=1234.5678&channel_name=private-other.1',
    ours: { status: 403, body: FORBIDDEN },
  }),
  ...['01', '1x', '1e0'].map((name) =>
    recorded(
      `the number ${name}`,
      200,
      {
        auth: `app-key:${
          {
            '01': '7933ab2dd73d71d517eb3406fd6db1e3b00bb231d0e5966ba929ec6c360637a8',
            '1x': 'c7c184f56203234ecb7004db9130d6d5e13a414bf4a9565bcc80b8d9f75dd7b7',
            '1e0': '0dc2f6db528d3646be5bb7fbe5af190b3a7c5ff12798b72ab9b6b853c6e68d7f',
          }[name]
        }`,
      },
      { send: channel(name), ours: { status: 403, body: FORBIDDEN } },
    ),
  ),
  ...['1.5', 'abc', '', '-1'].map((name) =>
    recorded(`the number ${name || 'that is missing'}`, 403, EMPTY_MESSAGE, {
      send: channel(name),
      ours: { status: 403, body: FORBIDDEN },
    }),
  ),
  ...['+1', '%2B1'].map((name) =>
    recorded(`a name with the character ${name}`, 500, { message: 'Server Error' }, {
      send: channel(name),
      ours: { status: 400, body: { message: 'Invalid channel name' } },
    }),
  ),
  recorded('an encrypted channel without master key', 500, { message: 'Server Error' }, {
    send: 'socket_id=1234.5678&channel_name=private-encrypted-commerce.1',
    ours: { status: 500, body: { message: 'encryption master key not configured' } },
  }),
  recorded(
    'a presence channel whose callback returns true',
    200,
    {
      auth: 'app-key:03f8a570054e84432f8638a9f7830210eee5f8f5e2f03751b3d95fd8fb14b1aa',
      channel_data: '{"user_id":"1","user_info":true}',
    },
    {
      send: 'socket_id=1234.5678&channel_name=presence-commerce.1',
      ours: { status: 403, body: FORBIDDEN },
    },
  ),
  recorded(
    'a public channel',
    200,
    {
      auth: 'app-key:c23a70937fc2864077982e78db793d5de2000453cfdf28f68d7323c41af1c38b',
      channel_data: '{"user_id":"1","user_info":true}',
    },
    {
      send: 'socket_id=1234.5678&channel_name=commerce.1',
      ours: { status: 403, body: FORBIDDEN },
    },
  ),
  recorded('no token', 401, UNAUTHENTICATED, { token: null }),
  recorded('a wrong token', 401, UNAUTHENTICATED, { token: 'wrong' }),
  recorded('a token without its id', 200, SIGNED, { token: 'withoutId' }),
  recorded('a token with an unknown id', 401, UNAUTHENTICATED, { token: 'unknownId' }),
  recorded('another scheme', 401, UNAUTHENTICATED, {
    token: null,
    headers: { Accept: 'application/json', Authorization: 'Basic Zm9vOmJhcg==' },
  }),
  recorded('an expired token', 401, UNAUTHENTICATED, { token: 'expired' }),
  ...['*/*', 'text/html'].map((accept) =>
    recorded(`no token, Accept: ${accept}`, 500, /Server Error/, {
      token: null,
      headers: { Accept: accept },
      ours: { status: 401, body: UNAUTHENTICATED },
    }),
  ),
  recorded('no token, X-Requested-With', 401, UNAUTHENTICATED, {
    token: null,
    headers: { Accept: '*/*', 'X-Requested-With': 'XMLHttpRequest' },
  }),
  recorded('a refusal, Accept: text/html', 403, /Forbidden/, {
    send: channel('2'),
    headers: { Accept: 'text/html' },
    ours: { status: 403, body: FORBIDDEN },
  }),
  recorded('no channel_name', 403, EMPTY_MESSAGE, {
    send: 'socket_id=1234.5678',
    ours: { status: 403, body: FORBIDDEN },
  }),
  ...[
    ['no socket_id', 'channel_name=private-commerce.1'],
    ['the socket_id abc', 'socket_id=abc&channel_name=private-commerce.1'],
    ['the socket_id 1.2:x', 'socket_id=1.2%3Ax&channel_name=private-commerce.1'],
  ].map(([title, send]) =>
    recorded(title, 500, { message: 'Server Error' }, {
      send,
      ours: { status: 400, body: { message: 'Invalid socket_id' } },
    }),
  ),
  recorded('lists without index', 500, { message: 'Server Error' }, {
    send: 'socket_id[]=1.2&channel_name[]=private-commerce.1',
    ours: { status: 403, body: FORBIDDEN },
  }),
  recorded('an empty JSON body', 403, EMPTY_MESSAGE, {
    type: 'application/json',
    send: '',
    ours: { status: 403, body: FORBIDDEN },
  }),
  recorded('malformed JSON', 403, EMPTY_MESSAGE, {
    type: 'application/json',
    send: '{bad',
    ours: { status: 400, body: { message: 'Invalid request body.' } },
  }),
  recorded('a user without a shop', 403, EMPTY_MESSAGE, {
    token: 'nobody',
    ours: { status: 403, body: FORBIDDEN },
  }),
  recorded(
    'a presence channel',
    200,
    {
      auth: 'app-key:df76e18a5ab4239cf1eb7210b69224f8debe4385f621ecda8e383d39b2ec1b4d',
      channel_data: '{"user_id":"1","user_info":{"id":1,"name":"Ana"}}',
    },
    {
      send: 'socket_id=1234.5678&channel_name=presence-room.5',
      ours: {
        status: 200,
        body: {
          auth: 'app-key:e5358cfacf982962e252d3faea22ba511071d6013b1a3a6d04d807a8ccb0a50c',
          channel_data: '{"user_id":"1","user_info":{"id":"1","name":"Ana"}}',
        },
      },
    },
  ),
  recorded('a presence channel for a user without a shop', 403, EMPTY_MESSAGE, {
    token: 'nobody',
    send: 'socket_id=1234.5678&channel_name=presence-room.5',
    ours: { status: 403, body: FORBIDDEN },
  }),
  recorded('the token in the query', 401, UNAUTHENTICATED, { token: null, tokenInQuery: 'own' }),
  recorded(
    'user-auth that is not registered',
    404,
    { message: 'The route api/broadcasting/user-auth could not be found.' },
    { path: '/api/broadcasting/user-auth', send: 'socket_id=1234.5678' },
  ),
  recorded('a bearer in lower case', 200, SIGNED, { scheme: 'bearer' }),
];
