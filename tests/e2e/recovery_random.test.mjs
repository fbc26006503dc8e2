// SPDX-License-Identifier: MIT

// What docs/recovery.md promises, against random misfortunes of real connections and of the worker:
// each accepted event is handled by every page in order, or a gap was told. RECOVERY_SEED repeats the
// choices of a run, RECOVERY_STEPS makes it longer.
// starts early, because pages wait a second before each reconnect

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pause, Random } from './kill/random.mjs';
import { closeClients, connectPusher, publisher } from './support/clients.mjs';
import { until } from './support/inbox.mjs';
import { Line } from './support/line.mjs';
import { isOlderThanPages, withToken } from './support/recovery.mjs';
import { withStack } from './support/stack.mjs';

const PAGES = 6;
const CHANNELS = ['random-1', 'random-2', 'random-3'];
const EXIT_MS = 30_000; // enough to report and to take the stack down
const STEPS = Number(process.env.RECOVERY_STEPS ?? 150);
const SEED = Number(process.env.RECOVERY_SEED ?? Date.now() % 1_000_000);

/** Numbers of one channel as one page handles them. */
class Story {
  highest = -1; // of what is due: everything up to it was handled, or excused by a gap
  isGap = false;
  faults = [];

  constructor(name, optional) {
    Object.assign(this, { name, optional });
  }

  handled(number) {
    if (number <= this.highest) return; // once more
    for (let missing = this.highest + 1; missing < number && !this.isGap; missing++)
      if (!this.optional.has(missing)) this.faults.push(`${this.name} has missed ${missing}`);
    this.highest = number;
    this.isGap = false;
  }
}

/** An unmodified pusher-js behind a line of its own, on all channels. */
class Page {
  stories = new Map();
  replays = 0;
  gaps = 0;

  static async open(stack, number, optional) {
    const page = new Page();
    page.line = await new Line(stack.env).up();
    page.pusher = await connectPusher(withToken(page.line.env));
    for (const name of CHANNELS) {
      const story = new Story(`page ${number} on ${name}`, optional.get(name));
      page.stories.set(name, story);
      const channel = page.pusher.subscribe(name);
      channel.bind('number', ({ number: n }) => story.handled(n));
      channel.bind('pregon:replay', () => page.replays++);
      channel.bind('pregon:gap', () => {
        page.gaps++;
        story.isGap = true;
      });
      await new Promise((resolve) => channel.bind('pusher:subscription_succeeded', resolve));
    }
    return page;
  }
}

withStack('recovery under random misfortunes', 'nginx', (stack) => {
  const pages = [];
  const counts = new Map(CHANNELS.map((name) => [name, 0]));
  /** Numbers whose publishing failed: they may have come, or not. */
  const optional = new Map(CHANNELS.map((name) => [name, new Set()]));
  const random = new Random(SEED);
  before(async () => {
    await isOlderThanPages(stack);
    for (let i = 0; i < PAGES; i++) pages.push(await Page.open(stack, i, optional));
  });
  after(() => {
    closeClients();
    for (const { line } of pages) line.down();
    // Timers of a pusher-js that was cut while it connected outlive disconnect(): they end with this process.
    setTimeout(() => process.exit(), EXIT_MS).unref();
  });

  async function publish(name) {
    const number = counts.get(name);
    counts.set(name, number + 1);
    try {
      await publisher(stack.env).trigger(name, 'number', { number });
      return true;
    } catch {
      optional.get(name).add(number);
      return false;
    }
  }

  const anyPage = () => random.pick(pages);
  /** Of a hundred steps so many have each. */
  const MISFORTUNES = [
    [8, () => anyPage().line.cut()],
    [8, () => anyPage().line.lose()],
    [
      6,
      () => {
        const { line } = anyPage();
        line.die();
        setTimeout(() => line.revive(), random.below(4000));
      },
    ],
    [2, () => stack.pregonctl('upgrade').catch(() => {})],
    [
      1,
      async () => {
        await stack.comesBack('worker', stack.kill('worker'));
      },
    ],
  ];

  test(`RECOVERY_SEED=${SEED}: each event is seen in order, or a gap is told`, async () => {
    for (let step = 0; step < STEPS; step++) {
      for (let i = 0; i < 3; i++) await publish(random.pick(CHANNELS));
      const chance = random.below(100);
      let sum = 0;
      const misfortune = MISFORTUNES.find(([share]) => chance < (sum += share));
      await misfortune?.[1]();
      await pause(random.below(100));
    }
    for (const { line } of pages) line.revive();
    const isConnected = ({ pusher }) => pusher.connection.state === 'connected';
    await until(() => pages.every(isConnected), 'all pages are connected');
    for (const name of CHANNELS) await until(() => publish(name), 'the last event is accepted');
    const isDone = (page) =>
      CHANNELS.every((name) => page.stories.get(name).highest === counts.get(name) - 1);
    await until(() => pages.every(isDone), 'all pages have seen the last events').catch(() => {});
    const faults = pages.flatMap(({ stories }) => [...stories.values()].flatMap((one) => one.faults));
    assert.deepEqual(faults, []);
    for (const page of pages)
      for (const [name, { highest }] of page.stories) assert.equal(highest, counts.get(name) - 1, name);
    const sumOf = (field) => pages.reduce((total, page) => total + page[field], 0);
    assert.ok(sumOf('replays') > 0, `nothing was replayed; ${sumOf('gaps')} gaps were told`);
  });
});
