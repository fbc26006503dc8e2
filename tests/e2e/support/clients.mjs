// SPDX-License-Identifier: MIT
import Echo from 'laravel-echo';
import Pusher from 'pusher-js';
import PusherServer from 'pusher';
import { Inbox, within } from './inbox.mjs';

const opened = new Set();

function connectionOptions(env, token) {
  const { hostname, port } = new URL(env.WS_URL);
  return {
    wsHost: hostname,
    wsPort: Number(port),
    forceTLS: false,
    enabledTransports: ['ws', 'wss'],
    ...(token && {
      authEndpoint: `${env.HTTP_URL}/api/broadcasting/auth`,
      auth: { headers: { Authorization: `Bearer ${token}` } },
    }),
  };
}

/** An unmodified pusher-js, connected; the bearer token is for private channels. */
export async function connectPusher(env, token, options = {}) {
  const pusher = new Pusher(env.APP_KEY, {
    cluster: '',
    ...connectionOptions(env, token),
    ...options,
  });
  opened.add(pusher);
  await within(
    new Promise((resolve) => pusher.connection.bind('connected', resolve)),
    'pusher-js connected',
  );
  return pusher;
}

/** An unmodified laravel-echo on pusher-js, configured as for Reverb. */
export function createEcho(env, token, options = {}) {
  const echo = new Echo({
    broadcaster: 'reverb',
    key: env.APP_KEY,
    Pusher,
    withoutInterceptors: true,
    ...connectionOptions(env, token),
    ...options,
  });
  opened.add(echo);
  return echo;
}

/** Subscribes with pusher-js; an Inbox of {event, data} of everything on that channel. */
export async function subscribe(pusher, channelName) {
  const channel = pusher.subscribe(channelName);
  const inbox = new Inbox(channelName);
  channel.bind_global((event, data) => inbox.push({ event, data }));
  await within(
    new Promise((resolve, reject) => {
      channel.bind('pusher:subscription_succeeded', resolve);
      channel.bind('pusher:subscription_error', (error) =>
        reject(new Error(JSON.stringify(error))),
      );
    }),
    `${channelName} subscribed`,
  );
  return inbox;
}

/**
 * A dashboard as the application writes it: Echo on the shop's private channel. `payments` is an
 * Inbox of what arrived, `subscriptions` has an entry for each confirmed subscription.
 */
export async function openDashboard(env, token, commerceId) {
  const echo = createEcho(env, token);
  const payments = new Inbox(`payments of commerce.${commerceId}`);
  const subscriptions = new Inbox('subscriptions');
  echo
    .private(`commerce.${commerceId}`)
    .listen('.notification.created', (payment) => payments.push(payment))
    .subscribed(() => subscriptions.push('subscribed'))
    .error((error) => payments.end(new Error(`subscription refused: ${JSON.stringify(error)}`)));
  await subscriptions.next(() => true, 'the first subscription');
  return { echo, payments, subscriptions };
}

/** The `pusher` package, as a server-side application uses it. */
export function publisher(env, options = {}) {
  const { hostname, port } = new URL(env.HTTP_URL);
  return new PusherServer({
    appId: env.APP_ID,
    key: env.APP_KEY,
    secret: env.APP_SECRET,
    host: hostname,
    port,
    useTLS: false,
    ...options,
  });
}

/** For `afterEach`: no test leaves a client to the next. */
export function closeClients() {
  for (const client of opened) client.disconnect();
  opened.clear();
}
