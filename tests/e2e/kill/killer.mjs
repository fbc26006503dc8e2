// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { pause } from './random.mjs';

/** Kills parts of a stack at random moments, until it is told to end or has had enough. */
export class Killer {
  kills = { worker: 0, fcgi: 0, database: 0 };
  #isOver = false;

  /** Without a `server` the database is SQLite, which has nothing to be killed. */
  constructor(stack, server, random) {
    Object.assign(this, { stack, server });
    this.programs = random.fork();
    this.database = random.fork();
  }

  /** Resolves when everything is there again. */
  async run() {
    await Promise.all([this.#killPrograms(), this.server && this.#killDatabase()]);
  }

  end() {
    this.#isOver = true;
  }

  /** The supervisor starts them again. */
  async #killPrograms() {
    for (let i = 0; i < 12; i += 1) {
      await pause(this.programs.between(50, 700));
      if (this.#isOver) return;
      this.strike(this.programs.pick(['worker', 'fcgi']));
    }
  }

  /** Kills `program` now, if it is there. */
  strike(program) {
    try {
      const pid = this.stack.pid(program);
      // A pid file outlives its process.
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.stack.dir)) return;
      process.kill(pid, 'SIGKILL');
      this.kills[program] += 1;
    } catch {
      // Away already.
    }
  }

  async #killDatabase() {
    for (let i = 0; i < 4; i += 1) {
      await pause(this.database.between(100, 1500));
      if (this.#isOver) return;
      await this.server.kill();
      this.kills.database += 1;
      await pause(this.database.between(0, 500));
      await this.server.start();
    }
  }
}
