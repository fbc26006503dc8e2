// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Host } from './cluster.mjs';
import { until } from './inbox.mjs';
import { BUILD } from './stack.mjs';

export const ENV = { APP_ID: '417702', APP_KEY: '3f1c9a7be0d24581a6c2', APP_SECRET: '9d0b57f8c61e4a2f8b73' };

/** One pregon-worker and one pregon-webhookd, without a web server. */
export class WebhookHost extends Host {
  static #running = new Set();

  /** `webhooks`: a list as in the file of PREGON_APPS; `settings`: further ones. */
  static async start(webhooks, settings = {}) {
    const host = WebhookHost.make(webhooks, settings);
    await host.start();
    return host;
  }

  static make(webhooks, settings = {}, dir = mkdtempSync(path.join(os.tmpdir(), 'pregon-hooks-'))) {
    const host = new WebhookHost(dir, ENV, {
      REVERB_SCALING_ENABLED: 'false',
      PREGON_WEBHOOKS: JSON.stringify(webhooks),
      PREGON_WEBHOOK_SPOOL: path.join(dir, 'spool'),
      PREGON_WEBHOOK_SOCKET: path.join(dir, 'hooks.sock'),
      PREGON_WEBHOOK_DELAY: '300',
      ...settings,
    });
    host.programs.webhookd = path.join(BUILD, 'pregon-webhookd');
    WebhookHost.#running.add(host);
    return host;
  }

  async start() {
    this.startProgram('worker');
    await this.startWebhookd();
    await until(() => this.status().catch(() => null), `${this.dir}: worker answers`);
  }

  async startWorker() {
    this.startProgram('worker');
    await until(() => this.status().catch(() => null), `${this.dir}: worker answers`);
  }

  async startWebhookd() {
    this.startProgram('webhookd');
    await until(() => this.endpoints().catch(() => null), `${this.dir}: webhookd answers`);
  }

  /** What `pregonctl webhook list` says. */
  async endpoints() {
    return JSON.parse(await this.pregonctl('webhook', 'list', '--json')).endpoints;
  }

  setWebhooks(webhooks) {
    this.reconfigure({ PREGON_WEBHOOKS: JSON.stringify(webhooks) });
  }

  /** Both programs read their configuration again. */
  async reload() {
    const before = this.log('webhookd').split('webhookd reloaded').length;
    this.children.webhookd.kill('SIGHUP');
    this.children.worker.kill('SIGHUP');
    await until(() => this.log('webhookd').split('webhookd reloaded').length > before, 'webhookd reloaded');
  }

  async end() {
    WebhookHost.#running.delete(this);
    await Promise.all(
      Object.values(this.children).map((child) => (child.kill('SIGKILL'), child.gone)),
    );
    if (!process.env.E2E_KEEP) rmSync(this.dir, { recursive: true, force: true });
  }

  static async endAll() {
    await Promise.all([...WebhookHost.#running].map((host) => host.end()));
  }
}
