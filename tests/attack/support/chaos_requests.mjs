// SPDX-License-Identifier: MIT
import { pause } from '../../e2e/kill/random.mjs';
import { askApi } from '../../e2e/support/signed_request.mjs';
import { request } from '../../e2e/support/request.mjs';

const CHANNELS = ['news', 'private-room', 'presence-room', 'cache-last', 'nobody'];

/** What an application beside the honest one asks for, drawn from one random source. */
export class ChaosRequests {
  constructor(random, { env, counts }) {
    this.random = random;
    this.env = env;
    this.counts = counts;
  }

  async run(isOver) {
    while (!isOver()) {
      const what = this.random.pick(['publishes', 'publishes', 'batches', 'lists', 'lists', 'ends', 'guesses']);
      this.counts[what] = (this.counts[what] ?? 0) + 1;
      await this[what]().catch(() => {}); // what it is answered is the business of other tests
      await pause(this.random.below(50));
    }
  }

  #event() {
    return {
      name: `e${this.random.below(5)}`,
      channel: this.random.pick(CHANNELS),
      data: 'd'.repeat(this.random.below(8000)),
    };
  }

  #post(resource, body) {
    return askApi(this.env, 'POST', resource, { body: JSON.stringify(body) });
  }

  publishes() {
    return this.#post('/events', this.#event());
  }

  batches() {
    return this.#post('/batch_events', { batch: Array.from({ length: this.random.below(11) }, () => this.#event()) });
  }

  lists() {
    const resource = this.random.pick(['/channels', '/connections', '/channels/presence-room/users', '/channels/news']);
    return askApi(this.env, 'GET', resource);
  }

  ends() {
    return this.#post(`/users/u${this.random.below(20)}/terminate_connections`, {});
  }

  guesses() {
    const path = this.random.pick(['/apps/%00/channels', '/broadcasting/auth', '/api/notifications', '/up', '/app/x', '//']);
    const body = 'b'.repeat(this.random.below(3000));
    return request(this.env, path, this.random.below(2) ? { method: 'POST', body } : {});
  }
}
