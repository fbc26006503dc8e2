// SPDX-License-Identifier: MIT
import { query } from '../support/database_server.mjs';
import { until } from '../support/inbox.mjs';
import { PusherDashboard, ResumingDashboard, SocketDashboard } from './dashboard.mjs';
import { Killer } from './killer.mjs';
import { Phone } from './phone.mjs';
import { Random } from './random.mjs';

const PHONES_PER_SHOP = 4;

function phones(env, random, label) {
  return ['A', 'B'].flatMap((shop) =>
    Array.from({ length: PHONES_PER_SHOP }, (_, i) => {
      const owner = i % 2 === 0 ? shop : `${shop}2`;
      return new Phone(env, {
        name: `${label}${shop}${i}`,
        shop,
        token: env[`TOKEN_${owner}`],
        device: env[`DEVICE_${owner}`],
        random: random.fork(),
      });
    }),
  );
}

function dashboards(env, after) {
  return ['A', 'B'].flatMap((shop) =>
    [PusherDashboard, SocketDashboard, ResumingDashboard].map(
      (Kind) =>
        new Kind(env, {
          name: `${Kind.name} of shop ${shop}`,
          token: env[`TOKEN_${shop}`],
          commerceId: env[`COMMERCE_${shop}`],
          after,
        }),
    ),
  );
}

/** What was stored against what was answered. */
function countStored(taken, rows) {
  const findings = [];
  const byBody = groupByBody(rows);
  for (const { body, id, isKeyed, tries } of taken) {
    const stored = byBody.get(body) ?? [];
    const originals = stored.filter(({ isDuplicate }) => !isDuplicate);
    byBody.delete(body);
    if (isKeyed && stored.length !== 1)
      findings.push(`${body}: has a key, stored ${stored.length} times in ${tries} tries`);
    if (originals.length !== 1)
      findings.push(`${body}: ${originals.length} of ${stored.length} are no duplicate`);
    if (stored.length > tries) findings.push(`${body}: stored more often than posted`);
    if (!stored.some((row) => row.id === id)) findings.push(`${body}: answered ${id}, not there`);
  }
  for (const body of byBody.keys()) findings.push(`${body}: stored, but never answered 201`);
  return findings;
}

function groupByBody(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row.body, [...(groups.get(row.body) ?? []), row]);
  return groups;
}

function countSeen(dashboard, rows) {
  const findings = [];
  const own = rows.filter(({ commerceId }) => commerceId === dashboard.commerceId);
  const missed = own.filter(({ id }) => !dashboard.hasSeen(id)).map(({ id }) => id);
  const ids = new Set(own.map(({ id }) => id));
  const strange = [...dashboard.live, ...dashboard.fetched].filter((id) => !ids.has(id));
  if (missed.length) findings.push(`${dashboard.name} never saw ${missed}`);
  if (strange.length) findings.push(`${dashboard.name} saw what is not its shop's: ${strange}`);
  if (dashboard.foreign.length)
    findings.push(`${dashboard.name} heard of another commerce: ${dashboard.foreign}`);
  const misplaced = dashboard.misplaced();
  if (misplaced.length)
    findings.push(`${dashboard.name} heard out of order: ${misplaced}; all: ${dashboard.live}`);
  return findings;
}

/** One run on a stack that is up; `findings` is empty if nothing was lost, doubled or misplaced. */
export class Run {
  findings = [];

  constructor({ stack, server, seed, noticesPerPhone }) {
    Object.assign(this, { stack, server, noticesPerPhone });
    this.random = new Random(seed);
    this.url = stack.values().PREGON_DATABASE;
    this.label = `${seed}-`;
  }

  async go() {
    const [[after]] = await query(this.url, 'SELECT coalesce(max(id), 0) FROM notifications');
    this.after = Number(after);
    const { env } = this.stack;
    this.dashboards = dashboards(env, this.after);
    this.phones = phones(env, this.random, this.label);
    try {
      await Promise.all(this.dashboards.map((dashboard) => dashboard.open()));
      await this.#postUnderFire();
      await this.#settle();
    } finally {
      for (const dashboard of this.dashboards) dashboard.close();
    }
    this.#count();
  }

  async #postUnderFire() {
    this.killer = new Killer(this.stack, this.server, this.random);
    const killing = this.killer.run();
    await Promise.all(this.phones.map((phone) => phone.postAll(this.noticesPerPhone)));
    this.killer.end();
    await killing;
    await this.#lastWords();
  }

  /** Nobody posts behind these: they are the relay's, and that of another process. */
  async #lastWords() {
    await this.stack.stop('worker');
    await Promise.all(this.phones.map((phone) => phone.postAll(1)));
    this.killer.strike('fcgi');
    await this.stack.start('worker');
  }

  async #settle() {
    const pending = 'SELECT count(*) FROM pregon_outbox WHERE published_at IS NULL';
    await this.#expect(async () => (await query(this.url, pending))[0][0] === '0', 'empty outbox');
    const found = await query(
      this.url,
      `SELECT id, commerce_id, is_duplicate, body FROM notifications WHERE id > ${this.after}`,
    );
    this.rows = found.map(([id, commerceId, duplicate, body]) => ({
      id,
      commerceId,
      isDuplicate: ['1', 't'].includes(duplicate),
      body,
    }));
    await this.#expect(
      () => this.dashboards.every((dashboard) => !countSeen(dashboard, this.rows).length),
      'all seen',
    );
  }

  /** What does not come about is found again, in detail, when everything is counted. */
  async #expect(isSo, what) {
    await until(isSo, what).catch((error) => this.findings.push(error.message));
  }

  #count() {
    const taken = this.phones.flatMap((phone) => phone.taken);
    this.findings.push(
      ...this.phones.flatMap((phone) => phone.oddities),
      ...countStored(taken, this.rows),
      ...this.dashboards.flatMap((dashboard) => countSeen(dashboard, this.rows)),
    );
    const tries = taken.reduce((sum, notice) => sum + notice.tries, 0);
    const live = this.dashboards.map((dashboard) => new Set(dashboard.live).size);
    const repeats = this.dashboards.map(({ live: heard }) => heard.length - new Set(heard).size);
    const { worker, fcgi, database } = this.killer.kills;
    this.summary =
      `${taken.length} notices in ${tries} posts, ${this.rows.length} stored; ` +
      `killed: worker ${worker}, fcgi ${fcgi}, database ${database}; ` +
      `heard live ${live.join(' ')}, repeats ${repeats.join(' ')}, ` +
      `subscribed ${this.dashboards.map(({ subscriptions }) => subscriptions).join(' ')}, ` +
      `reloaded ${this.dashboards.map(({ reloads }) => reloads).join(' ')}`;
  }
}
