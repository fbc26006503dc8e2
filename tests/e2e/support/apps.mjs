// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

/** Client events as Reverb passes them on: on public channels too, as many as come. */
export const REVERBS_CLIENT_EVENTS = {
  PREGON_APP_CLIENT_EVENTS_ON_PUBLIC: 'true',
  PREGON_APP_CLIENT_EVENTS_PER_SECOND: '0',
};

/**
 * A file of PREGON_APPS with an application for each name, which has these options; to be made at
 * the top of a test file.
 */
export class AppsFile {
  constructor(optionsByName) {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-e2e-apps-'));
    this.file = path.join(this.folder, 'apps.json');
    this.write(optionsByName);
    after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  write(optionsByName) {
    const apps = Object.entries(optionsByName).map(([name, options]) => ({
      app_id: name,
      key: `${name}-key`,
      secret: `${name}-secret`,
      ...options,
    }));
    writeFileSync(this.file, JSON.stringify(apps));
  }

  /** For `withStack`. */
  get settings() {
    return { PREGON_APPS: this.file };
  }

  /** The stack's values with this application in place of its first one. */
  env(stack, name) {
    return { ...stack.env, APP_ID: name, APP_KEY: `${name}-key`, APP_SECRET: `${name}-secret` };
  }
}
